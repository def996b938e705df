"""`WS /socket`, which Lantern and Lanyard share: one HELLO serves both, the first INIT tells them apart (WIRES 2)."""

from collections.abc import Iterable
from typing import Any

from actors.accounts import Credential
from actors.effects import Effect, Hang, Remind, Say
from actors.session import Encoding, Session
from web.dialects.lantern.session import LanternSession
from web.dialects.lantern.words import HELLO, MESSAGE_BYTES, TOO_LONG, disconnect, read, size
from web.dialects.lanyard.session import LanyardSession

DECIDE_WITHIN = 60.0
INIT, HEARTBEATS = 2, (3, 4)
_LANTERNS = frozenset({"user_id", "user_ids"})
_LANYARDS = frozenset({"subscribe_to_id", "subscribe_to_ids", "subscribe_to_all"})


class EitherSession:
    """Whatever it is until INIT decides, then one of the two."""

    publishes = False

    def __init__(self, lantern: LanternSession, lanyard: LanyardSession) -> None:
        self._lantern = lantern
        self._lanyard = lanyard
        self._decided: Session | None = None
        self._over = False

    @property
    def encoding(self) -> Encoding:
        """The encoding of the dialect that is spoken."""
        return (self._decided or self._lantern).encoding

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing is decided yet
        """See actors.session.Session."""
        return Say(HELLO), Remind(DECIDE_WITHIN, self._undecided)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:
        """See actors.session.Session."""
        if self._over:
            return ()
        if self._decided is not None:
            return self._decided.received(data, now)
        message = read(data)
        number = message.get("op") if isinstance(message, dict) else None
        if message is None or (number in HEARTBEATS and not isinstance(number, bool)):
            return ()  # "ops 3 and 4 and non-JSON ignored"
        return self._decide(message, data, now)

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()

    def _decide(self, message: Any, data: str | bytes, now: float) -> Iterable[Effect]:
        number = message.get("op") if isinstance(message, dict) else None
        if isinstance(number, bool) or number != INIT:
            return self._end("Invalid opcode.", Hang(4004, "unknown_opcode"))
        wanted = message.get("d")
        if not isinstance(wanted, dict) or not wanted:
            return self._end("Required", Hang(4005, "requires_data_object"))
        if wanted.keys() & _LANTERNS:
            if size(data) > MESSAGE_BYTES:
                self._over = True
                return (TOO_LONG,)
            self._decided = self._lantern
        elif wanted.keys() & _LANYARDS:
            self._decided = self._lanyard
            return Remind(0.0, _nothing), *self._lanyard.received(data, now)
        else:
            return self._end("Either user_ids or user_id must be provided.", Hang(4006, "invalid_payload"))
        return self._decided.received(data, now)

    def _undecided(self, now: float) -> Iterable[Effect]:  # noqa: ARG002
        return self._end("Connection timed out.", Hang(1005))

    def _end(self, text: str, close: Hang) -> Iterable[Effect]:
        self._over = True
        return disconnect(text), close


def _nothing(now: float) -> Iterable[Effect]:  # noqa: ARG001 - takes the place of the reminder to decide
    return ()
