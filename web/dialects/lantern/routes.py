"""Lantern's REST (spec/lantern.md sections 2 to 4): one user or a card of them, several users; errors in its shapes."""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qs

from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.keyvalues import MOST_CHARACTERS, MOST_PAIRS
from actors.settings import Settings
from web import errors
from web.cards.answers import Cards
from web.cards.options import read_options
from web.dialects.discord.book import Book
from web.dialects.discord.finding import Finding, json_answer, tagged
from web.dialects.lantern.session import LanternSession
from web.dialects.lantern.wires import Wires
from web.routing import Route
from web.views import Accept, Answer, Request

MOST_USERS = 50

ANY_ORIGIN = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Retry-After"),
    ("Vary", "Accept-Encoding"),
)
"""Section 2: on every response; pages may also read what tells them whether and when to ask again."""

_PREFLIGHT = (
    *ANY_ORIGIN,
    ("Access-Control-Allow-Methods", "GET, HEAD, PUT, PATCH, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match"),
    ("Access-Control-Max-Age", "600"),
)

_NUMBER = re.compile(r"[+-]?([0-9]*\.)?[0-9]+")
_STATUSES: dict[type[HouseError], int] = {Malformed: 400, Refused: 401, Overrun: 429, Unavailable: 503}


_TEXTS = {401: "Unauthorized.", 429: "Too many requests.", 503: "Temporarily unavailable."}
_NOT_THERE = frozenset({"unknown-user", "unknown-storage", "unknown-key"})
_FULL = {
    "too-many-pairs": f"A storage can hold at most {MOST_PAIRS} key-value pairs.",
    "storage-full": f"A storage can hold at most {MOST_CHARACTERS:,} characters.",
}
_NO_ROUTE = frozenset({"unknown-path", "wrong-method"})


def refuse(error: HouseError, _request: Request) -> Answer:
    """An error in Lantern's words: of a validation both keys are sent (section 2, superset)."""
    status = next((said for kind, said in _STATUSES.items() if isinstance(error, kind)), 500)
    if isinstance(error, errors.Unreadable):
        status = error.status
    if error.code in _NOT_THERE:
        return json_answer({"error": str(error)}, 404, ANY_ORIGIN)
    if error.code in _NO_ROUTE:
        return json_answer({"error": "Resource not found."}, 404, ANY_ORIGIN)
    if error.code in _FULL:
        text = _FULL[error.code]
        return json_answer({"error": text, "errors": text}, 400, ANY_ORIGIN)
    if status == 400:
        return json_answer({"error": str(error), "errors": str(error)}, status, ANY_ORIGIN)
    if status == 500:
        return json_answer({"success": False, "error": "Internal Server Error"}, status, ANY_ORIGIN)
    text = _TEXTS.get(status) or str(error)
    return json_answer({"error": text}, status, (*ANY_ORIGIN, *errors.retry_after(error)))


def check_user_id(text: str) -> str:
    """Section 3.1, for every route with a user's id; Malformed with the dialect's own text."""
    if not _NUMBER.fullmatch(text):
        raise Malformed("invalid-parameter", "user_id must be a number.")
    if not 17 <= len(text) <= 19:
        raise Malformed("invalid-parameter", "user_id must be 17-19 characters long.")
    return text


def unmonitored(user: str) -> Refused:
    """Section 3.1: whoever is not monitored."""
    return Refused("unknown-user", f"User {user} is not being monitored by Lantern.")


@dataclass(frozen=True, slots=True)
class Lantern:
    """The dialect's views and what they need."""

    finding: Finding
    settings: Settings
    wires: Wires
    cards: Cards

    def routes(self) -> tuple[Route, ...]:
        """Section 3. A trailing slash is accepted."""
        users, user = "/api/v1/users", "/api/v1/users/<name>"
        return (
            Route("GET", users, self.users, hot=True),
            Route("GET", f"{users}/", self.users),
            Route("GET", user, self.user, hot=True),
            Route("GET", f"{user}/", self.user),
            Route("GET", "/lantern/socket", self.socket, websocket=True),
            Route("GET", "/lantern/socket/", self.socket, websocket=True),
            *(Route("OPTIONS", rule, preflight) for rule in (users, f"{users}/", user, f"{user}/")),
        )

    def user(self, request: Request) -> Answer:
        """Section 3.3."""
        ident = check_user_id(request.path["name"])
        # "All card options are validated even without `svg`."
        options = read_options(request.environ.get("QUERY_STRING", ""))
        if options.svg:
            return self.cards.answer(request, self.finding.face(ident), options, ANY_ORIGIN)
        page = self.finding.page(self._book(request), ident)
        if page is None:
            raise unmonitored(ident)
        return tagged(request, page.at(self.finding.house.clock.now()), page.etag, ANY_ORIGIN)

    def users(self, request: Request) -> Answer:
        """Section 3.2; "accept one", "refuse more than 50", and in the order of the request (WIRES)."""
        book, now = self._book(request), self.finding.house.clock.now()
        found = [self.finding.page(book, ident) for ident in _user_ids(request)]
        pages = [page for page in found if page is not None]
        if not pages:
            return json_answer({"error": "Users you requested are not monitored by Lantern."}, 404, ANY_ORIGIN)
        weak = "W/" if any(page.tail for page in pages) else ""
        tag = blake2b("".join(page.etag for page in pages).encode(), digest_size=12).hexdigest()
        return tagged(request, b"[" + b",".join(page.at(now) for page in pages) + b"]", f'{weak}"{tag}"', ANY_ORIGIN)

    def socket(self, request: Request) -> Accept:
        """Section 6: `/lantern/socket`."""
        return Accept(self.session(request))

    def session(self, request: Request) -> LanternSession:
        """A conversation in the wire that the request or the settings name."""
        wanted = request.query().get("wire", self.settings.dialects.lantern.wire)
        return LanternSession(self.wires.of(wanted), self.finding.find)

    def _book(self, request: Request) -> Book:
        return self.wires.of(request.query().get("wire", self.settings.dialects.lantern.wire)).book


def preflight(_request: Request) -> Answer | Accept:
    """Section 2, superset: "answer preflight with 204 and allow methods/headers"."""
    return Answer(status=204, headers=_PREFLIGHT)


def _user_ids(request: Request) -> list[str]:
    """Section 3.2: the rules in their order."""
    given: Any = parse_qs(request.environ.get("QUERY_STRING", ""), keep_blank_values=True).get("user_ids")
    if not given or given == [""]:
        raise Malformed("invalid-parameter", "user_ids is required.")
    if not all(17 <= len(ident) <= 19 for ident in given):
        text = "user_ids must be an array of strings with 17-19 characters long."
        raise Malformed("invalid-parameter", text)
    if len(set(given)) < len(given):
        raise Malformed("invalid-parameter", "user_ids must not contain duplicates.")
    if len(given) > MOST_USERS:
        raise Malformed("invalid-parameter", "You can only request up to 50 users at once.")
    return list(given)
