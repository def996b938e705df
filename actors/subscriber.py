"""Subscriber: one connection's wishes; carries out what its dialect's session asks for."""

from collections.abc import Callable, Iterable
from types import TracebackType

import structlog

from actors.accounts import Credential
from actors.clock import Timer
from actors.connections import Door
from actors.errors import HouseError
from actors.gathering import Gathering, Overdue, Unread
from actors.house import House
from actors.lane import Lane
from actors.messages import (
    Authenticate,
    Authenticated,
    Deliver,
    Effect,
    Follow,
    Gather,
    GatherAll,
    Hang,
    Heard,
    Left,
    Publish,
    Remind,
    Report,
    Retract,
    Say,
    Seated,
    SignedIn,
    Unfollow,
    UnfollowAll,
    Unwatch,
    UnwatchAll,
    UserFell,
    UserLeft,
    Verify,
    Watch,
    WatchAll,
    Withdraw,
)
from actors.presence import Source
from actors.runtime import Actor, handles
from actors.session import Session

WAITING_MESSAGES = 64
"""Messages that may wait while a token is being looked up; a client that sends more is closed."""

GATHER_WITHIN = 2.0
"""Seconds that a message about several users waits for one that is being restarted; it is told of later."""

READ_WITHIN = 30.0
"""Seconds in which a client must have read the message about everybody (PROMISES section 2)."""

log = structlog.get_logger()


class _Due:
    """To oneself: what the session wanted to be reminded of."""

    __slots__ = ("then",)

    def __init__(self, then: Callable[[float], Iterable[Effect]]) -> None:
        self.then = then


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
        """User id -> the name it was asked for by."""
        self.claims: set[tuple[str, Source]] = set()
        """What this connection says, and of whom: withdrawn when it ends (law 4)."""
        self.credential: Credential | None = None
        self.waiting: list[str | bytes] | None = None
        """Messages that came while a token was being looked up; None when none is."""
        self.everybody = False
        self.gatherings: list[Gathering] = []
        self.left: Left | None = None
        self.timer: Timer | None = None

    def on_start(self) -> None:
        """The connection stands."""
        self._carry_out(self.session.opened(self.house.clock.now()))

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
        self._carry_out(self.session.authenticated(message.credential, self.house.clock.now()))
        for data in waiting:
            self._converse(data)

    @handles(UserFell)
    def user_fell(self, message: UserFell) -> None:
        """A user this connection watches fell: watch the next life of it."""
        if message.user in self.follows:
            self.house.directory.tell(Deliver(message.user, Watch(self.lane)))

    @handles(Seated)
    def seated(self, message: Seated) -> None:
        """A user answers: the last one completes the message. Who answers too late is told of alone."""
        for gathering in self.gatherings:
            if gathering.wants(message.user):
                if gathering.take(message):
                    self._complete(gathering)
                return
        if message.user in self.follows:
            payload = self.lane.encoding.snapshot(message.subject, message.presence)
            self.lane.send(self.lane.frame(payload), message.user)

    @handles(Overdue)
    def overdue(self, message: Overdue) -> None:
        """Somebody has not answered: the client gets what there is."""
        if message.gathering in self.gatherings:
            self._complete(message.gathering)

    @handles(Unread)
    def unread(self, message: Unread) -> None:
        """The client had its time to read the message about everybody."""
        if self.lane.holds(message.gap):
            self.door.close(4008, "too slow")

    @handles(UserLeft)
    def user_left(self, message: UserLeft) -> None:
        """A user that is watched is there no more: the session says what there is to say."""
        if self.left is not None and self.lane.alive:
            self._carry_out(self.left(message.update, self.house.clock.now()))

    @handles(_Due)
    def due(self, message: _Due) -> None:
        """The session's own time has come."""
        if self.lane.alive:
            self._carry_out(message.then(self.house.clock.now()))

    @handles(Hang)
    def hang(self, message: Hang) -> None:
        """Somebody in the house wants this connection closed."""
        self.door.close(message.code, message.reason)

    def _converse(self, data: str | bytes) -> None:
        if self.lane.alive:
            self._carry_out(self.session.received(data, self.house.clock.now()))

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        try:
            for effect in effects:
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
        self.claims.add((effect.user, effect.claim.source))
        self.house.directory.tell(Deliver(effect.user, Report(effect.claim)))

    def _retract(self, effect: Retract) -> None:
        self.claims.discard((effect.user, effect.source))
        self.house.directory.tell(Deliver(effect.user, Withdraw(effect.source)))

    def _follow(self, effect: Follow) -> None:
        user = self.house.register.resolve(effect.name)
        if user not in self.follows:
            self._speak()
            self.follows[user] = effect.name
            self.house.directory.tell(Deliver(user, Watch(self.lane)))

    def _unfollow(self, effect: Unfollow) -> None:
        resolve = self.house.register.resolve
        user = effect.name if effect.name in self.follows else resolve(effect.name)
        if self.follows.pop(user, None) is not None:
            self.house.directory.tell(Deliver(user, Unwatch(self.lane)))

    def _gather(self, effect: Gather) -> None:
        self._speak()
        self.left = effect.left
        users = tuple(dict.fromkeys(map(self.house.register.resolve, effect.users)))
        gathering = Gathering(users, effect.assembly, self.lane.hold())
        if effect.watch:
            self.follows.update({user: user for user in users if user not in self.follows})
        for user in users:
            self.house.directory.tell(Deliver(user, Watch(self.lane, self.actor_ref, effect.watch)))
        if users:
            self.gatherings.append(gathering)
            gathering.timer = self.house.clock.after(GATHER_WITHIN, self.remind, Overdue(gathering))
        else:
            self._complete(gathering)

    def _complete(self, gathering: Gathering) -> None:
        if gathering in self.gatherings:
            self.gatherings.remove(gathering)
        self.lane.fill(gathering.gap, self.lane.frame(gathering.message()))

    def _gather_all(self, effect: GatherAll) -> None:
        self._speak()
        self.left = effect.left
        gap = self.lane.hold() if effect.snapshot else None
        self.house.roster.tell(WatchAll(self.lane, gap, effect.watch))
        if gap is not None:
            self.house.clock.after(READ_WITHIN, self.remind, Unread(gap))
        if effect.watch:
            self.everybody = True
            self._unfollow_each()

    def _unfollow_all(self, _: UnfollowAll) -> None:
        self._unfollow_each()
        if self.everybody:
            self.everybody = False
            self.house.roster.tell(UnwatchAll(self.lane))

    def _unfollow_each(self) -> None:
        for user in self.follows:
            self.house.directory.tell(Deliver(user, Unwatch(self.lane)))
        self.follows = {}

    def _speak(self) -> None:
        """The session has decided by now in which encoding it is spoken to."""
        if not self.follows and not self.everybody:
            self.lane.encoding = self.session.encoding

    def _remind(self, effect: Remind) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.house.clock.after(effect.seconds, self.remind, _Due(effect.then))

    def _leave(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        for gathering in self.gatherings:
            gathering.end()
        self.gatherings = []
        self._unfollow_all(UnfollowAll())
        for user, source in self.claims:
            self.house.directory.tell(Deliver(user, Withdraw(source)))
        self.claims = set()


_EFFECTS: dict[type, str] = {
    Say: "_say",
    Hang: "_hang",
    Authenticate: "_authenticate",
    Publish: "_publish",
    Retract: "_retract",
    Follow: "_follow",
    Unfollow: "_unfollow",
    Gather: "_gather",
    GatherAll: "_gather_all",
    UnfollowAll: "_unfollow_all",
    Remind: "_remind",
}
