"""Subscriber: one connection's wishes; carries out what its dialect's session asks for."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import structlog

from actors.accounts import Credential
from actors.connections import Door
from actors.errors import HouseError
from actors.house import House
from actors.lane import Lane
from actors.messages import (
    Authenticate,
    Authenticated,
    Deliver,
    DeliverAll,
    Effect,
    Follow,
    Hang,
    Heard,
    Listen,
    Publish,
    Report,
    Retract,
    Say,
    SignedIn,
    Unfollow,
    Unlisten,
    Unwatch,
    UserFell,
    Verify,
    Watch,
    Withdraw,
)
from actors.presence import Source
from actors.runtime import Actor, handles
from actors.session import Session

WAITING_MESSAGES = 64
"""Messages that may wait while a token is being looked up; a client that sends more is closed."""

log = structlog.get_logger()


class Subscriber(Actor):
    """One connection: parses nothing and encodes nothing; its session does the first, encodings the second."""

    mailbox_limit = 1_000

    def __init__(self, session: Session, lane: Lane, door: Door, house: House) -> None:
        super().__init__()
        self.session = session
        self.lane = lane
        self.door = door
        self.house = house
        self.follows: dict[str, str] = {}
        """The name that was asked for -> the user's id as it was then."""
        self.claims: set[tuple[str, Source]] = set()
        """What this connection says, and of whom: withdrawn when it ends (law 4)."""
        self.credential: Credential | None = None
        self.waiting: list[str | bytes] | None = None
        """Messages that came while a token was being looked up; None when none is."""

    def on_start(self) -> None:
        """The connection stands."""
        self._carry_out(self.session.opened)

    def on_stop(self) -> None:
        """The connection has ended: nothing of it may stay behind."""
        self._leave()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """A fault of ours: the client is told so, and may come back."""
        self._leave()
        self.door.close(1011)

    @handles(Heard)
    def heard(self, message: Heard) -> None:
        """A message came from the client."""
        if self.waiting is None:
            self._converse(message.data)
        elif len(self.waiting) < WAITING_MESSAGES:
            self.waiting.append(message.data)
        else:
            self.door.close(1008, "too many messages before the greeting")

    @handles(Authenticated)
    def authenticated(self, message: Authenticated) -> None:
        """The answer to Authenticate, and then what came meanwhile."""
        self.credential = message.credential
        if message.credential is not None:
            self.house.connections.tell(SignedIn(self.actor_ref, message.credential.id))
        waiting, self.waiting = self.waiting or [], None
        self._carry_out(self.session.authenticated, message.credential)
        for data in waiting:  # one of which may ask for another token
            self.heard(Heard(data))

    @handles(UserFell)
    def user_fell(self, message: UserFell) -> None:
        """A user this connection watches fell: watch the next life of it."""
        if self._watches(message.user):
            self.house.directory.tell(Deliver(message.user, Watch(self.lane)))

    @handles(Hang)
    def hang(self, message: Hang) -> None:
        """Somebody in the house wants this connection closed."""
        self.door.close(message.code, message.reason)

    def _converse(self, data: str | bytes) -> None:
        if self.lane.alive:
            self._carry_out(self.session.received, data)

    def _carry_out(self, ask: Callable[..., Iterable[Effect]], *about: Any) -> None:
        """Ask the session and do what it wants; a client at fault is closed, whenever the session says so."""
        try:
            for effect in ask(*about, self.house.clock.now()):
                getattr(self, _EFFECTS[type(effect)])(effect)
        except HouseError as error:
            log.warning("client at fault", connection=self.path, code=error.code)
            self.door.close(1008, error.code)

    def _say(self, effect: Say) -> None:
        self.lane.say(effect.payload)

    def _hang(self, effect: Hang) -> None:
        self.door.close(effect.code, effect.reason)

    def _authenticate(self, effect: Authenticate) -> None:
        self.waiting = []
        self.house.warden.tell(Verify(effect.token, self.actor_ref))

    def _publish(self, effect: Publish) -> None:
        user = self.house.register.resolve(effect.user)  # the id stays when the name goes to somebody else
        self.claims.add((user, effect.claim.source))
        self.house.directory.tell(Deliver(user, Report(effect.claim)))

    def _retract(self, effect: Retract) -> None:
        user = self.house.register.resolve(effect.user)
        self.claims.discard((user, effect.source))
        self.house.directory.tell(Deliver(user, Withdraw(effect.source)))

    def _follow(self, effect: Follow) -> None:
        user = self.house.register.resolve(effect.name)
        if user not in self.follows.values():
            self.house.directory.tell(Deliver(user, Watch(self.lane)))
        self.follows.setdefault(effect.name, user)

    def _unfollow(self, effect: Unfollow) -> None:
        user = self.follows.pop(effect.name, None)
        if user is not None and not self._watches(user):
            self.house.directory.tell(Deliver(user, Unwatch(self.lane)))

    def _listen(self, effect: Listen) -> None:
        self.house.bulletin.listen(effect.topic, self.lane, effect.wording)

    def _unlisten(self, effect: Unlisten) -> None:
        self.house.bulletin.unlisten(effect.topic, self.lane)

    def _watches(self, user: str) -> bool:
        """Whether any name asked for means this user now: ids change as accounts come and go."""
        resolve = self.house.register.resolve
        return resolve(user) in map(resolve, self.follows.values())

    def _leave(self) -> None:
        self.house.bulletin.leave(self.lane)
        watched = [Deliver(user, Unwatch(self.lane)) for user in dict.fromkeys(self.follows.values())]
        said = [Deliver(user, Withdraw(source)) for user, source in self.claims]
        if watched or said:
            self.house.directory.tell(DeliverAll((*watched, *said)))
        self.follows, self.claims = {}, set()


_EFFECTS: dict[type, str] = {
    Say: "_say",
    Hang: "_hang",
    Authenticate: "_authenticate",
    Publish: "_publish",
    Retract: "_retract",
    Follow: "_follow",
    Unfollow: "_unfollow",
    Listen: "_listen",
    Unlisten: "_unlisten",
}
