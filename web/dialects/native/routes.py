"""/v2's reading: users by REST, their streams, and the badge for other people's pages."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from urllib.parse import parse_qs

import msgspec

from actors.house import House
from actors.presence import Presence, Subject
from web.dialects.discord.finding import tagged
from web.dialects.native.callers import Callers
from web.dialects.native.claims import Claims, checked
from web.dialects.native.codec import Stream, event_of, message_of
from web.dialects.native.documents import asked_out, own_presence_out
from web.dialects.native.problems import ANY_ORIGIN
from web.dialects.native.replays import Replays
from web.dialects.native.schemas import Invalid, Presences
from web.dialects.native.sessions import MOST_USERS, EventsSession, SocketSession
from web.gate import Gate
from web.routing import Route
from web.views import Accept, Answer, Request

_RETRY_MS = (1_000, 4_000)
"""Between these a reader waits before it comes back, so that 10,000 do not come at once after a restart."""

_PREFLIGHT = (
    *ANY_ORIGIN,
    ("Access-Control-Allow-Methods", "GET, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"),
    ("Access-Control-Max-Age", "86400"),
)
_PRIVATE = (*ANY_ORIGIN, ("Vary", "Authorization"))
_BADGE_FIELDS = (
    *ANY_ORIGIN,
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


BADGE = b"\n".join(
    line.strip()
    for line in (Path(__file__).parent / "static" / "badge.js").read_bytes().splitlines()
    if not line.startswith(b"//")
)
"""Without what is for its readers alone: a page that shows somebody has better to load."""


@dataclass(frozen=True, slots=True)
class Native:
    """The reading views and what they need."""

    house: House
    callers: Callers
    claims: Claims
    events: Stream
    messages: Stream
    badge: bytes = BADGE

    @classmethod
    def of(cls, gate: Gate) -> "Native":
        """The dialect in this house."""
        house, callers = gate.house, Callers(gate)
        monotonic = house.clock.monotonic
        events, messages = (Stream(house.history, monotonic, frame) for frame in (event_of, message_of))
        return cls(house, callers, Claims(callers, Replays(house.deeds, house.clock)), events, messages)

    def routes(self) -> tuple[Route, ...]:
        """Everything but the webhooks; any page may ask, with a preflight for what is not simple."""
        known = (
            Route("GET", "/v2/users", self.users, hot=True),
            Route("GET", "/v2/users/<name>", self.user, hot=True),
            Route("GET", "/v2/events", self.stream, hot=True, deed=True),
            Route("GET", "/v2/badge.js", self.script),
            *self.claims.routes(),
        )
        rules = dict.fromkeys(route.rule for route in known)
        return (
            *known,
            Route("GET", "/v2/socket", self.socket, websocket=True),
            *(Route("OPTIONS", rule, preflight) for rule in rules),
        )

    def user(self, request: Request) -> Answer:
        """One user; with the claims for the owner and operators. A name that nobody has is somebody who is offline."""
        asked = checked(request.path["name"])
        user, (subject, presence) = self.house.register.find(asked), self._known(asked)
        sees = self.callers.sees_claims_of(request, user)
        shown = own_presence_out(subject, presence) if sees else asked_out(asked, subject, presence)
        return _tagged(request, msgspec.json.encode(shown), _PRIVATE)

    def users(self, request: Request) -> Answer:
        """Several users, each once, in the order of asking."""
        shown = [asked_out(asked, *self._known(asked)) for asked in _users_in(request)]
        return _tagged(request, msgspec.json.encode(Presences(shown)), ANY_ORIGIN)

    def stream(self, request: Request) -> Accept:
        """The event stream. Last-Event-ID counts more as a field than in the query.

        A browser's own EventSource comes back to the address it began with, and says the newer id in the field.
        """
        users = _users_in(request)
        said = request.header("LAST_EVENT_ID") or request.query().get("last_event_id")
        retry_ms = random.randint(*_RETRY_MS)  # noqa: S311 - no secret
        session = EventsSession(self.events, self.house.register.find, users, _last(self.events, said), retry_ms)
        return Accept(session, event_stream=True, headers=ANY_ORIGIN, finished=True)

    def socket(self, request: Request) -> Accept:
        """The socket; `?user=` and `?last_event_id=` mean the same as there."""
        users = _users_in(request) if "user" in request.query() else ()
        last = _last(self.messages, request.query().get("last_event_id"))
        return Accept(SocketSession(self.messages, self.house.register.find, users, last), finished=True)

    def script(self, request: Request) -> Answer:
        """`<presence-badge>`, under an address that stays."""
        version = hashlib.sha256(self.badge).hexdigest()[:16]
        answer = tagged(request, self.badge, f'"{version}"', _BADGE_FIELDS)
        if answer.status != 200:
            return answer
        fields = (("ETag", f'"{version}"'), ("Cache-Control", "public, max-age=3600"), *_BADGE_FIELDS)
        return Answer(answer.body, content_type="text/javascript; charset=utf-8", headers=fields)

    def _known(self, asked: str) -> tuple[Subject, Presence]:
        """Nobody is woken for it."""
        user = self.house.register.find(asked)
        return self.house.register.subject(user), self.house.known(user)


def preflight(_request: Request) -> Answer:
    """Any page may ask anything: what is not public needs a token, which a page must have been given."""
    return Answer(status=204, headers=_PREFLIGHT)


def _last(stream: Stream, said: str | None) -> int | None:
    return stream.number_in(said) if said else None


def _users_in(request: Request) -> Sequence[str]:
    """The users of the query, each once."""
    given = parse_qs(request.environ.get("QUERY_STRING", ""), keep_blank_values=True).get("user", [])
    names = list(dict.fromkeys(map(checked, given)))
    if not names:
        raise Invalid("/user", "Whom? Name 1 to 100 users, as in ?user=alice&user=bob.")
    if len(names) > MOST_USERS:
        raise Invalid("/user", f"At most {MOST_USERS} users at once.")
    return names


def _tagged(request: Request, body: bytes, fields: tuple[tuple[str, str], ...]) -> Answer:
    return tagged(request, body, f'"{blake2b(body, digest_size=12).hexdigest()}"', fields)
