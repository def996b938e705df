"""presenti's two conversations: a viewer's and a publisher's (spec/presenti.md sections 3 and 5, README day).

The original drops the connection without a close frame; we send one, which its clients never look at (section 11):
1007 for what is not what its type says, 1008 for what may not be said now or by this client.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from actors.accounts import Credential
from actors.effects import Authenticate, Effect, Follow, Hang, Listen, Publish, Say, Unlisten
from actors.errors import Malformed
from actors.presence import Claim, Source
from actors.session import Encoding
from web import json
from web.dialects.presenti.codec import EVENTS
from web.dialects.presenti.documents import activities_in
from web.dialects.presenti.order import FIRST_PARTY, SOCKET

BAD_DATA, AGAINST_THE_RULES = 1007, 1008


class Type(IntEnum):
    """The codes that a client may send on `/remote` (section 5.1)."""

    PING = 0
    PRESENCE = 2
    IDENTIFY = 3
    PRESENCE_FIRST_PARTY = 5
    SUBSCRIBE = 6
    UNSUBSCRIBE = 7


_STREAM_PONG = Say(b'{"type":1}')
_PONG = Say(b'{"type":1,"data":null}')
_GREETINGS = Say(b'{"type":4,"data":null}')
_SPOKEN = frozenset(map(int, Type))
_SPELLED = frozenset(map(str, _SPOKEN))


def _number_of(message: Any) -> Any:
    """The `type` of a message if it is a number, which true and false are not."""
    number = message.get("type") if isinstance(message, dict) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


class StreamSession:
    """`WS /presence/{name}`: any name, no credentials; answers PING and ignores whatever else is JSON."""

    publishes = False

    def __init__(self, name: str, encoding: Encoding) -> None:
        self.encoding = encoding
        self._name = name

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing here depends on the time
        """See actors.session.Session."""
        return (Follow(self._name),)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """See actors.session.Session."""
        try:
            message = json.read(data)
        except Malformed as fault:
            return (Hang(BAD_DATA, str(fault)),)
        return (_STREAM_PONG,) if _number_of(message) == Type.PING else ()

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()


class RemoteSession:
    """`WS /remote`: a publisher that says who it is and then what its user does.

    Messages that come between IDENTIFY and GREETINGS wait in the connection (section 5.3: queueing is kinder than
    closing, and compatible).
    """

    publishes = True

    def __init__(self, connection_id: str, encoding: Encoding) -> None:
        self.encoding = encoding
        self._source = Source(SOCKET, connection_id)
        self._greeted_at: float | None = None
        self._user: str | None = None
        self._credential: str | None = None
        self._first_party = False
        self._over = False

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - a publisher speaks first
        """See actors.session.Session."""
        return ()

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """See actors.session.Session; the order is that of section 5.2."""
        if self._over:
            return ()
        try:
            message = json.read(data)
        except Malformed as fault:
            return self._hang(BAD_DATA, str(fault))
        if isinstance(message, dict) and isinstance(message.get("type"), str) and message["type"] in _SPELLED:
            return self._hang(BAD_DATA, "type must be a number")
        number = _number_of(message)
        if number not in _SPOKEN:
            return ()
        return self._obey(Type(number), message)

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:
        """See actors.session.Session."""
        if self._over:
            return ()
        first_party = credential is not None and credential.allows("first-party", now)
        own = credential is not None and credential.account is not None and credential.allows("publish", now)
        if credential is None or not (first_party or own):
            return self._hang(AGAINST_THE_RULES, "invalid token")
        self._greeted_at = now
        self._first_party = first_party
        self._user = credential.account
        self._credential = credential.id
        return (_GREETINGS,)

    def _obey(self, number: Type, message: dict[str, Any]) -> Iterable[Effect]:
        fault = _fault(number, message)
        if fault is not None:
            return self._hang(BAD_DATA, fault)
        if number is Type.PING:
            return (_PONG,)
        if number is Type.IDENTIFY:
            return self._identify(message["data"])
        if number is Type.PRESENCE:
            return self._publish(message["data"])
        if not self._first_party or self._greeted_at is None:
            return self._hang(AGAINST_THE_RULES, "for first parties only")
        return self._obey_first_party(number, message["data"], self._greeted_at)

    def _obey_first_party(self, number: Type, data: dict[str, Any], greeted_at: float) -> Iterable[Effect]:
        """Sections 5.4 and 5.5: a list for each scope that this socket speaks of, and what it is told of everybody."""
        if number is Type.PRESENCE_FIRST_PARTY:
            source, activities = Source(FIRST_PARTY, self._source.id), activities_in(data["presence"])
            claim = Claim(source, greeted_at, activities=activities, credential=self._credential)
            return (Publish(data["scope"], claim),)
        event = data["event"]
        known = [EVENTS[each] for each in (event if isinstance(event, list) else [event]) if each in EVENTS]
        if number is Type.SUBSCRIBE:
            return tuple(Listen(topic, wording) for topic, wording in known)
        return tuple(Unlisten(topic) for topic, _ in known)

    def _identify(self, token: str) -> Iterable[Effect]:
        if self._greeted_at is not None:
            return self._hang(AGAINST_THE_RULES, "already identified")
        if not token:
            return self._hang(AGAINST_THE_RULES, "invalid token")
        return (Authenticate(token),)

    def _publish(self, value: Any) -> Iterable[Effect]:
        """An empty list is a claim as well: the source keeps its age, and viewers hear of the clearing."""
        if self._greeted_at is None:
            return self._hang(AGAINST_THE_RULES, "not identified")
        if self._first_party or self._user is None:
            return self._hang(AGAINST_THE_RULES, "not for first parties")
        activities = activities_in(value)
        claim = Claim(self._source, self._greeted_at, activities=activities, credential=self._credential)
        return (Publish(self._user, claim),)

    def _hang(self, code: int, reason: str) -> Iterable[Effect]:
        self._over = True
        return (Hang(code, reason),)


def _fault(number: Type, message: dict[str, Any]) -> str | None:
    """What is wrong with a message for its type (section 5.2 step 4); None where nothing is."""
    data = message.get("data")
    if number is Type.PRESENCE and "data" not in message:
        return "data is missing"
    if number is Type.IDENTIFY and not isinstance(data, str):
        return "data must be a token"
    if number is Type.PRESENCE_FIRST_PARTY and not _is_scoped(data):
        return "data must have presence, and a scope without control characters"
    if number in {Type.SUBSCRIBE, Type.UNSUBSCRIBE} and not _names_events(data):
        return "event must be a number or a list of numbers"
    return None


_NAME = re.compile(r"[^\x00-\x1f\x7f]+")
"""What a path can say, and so what viewers can ask for."""


def _is_scoped(data: Any) -> bool:
    scope = data.get("scope") if isinstance(data, dict) else None
    return isinstance(scope, str) and _NAME.fullmatch(scope) is not None and "presence" in data


def _names_events(data: Any) -> bool:
    event = data.get("event") if isinstance(data, dict) else None
    return all(type(each) in {int, float} for each in (event if isinstance(event, list) else [event]))
