"""Subscriber: one connection's wishes; carries out what its dialect's session asks for.

Longer than other files, since each effect that a session may ask for has a method here.
"""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, ClassVar

import structlog

from actors.accounts import Credential
from actors.clock import Timer
from actors.door import Door
from actors.effects import (
    Authenticate,
    Effect,
    Follow,
    Gather,
    GatherAll,
    Hang,
    Left,
    Listen,
    Publish,
    Remind,
    Retract,
    Say,
    Unfollow,
    UnfollowAll,
    Unlisten,
)
from actors.errors import HouseError
from actors.following import Following
from actors.gathering import Overdue, Unread
from actors.house import House
from actors.lane import Lane
from actors.messages.connection import Authenticated, Heard, Seated, SignedIn, UserFell, UserLeft
from actors.messages.directory import Deliver, DeliverAll
from actors.messages.user import Report, Withdraw
from actors.messages.warden import Verify
from actors.presence import Source
from actors.runtime import Actor, handles
from actors.session import Session

WAITING_MESSAGES = 64
"""Messages that may wait while a token is being looked up; a client that sends more is closed."""

VERIFIED_WITHIN = 10.0
"""Seconds for which a connection waits to hear what its token allows; then its client may come again."""

log = structlog.get_logger()


class _Due:
    """To oneself: what the session wanted to be reminded of."""

    __slots__ = ("then",)

    def __init__(self, then: Callable[[float], Iterable[Effect]]) -> None:
        self.then = then


class _Unverified:
    """To oneself: it should be known by now what the token allows for which these messages wait."""

    __slots__ = ("waiting",)

    def __init__(self, waiting: list[str | bytes]) -> None:
        self.waiting = waiting


class Subscriber(Actor):
    """One connection: parses nothing and encodes nothing; its session does the first, encodings the second."""

    mailbox_limit = 1_000

    def __init__(self, session: Session, lane: Lane, door: Door, house: House) -> None:
        super().__init__()
        self.session = session
        self.lane = lane
        self.door = door
        self.house = house
        self.following = Following(house, lane, self.actor_ref)
        self.claims: set[tuple[str, Source]] | None = None
        """What this connection says, and of whom: withdrawn when it ends (law 4)."""
        self.credential: Credential | None = None
        self.waiting: list[str | bytes] | None = None
        """Messages that came while a token was being looked up; None when none is."""
        self.left: Left | None = None
        self.timer: Timer | None = None

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

    @handles(_Unverified)
    def unverified(self, message: _Unverified) -> None:
        """Nobody has said what the token allows, unless that was another token; as if the store were away."""
        if self.waiting is message.waiting:
            self.door.close(1013, "try again later")

    @handles(UserFell)
    def user_fell(self, message: UserFell) -> None:
        """A user this connection watches fell: watch the next life of it."""
        self.following.again(message.user)

    @handles(Seated)
    def seated(self, message: Seated) -> None:
        """A user answers whoever gathers several."""
        self.following.seated(message)

    @handles(Overdue)
    def overdue(self, message: Overdue) -> None:
        """Somebody has not answered: the client gets what there is."""
        self.following.complete(message.gathering)

    @handles(Unread)
    def unread(self, message: Unread) -> None:
        """The client had its time to read the message about everybody."""
        if self.lane.holds(message.gap):
            self.door.close(4008, "too slow")

    @handles(UserLeft)
    def user_left(self, message: UserLeft) -> None:
        """A user that is watched is there no more: the session says what there is to say."""
        if self.left is not None and self.lane.alive and not self.following.has_returned(message.update):
            self._carry_out(self.left, message.update)

    @handles(_Due)
    def due(self, message: _Due) -> None:
        """The session's own time has come."""
        if self.lane.alive:
            self._carry_out(message.then)

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
                self._ways[type(effect)](self, effect)
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
        self.house.clock.after(VERIFIED_WITHIN, self.remind, _Unverified(self.waiting))

    def _publish(self, effect: Publish) -> None:
        user = self.house.register.resolve(effect.user)  # the id stays when the name goes to somebody else
        if self.claims is None:  # most only watch, and an empty set has 216 bytes
            self.claims = set()
        self.claims.add((user, effect.claim.source))
        self.house.directory.tell(Deliver(user, Report(effect.claim)))

    def _retract(self, effect: Retract) -> None:
        user = self.house.register.resolve(effect.user)
        if self.claims is not None:
            self.claims.discard((user, effect.source))
        self.house.directory.tell(Deliver(user, Withdraw(effect.source)))

    def _follow(self, effect: Follow) -> None:
        self._speak()
        self.following.follow(effect.name)

    def _unfollow(self, effect: Unfollow) -> None:
        self.following.unfollow(effect.name)

    def _listen(self, effect: Listen) -> None:
        self.house.bulletin.listen(effect.topic, self.lane, effect.wording)

    def _unlisten(self, effect: Unlisten) -> None:
        self.house.bulletin.unlisten(effect.topic, self.lane)

    def _gather(self, effect: Gather) -> None:
        self._speak()
        self.left = effect.left
        self.following.gather(effect, self.remind)

    def _gather_all(self, effect: GatherAll) -> None:
        self._speak()
        self.left = effect.left
        self.following.gather_all(effect, self.remind)

    def _unfollow_all(self, _: UnfollowAll) -> None:
        self._deliver(self.following.leave_all())

    def _speak(self) -> None:
        """The session has decided by now in which encoding it is spoken to."""
        if not self.following:
            self.lane.encoding = self.session.encoding

    def _remind(self, effect: Remind) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.house.clock.after(effect.seconds, self.remind, _Due(effect.then))

    def _leave(self) -> None:
        self.house.bulletin.leave(self.lane)
        if self.timer is not None:
            self.timer.cancel()
        said = tuple(Deliver(user, Withdraw(source)) for user, source in self.claims or ())
        self.claims = None
        self._deliver((*self.following.leave_all(), *said))

    def _deliver(self, parcels: tuple[Deliver, ...]) -> None:
        if parcels:
            self.house.directory.tell(DeliverAll(parcels))

    _ways: ClassVar[dict[type, Callable[["Subscriber", Any], None]]] = {
        Say: _say,
        Hang: _hang,
        Authenticate: _authenticate,
        Publish: _publish,
        Retract: _retract,
        Follow: _follow,
        Unfollow: _unfollow,
        Listen: _listen,
        Unlisten: _unlisten,
        Gather: _gather,
        GatherAll: _gather_all,
        UnfollowAll: _unfollow_all,
        Remind: _remind,
    }
    """How each effect is carried out."""
