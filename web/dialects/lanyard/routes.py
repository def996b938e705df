"""Lanyard's REST (spec/lanyard.md sections 1 and 2): a user by id, and the owner of a key."""

import re
from dataclasses import dataclass

from actors.errors import HouseError, Refused
from web import errors
from web.dialects.discord.book import Page
from web.dialects.discord.finding import Finding, json_answer, tagged
from web.dialects.lanyard import codec
from web.dialects.lanyard.session import HELLO, LanyardSession
from web.dialects.lanyard.wires import Wires
from web.gate import Gate
from web.routing import Route
from web.views import Accept, Answer, Request

_MAX_AGE = "600"
_ANY_ORIGIN = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "ETag, Retry-After"))
_SOCKET = re.compile("/socket/?$")


def refuse(error: HouseError, request: Request) -> Answer:
    """An error in Lanyard's words."""
    environ = request.environ
    if (
        error.code == errors.WRONG_METHOD
        and environ["REQUEST_METHOD"] == "GET"
        and _SOCKET.search(environ["PATH_INFO"])
    ):
        error = Refused("upgrade-failed")
    if isinstance(error, errors.Unreadable):
        code = error.code.replace("-", "_")
        return json_answer(codec.failure(code, str(error)), error.status, origin(request))
    status, document = codec.error(error)
    return json_answer(document, status, (*origin(request), *errors.retry_after(error)))


def origin(request: Request) -> tuple[tuple[str, str], ...]:
    """Section 1: `*` for whoever names an Origin, "without an `Origin` no CORS header is sent"."""
    return () if request.header("ORIGIN") is None else _ANY_ORIGIN


@dataclass(frozen=True, slots=True)
class Lanyard:
    """The dialect's views and what they need."""

    finding: Finding
    gate: Gate
    wires: Wires

    def routes(self) -> tuple[Route, ...]:
        """Section 2. A trailing slash is accepted."""
        return (
            Route("GET", "/v1/users/<name>", self.user, hot=True),
            Route("GET", "/v1/users/<name>/", self.user),
            Route("GET", "/lanyard/socket", self.socket, websocket=True),
            Route("GET", "/lanyard/socket/", self.socket, websocket=True),
            Route("OPTIONS", "/v1/users/<name>", preflight),
            Route("OPTIONS", "/v1/users/<name>/", preflight),
        )

    def user(self, request: Request) -> Answer:
        """Section 2: `@me` is the owner of the key in `Authorization`, bare."""
        name = request.path["name"]
        if name == "@me":
            name = self.owner(request)
        page = self.finding.page(self.wires.plain.book, name)
        if page is None:
            return json_answer(codec.NOT_MONITORED, 404, origin(request))
        return _enveloped(request, page, page.at(self.finding.house.clock.now()))

    def socket(self, request: Request) -> Accept:
        """Section 6: `/lanyard/socket`."""
        zipped = wants_zlib(request)
        return Accept(self.session(zipped=zipped), binary=zipped)

    def session(self, *, zipped: bool, hello: bytes = HELLO) -> LanyardSession:
        """A conversation, compressed or not."""
        return LanyardSession(self.wires.zipped if zipped else self.wires.plain, self.finding.find, hello)

    def owner(self, request: Request) -> str:
        """The id of the account whose key came; Refused without a valid one."""
        credential = self.gate.find(request.header("AUTHORIZATION") or "")
        if credential is None or credential.account is None:
            raise Refused("no-permission")
        return credential.account


def wants_zlib(request: Request) -> bool:
    """Section 6.1: "`?compression=zlib_json` (exactly) ... any other value means no compression"."""
    return request.query().get("compression") == "zlib_json"


def preflight(request: Request) -> Answer:
    """Section 1: "preflights are answered with allow-methods and allow-headers for whatever was asked", else 204."""
    method = request.header("ACCESS_CONTROL_REQUEST_METHOD")
    if request.header("ORIGIN") is None or method is None:
        return Answer(status=204, headers=origin(request))
    asked = request.header("ACCESS_CONTROL_REQUEST_HEADERS")
    headers = (("Access-Control-Allow-Headers", asked),) if asked else ()
    allowed = (("Access-Control-Allow-Methods", method), ("Access-Control-Max-Age", _MAX_AGE))
    return Answer(headers=(*origin(request), *allowed, *headers))


def _enveloped(request: Request, page: Page, document: bytes) -> Answer:
    return tagged(request, b'{"success":true,"data":' + document + b"}", page.etag, origin(request))
