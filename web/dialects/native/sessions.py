"""/v2's two conversations: a reader of an event stream, and a socket on which users come and go at any time. Pure.

> {"type":"subscribe","users":["alice","bob"],"last_event_id":"9f2c6a01b7de:41"}   last_event_id may be left out
< a snapshot of each, or what was missed and {"type":"resumed",...}; then every change
> {"type":"unsubscribe","users":["bob"]}
< {"type":"unsubscribed","users":["bob"]}
> {"type":"ping"}
< {"type":"pong"}
< {"type":"problem","problem":{...}}                                             to what cannot be understood
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from actors.accounts import Credential
from actors.effects import Effect, Gather, Hang, Say, Unfollow
from actors.errors import HouseError, Malformed, Overrun
from actors.presence import Update
from actors.session import Encoding
from web.dialects.native.codec import Find, Recovery, Stream
from web.dialects.native.documents import given_or
from web.dialects.native.problems import problem_of
from web.dialects.native.schemas import Invalid, Wish, read
from web.frames import text_frame

MOST_USERS = 100
"""Of one connection."""

BAD_DATA = 1007
_PONG = Say(text_frame(b'{"type":"pong"}'))


def _nobody_leaves(_update: Update, _now: float) -> Iterable[Effect]:
    """Never asked: whoever is not there is offline here, which is a change like others."""
    return ()


def gathering(stream: Stream, find: Find, users: Sequence[str], last: int | None) -> Gather:
    """Watch these; what they missed since `last`, or a snapshot of each, comes first."""
    names = tuple(dict.fromkeys(users))
    return Gather(tuple(dict.fromkeys(map(find, names))), Recovery(stream, find, names, last), _nobody_leaves)


def _no_more() -> tuple[Effect, ...]:
    """What is done when all that was to be done at the beginning is done."""
    return ()


class EventsSession:
    """`GET /v2/events`: these users, for as long as the reader stays."""

    __slots__ = ("_begin", "encoding")

    publishes = False

    def __init__(self, stream: Stream, find: Find, users: Sequence[str], last: int | None, retry_ms: int) -> None:
        """`retry_ms` is how long the reader shall wait before it comes back: not the same for all, after a restart."""
        self.encoding: Encoding = stream
        self._begin: Callable[[], tuple[Effect, ...]] = lambda: (
            Say(b"retry: %d\n\n" % retry_ms),
            gathering(stream, find, users, last),
        )

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing here depends on the time
        """See actors.session.Session."""
        begin, self._begin = self._begin, _no_more
        return begin()

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """A reader of an event stream says nothing."""
        return ()

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()


class SocketSession:
    """`WS /v2/socket`."""

    __slots__ = ("_find", "_names", "_opening", "_stream", "encoding")

    publishes = False

    def __init__(self, stream: Stream, find: Find, users: Sequence[str] = (), last: int | None = None) -> None:
        """With `users` it is subscribed to them from the beginning, as an event stream is."""
        self.encoding: Encoding = stream
        self._stream = stream
        self._find = find
        self._names: dict[str, str] = {}
        """The name a user was asked for by -> the id in the house by which it is watched."""
        self._opening: tuple[Sequence[str], int | None] | None = (users, last)

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """See actors.session.Session."""
        (users, last), self._opening = self._opening or ((), None), None
        return self._subscribe(users, last) if users else ()

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """See actors.session.Session. What is no JSON ends the connection, what is understood but wrong does not."""
        try:
            return self._obey(read(data, Wish))
        except (Invalid, Overrun) as error:
            return (_say({"type": "problem", "problem": problem_of(error)}),)
        except Malformed:
            return (Hang(BAD_DATA, "not JSON"),)

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()

    def _obey(self, wish: Wish) -> Iterable[Effect]:
        if wish.type == "ping":
            return (_PONG,)
        if wish.users is UNSET:
            raise Invalid("/users", "Whom?")
        if wish.type == "unsubscribe":
            return self._unsubscribe(wish.users)
        last = given_or(wish.last_event_id)
        return self._subscribe(wish.users, None if last is None else self._stream.number_in(last))

    def _subscribe(self, users: Sequence[str], last: int | None) -> Iterable[Effect]:
        names = {**self._names, **{name: self._find(name) for name in users}}
        if len(names) > MOST_USERS:
            raise too_many_users()
        left, self._names = self._names, names
        return (*self._unfollow(left), gathering(self._stream, self._find, users, last))

    def _unsubscribe(self, users: Sequence[str]) -> Iterable[Effect]:
        left = {name: self._names.pop(name) for name in dict.fromkeys(users) if name in self._names}
        return (*self._unfollow(left), _say({"type": "unsubscribed", "users": list(left)}))

    def _unfollow(self, left: Mapping[str, str]) -> Iterable[Effect]:
        """Whom no name that is watched means any more."""
        watched = set(self._names.values())
        return tuple(Unfollow(user) for user in dict.fromkeys(left.values()) if user not in watched)


def too_many_users() -> HouseError:
    """More than MOST_USERS are asked for."""
    return Invalid("/users", f"At most {MOST_USERS} users may be watched by one connection.")


def _say(document: Any) -> Say:
    return Say(text_frame(msgspec.json.encode(document)))
