"""A Subscriber on the Stage, with a session, a door and a lane that do as they are told and note what is done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from actors.accounts import Credential
from actors.effects import Effect
from actors.messages.connection import Arrived, Heard, UserFell
from actors.subscriber import Subscriber
from tests.actors.home import Home
from tests.actors.viewers import NotingLane, PlainEncoding

KEY = Credential("key", b"", "id-a", frozenset({"publish"}), created_at=0.0)


class ScriptedSession:
    """Does what it is told: a message is a list of effects; `heard` is what it heard."""

    publishes = False

    def __init__(self, encoding: PlainEncoding, *opening: Effect) -> None:
        self.encoding = encoding
        self.opening = opening
        self.heard: list[Any] = []
        self.then: Any = []

    def opened(self, _now: float) -> Iterable[Effect]:
        return self.opening

    def received(self, data: Any, _now: float) -> Iterable[Effect]:
        self.heard.append(data)
        if isinstance(data, Exception):
            raise data
        return data if isinstance(data, list) else []

    def authenticated(self, credential: Credential | None, _now: float) -> Iterable[Effect]:
        self.heard.append(credential)
        return self.then  # type: ignore[no-any-return]


@dataclass
class NotingDoor:
    """Notes how it was closed, and ends the subscriber as a real one does."""

    heard_at: float = 0.0
    silence: float = 29.5
    closed: list[tuple[int, str]] = field(default_factory=list)
    pings: int = 0
    aborted: bool = False
    ref: Any = None

    acknowledges: bool = False
    """True for a protocol whose pong is nothing that is heard."""

    def ping(self) -> None:
        self.pings += 1

    def answered(self, pinged_at: float) -> bool:
        return self.acknowledges or self.heard_at >= pinged_at

    def close(self, code: int, reason: str = "") -> None:
        if not self.closed:
            self.closed.append((code, reason))
            if self.ref.is_alive():
                self.ref.stop(block=False)

    def abort(self) -> None:
        self.aborted = True
        if self.ref.is_alive():
            self.ref.stop(block=False)


class SayingLane(NotingLane):
    def say(self, payload: bytes) -> None:
        self.send(self.frame(payload))

    def user_fell(self, user: str) -> None:
        super().user_fell(user)
        self.ref.tell(UserFell(user))

    ref: Any = None


class Connected:
    """A Subscriber on the Stage, with what stands around it."""

    def __init__(self, home: Home, *opening: Effect) -> None:
        self.home = home
        self.session = ScriptedSession(PlainEncoding(), *opening)
        self.lane = SayingLane(self.session.encoding)
        self.door = NotingDoor(home.stage.clock.monotonic())
        parts: Any = (self.session, self.lane, self.door, home.house)
        self.ref: Any = Subscriber.start(*parts, parent=home.house.connections, path="ws-1")
        self.door.ref = self.lane.ref = self.ref
        home.stage.tell(home.house.connections, Arrived(self.ref, self.door))

    def does(self, *effects: Effect) -> None:
        self.home.stage.tell(self.ref, Heard(list(effects)))  # type: ignore[arg-type]
