"""The heartbeat's routes (spec/heartbeat.md sections 2 to 6): pings, and both paths of a user's event stream."""

from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog
from gevent.event import AsyncResult

from actors.errors import HouseError, Overrun, Unavailable
from actors.house import House
from actors.messages.directory import Deliver
from actors.messages.keeper import Seen
from actors.messages.user import Report
from web import errors
from web.asking import ask_user
from web.deadline import Deadline
from web.dialects.heartbeat import codec
from web.listed import Listed
from web.proxies import Proxies
from web.routing import Route
from web.views import Accept, Answer, Request

_PLAIN = "text/plain; charset=utf-8"
_NOSNIFF = ("X-Content-Type-Options", "nosniff")
_HEADERS = "Content-Type, Authorization, X-User-Claim"
_TEXTS = {400: "Bad Request", 404: "404 page not found", 405: "Method Not Allowed", 413: "Request Entity Too Large"}
"""Bodies as the original words them (section 2); others in HTTP's own words."""

PATIENCE = 0.5
"""Seconds that a reader waits for what storage knows of the last ping."""

log = structlog.get_logger()


class Sightings(Protocol):
    """What storage remembers of pings; raises Unavailable when it is away."""

    def last_ping(self, user: str, /) -> tuple[int, str] | None:
        """Seconds since the epoch and the raw status of the user's last ping."""


def refuse(error: HouseError, _request: Request) -> Answer:
    """A line of text; "all error bodies: text plus one newline"."""
    status = errors.status_of(error)
    text = _TEXTS.get(status) or Answer(status=status).status_line.partition(" ")[2]
    return Answer(f"{text}\n".encode(), status, _PLAIN, (_NOSNIFF, *errors.retry_after(error)))


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The dialect's views and what they need."""

    house: House
    sightings: Sightings
    proxies: Proxies
    origins: Listed
    pings: codec.Pings = field(default_factory=codec.Pings)
    asked: dict[str, AsyncResult] = field(default_factory=dict)
    """User -> the look-up of their last ping that is under way; it ends within PATIENCE."""

    def routes(self) -> tuple[Route, ...]:
        """The README's path has a client in it, which the original ignores since 2019-03-17; both are served."""
        return (
            Route("POST", "/ping", self.ping, hot=True),
            Route("OPTIONS", "/ping", self.options_of("POST, OPTIONS")),
            *(
                route
                for rule in ("/subscribe/<name>", "/subscribe/<name>/client/<client>")
                for route in (
                    Route("GET", rule, self.subscribe, hot=rule.endswith("<name>"), deed=True),
                    Route("OPTIONS", rule, self.options_of("GET, OPTIONS")),
                )
            ),
        )

    def ping(self, request: Request) -> Answer:
        """Section 4; "order of checks: header, then body". 200 whatever the stores or the user's actor do."""
        name = codec.user_in(self._claim_header(request))
        status = codec.status_in(request.body())
        house = self.house
        user = house.register.resolve(name, codec.DIALECT)
        report = Report(codec.ping(user, status, house.clock.now()))
        try:
            ask_user(house, user, report)
        except (Unavailable, Overrun) as away:
            log.warning("ping is put off", code=away.code)
            house.directory.tell(Deliver(user, report))
        house.keeper.tell(Seen(user, int(report.claim.since), status))
        return replace(_TAKEN, headers=self.origins.fields(request))

    def subscribe(self, request: Request) -> Accept:
        """Section 6; nobody is asked who they are (section 3)."""
        user = self.house.register.resolve(request.path["name"], codec.DIALECT)
        session = codec.Watching(user, self.pings, self._cached(user))
        return Accept(session, event_stream=True, headers=self.origins.fields(request))

    def options_of(self, methods: str):  # type: ignore[no-untyped-def]  # a View
        """A view that answers OPTIONS: "any OPTIONS on a known path: 200"."""

        def options(request: Request) -> Answer:
            fields = self.origins.preflight(request, methods, _HEADERS)
            return Answer(content_type=_PLAIN, headers=fields)

        return options

    def _claim_header(self, request: Request) -> str | None:
        """Only a proxy that authenticates may say who somebody is (section 3); others might have brought it along."""
        trusted = self.proxies.trusts(request.environ.get("REMOTE_ADDR", ""))
        return request.header("X_USER_CLAIM") if trusted else None

    def _cached(self, user: str) -> bytes | None:
        """The last ping where only storage knows it; a live one comes with the snapshot.

        A store that is away, or busy with a write that does not come to an end, must not hold the stream's head up.
        """
        if any(claim.source.kind == codec.DIALECT for claim in self.house.board.claims(user)):
            return None
        if codec.is_hidden(self.house.known(user)):
            return None
        asked = self.asked.get(user)
        if asked is not None:  # of a crowd that comes at once one asks, else each would hold its greenlet for all
            cached: bytes | None = asked.get()
            return cached
        asked = self.asked[user] = AsyncResult()
        cached = None
        try:
            cached = self._last_ping(user)
        finally:
            del self.asked[user]
            asked.set(cached)
        return cached

    def _last_ping(self, user: str) -> bytes | None:
        try:
            with Deadline(self.house.clock, PATIENCE):
                seen = self.sightings.last_ping(user)
        except (Unavailable, Overrun):
            return None
        return None if seen is None else codec.event(*seen)


_TAKEN = Answer(content_type=_PLAIN)
