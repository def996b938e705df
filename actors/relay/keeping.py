"""Keeping: has the notifications of one stream kept, one after another, and those that it missed before the others."""

import uuid
from collections.abc import Callable
from typing import Any

import orjson

from actors.bulletin import Notified
from actors.house import House
from actors.messages.courier import Parcel, Post, Told
from actors.messages.relay import CaughtUp
from actors.relay.callbacks import callback_body
from actors.relay.catch_up import AskNow, CatchUp, Found
from actors.relay.chronicle import Chronicle
from actors.relay.memory import Memory
from actors.relay.posting import PostAgain, Posted, Posting
from actors.relay.registration import CatchUpState
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_notifications import id_of

Mail = Posted | PostAgain | AskNow | Found


class Keeping:
    """Belongs to one Stream, which passes it Mail out of its own. `catch_up`: it asks for what it missed."""

    __slots__ = (
        "_catch_up",
        "_catches_up",
        "_chronicle",
        "_house",
        "_memory",
        "_posting",
        "_protocol",
        "_refused",
        "_remind",
    )

    def __init__(
        self,
        house: House,
        protocol: Mastodon,
        chronicle: Chronicle,
        remind: Callable[[object], None],
        *,
        catch_up: bool,
    ) -> None:
        self._house = house
        self._protocol = protocol
        self._chronicle = chronicle
        self._remind = remind
        self._memory = Memory(house, protocol.registration)
        self._posting = Posting(house, remind, chronicle.record_reason)
        self._catches_up = catch_up
        self._catch_up: CatchUp | None = None
        self._refused = ""
        """The token that may not read notifications: it is not asked with again."""

    @property
    def posting(self) -> bool:
        """True while a notification is not safe yet."""
        return self._posting.busy

    @property
    def catching_up(self) -> bool:
        """True while what comes over the stream would stand before what was missed."""
        return self._catch_up is not None and self._catch_up.holds

    @property
    def busy(self) -> bool:
        """True while nothing is to be read."""
        return self.posting or self.catching_up

    def opened(self) -> None:
        """The stream is open; what was missed comes first."""
        self.lost()
        token = self._protocol.registration.token
        if not self._catches_up:
            self._tell(CatchUpState.OFF)
        elif token != self._refused:
            self._catch_up = CatchUp(self._house, self._protocol.instance, token, self._memory, self._remind)
            if self._catch_up.holds:
                self._tell(CatchUpState.ASKING)
            self._catch_up.begin()

    def lost(self) -> None:
        """The connection is gone; what is being posted is kept all the same."""
        if self._catch_up is not None:
            self._catch_up.stop()
            self._catch_up = None

    def keep(self, payload: Any) -> None:
        """What the stream has said, unless it was listed before."""
        ident = id_of(payload)
        if ident is None or not self._memory.knows(ident):
            self._keep(payload, ident, listed=False)

    def take(self, message: Mail) -> bool:
        """True when more may be read, or sent, than before."""
        match message:
            case Posted():
                if not self._posting.posted(message):
                    return False
                self._memory.kept()
            case PostAgain():
                self._posting.again(message)
                return False
            case AskNow() | Found():
                if self._catch_up is not message.catch_up or self._catch_up is None:
                    return False
                held = self.catching_up
                self._catch_up.take(message)
                if not held:
                    self._note_end()
                    return False
        self._bring()
        return not self.busy

    def tidy(self) -> None:
        """From time to time."""
        self._memory.tidy()

    def stop(self) -> None:
        """Think of nothing any more."""
        self._posting.stop()
        self.lost()

    def _bring(self) -> None:
        while not self.posting and self._catch_up is not None:
            missed = self._catch_up.next()
            if missed is None:
                break
            self._keep(missed.payload, missed.id, listed=True)
        self._note_end()

    def _note_end(self) -> None:
        ended = None if self._catch_up is None else self._catch_up.outcome
        if ended is None:
            return
        self._catch_up = None
        if ended.state is CatchUpState.REFUSED:
            self._refused = self._protocol.registration.token
        if ended.reason:
            self._chronicle.record_reason(f"catch-up-{ended.state.value}", ended.reason)
        elif ended.brought:
            self._chronicle.record("caught-up", notifications=ended.brought)
        self._tell(ended.state, ended.reason, ended.brought)

    def _keep(self, payload: Any, ident: str | None, *, listed: bool) -> None:
        at = self._chronicle.note_event()
        registration = self._protocol.registration
        try:
            body = callback_body(registration, payload)
        except orjson.JSONEncodeError:
            self._chronicle.record("dropped", reason="unsayable")
            return
        told: Told | None = None if ident is None else self._memory.note(ident, listed=listed)
        self._house.bulletin.post(Notified(registration.token_digest), body)
        delivery = uuid.uuid4() if ident is None else uuid.uuid5(uuid.NAMESPACE_OID, f"{registration.id}:{ident}")
        self._posting.post(Post(Parcel(delivery.hex, registration.queue, body, at), told))

    def _tell(self, state: CatchUpState, reason: str = "", brought: int = 0) -> None:
        self._house.relay.tell(CaughtUp(self._protocol.registration.id, state, reason, brought))
