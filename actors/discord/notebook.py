"""Notebook: what the listener keeps over restarts: how often it has begun a session, and how to go on with the last.

A session is gone on with only while everything that was told in it is still believed (HOUSE law 7: for 30 s, renewed
every 10): so it is kept with an event's number by which all before is surely written, and is good for RESUMABLE.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pykka

from actors.errors import HouseError
from actors.house import House
from actors.messages.keeper import Flush, KeepValue, RecallValues
from actors.runtime import Future
from actors.upstream.discord_budget import Budget
from actors.upstream.discord_places import Session

RESUMABLE = 15.0
"""Seconds since it was kept for which a session is gone on with: claims are renewed every 10 and believed for 30."""

_MODULE = "discord:gateway"
"""Beside what modules keep; no module's section has such a name by accident."""


class Notebook:
    """Of one token and one guild: what was kept for others is passed over."""

    __slots__ = ("_book", "_house", "_kept", "_pending")

    def __init__(self, house: House, token: str, guild: str | None) -> None:
        self._house = house
        self._book = hashlib.sha256(f"{token} {guild}".encode()).hexdigest()[:16]
        self._kept: Session | None = None
        """The session that is kept."""
        self._pending: Session | None = None
        """The session as it was the last time that somebody looked."""

    def recall(self, then: Callable[[Future], object]) -> None:
        """Read it; `then` gets the future for `read`."""
        self._house.keeper.future(RecallValues(_MODULE)).when_done(then)

    def read(self, answer: Future) -> tuple[Budget, Session | None]:
        """What was kept. A store that is away counts as a session that was just begun."""
        mono, wall = self._house.clock.monotonic(), self._house.clock.now()
        try:
            values: Mapping[str, str] = answer.get(timeout=0.0)
        except (HouseError, pykka.ActorDeadError):
            return Budget.of_values({}, mono, wall), None
        budget, session = (_json(values.get(name)) for name in ("budget", "session"))
        mine = isinstance(budget, dict) and budget.get("book") == self._book
        return Budget.of_values(budget if mine else None, mono, wall), self._session(session, wall)

    def note_budget(self, budget: Budget) -> None:
        """A session is being begun."""
        self._keep("budget", budget.as_values(self._house.clock.monotonic(), self._house.clock.now()))

    def look(self, session: Session | None) -> None:
        """Called every few seconds: keep the session as it was the last time, for all before that has been told on."""
        settled, self._pending = self._pending, session
        if session is None:
            self.drop()
        elif settled is not None and settled.id == session.id and settled != self._kept:
            self.keep(settled)

    def keep(self, session: Session) -> None:
        """Everything up to its `seq` is told on."""
        self._kept = session
        self._house.keeper.future(Flush())  # so that nothing before it is written after it
        told = {"id": session.id, "url": session.url, "seq": session.seq, "at": self._house.clock.now()}
        self._keep("session", told)

    def drop(self) -> None:
        """There is none to go on with."""
        self._pending = None
        if self._kept is not None:
            self._kept = None
            self._house.keeper.future(KeepValue(_MODULE, "session", None))

    def _keep(self, name: str, value: Mapping[str, Any]) -> None:
        """Not waited for: a store that is away loses it, and then a session more is begun than need be."""
        text = orjson.dumps({**value, "book": self._book}).decode()
        self._house.keeper.future(KeepValue(_MODULE, name, text))

    def _session(self, told: Any, wall: float) -> Session | None:
        try:
            age, ident, url, seq, book = (wall - told["at"], *(told[name] for name in ("id", "url", "seq", "book")))
            if 0 <= age <= RESUMABLE and book == self._book and isinstance(ident, str) and isinstance(url, str):
                self._kept = Session(ident, url, int(seq))
                return self._kept
        except (KeyError, TypeError, ValueError):
            return None
        return None


def _json(text: str | None) -> Any:
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
