"""`/{id}.png` and its kin: a monitored user's avatar, fetched for the client (spec/lanyard.md section 4)."""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Protocol

from actors.errors import HouseError, Unavailable
from web import errors
from web.dialects.discord.cdn import avatar_url, default_avatar_url
from web.dialects.discord.finding import Finding, json_answer
from web.dialects.lanyard import codec
from web.dialects.lanyard.routes import origin
from web.outgoing import FetchLimits, Response
from web.routing import Route
from web.views import Answer, Request

EXTENSIONS = ("png", "gif", "webp", "jpg", "jpeg")
LIMITS = FetchLimits(body_bytes=8 * 1024 * 1024)
"""The address is made of the configuration; a picture that moves is large."""

_SIZE = "?size=1024"
_PASSED_ON = ("cache-control", "expires", "last-modified", "etag", "age")
_HARMLESS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
)
_NO_ROUTE = codec.failure("not_found", "Route does not exist")
_UPSTREAM = codec.failure("upstream_error", "Failed to fetch avatar from Discord CDN")
_KNOWN_STATUSES = {status.value for status in HTTPStatus}


class Fetch(Protocol):
    """See web.outgoing.Rerouted.fetch."""

    def __call__(self, method: str, url: str, *, headers: dict[str, str], limits: FetchLimits) -> Response:
        """The answer, or the errors of Client.fetch."""


@dataclass(frozen=True, slots=True)
class Quicklinks:
    """The views, and the way to the CDN."""

    finding: Finding
    fetch: Fetch

    def routes(self) -> tuple[Route, ...]:
        """One for each extension, "case-sensitive"."""
        return tuple(Route("GET", f"/<name>.{each}", partial(self.avatar, each)) for each in EXTENSIONS)

    def avatar(self, extension: str, request: Request) -> Answer:
        """Status, body and what caches need to know are the CDN's."""
        name = request.path["name"]
        if "." in name:  # "Extra dots ...: 404 `not_found`"
            return json_answer(_NO_ROUTE, 404, origin(request))
        shown = self.finding.person(name)
        if shown is None:
            return json_answer(codec.NOT_MONITORED, 404, origin(request))
        known = avatar_url(shown.id, shown.user, extension)
        url = known + _SIZE if known else default_avatar_url(shown.id, shown.user)
        try:
            found = self.fetch("GET", url, headers={"Accept": "image/*"}, limits=LIMITS)
            return _passed_on(found, origin(request))
        except HouseError as failure:
            errors.note(failure, request.environ)
            return json_answer(_UPSTREAM, 502, origin(request))


def _passed_on(found: Response, headers: tuple[tuple[str, str], ...]) -> Answer:
    """The CDN's answer; Unavailable for what is none that a client could use."""
    kind = found.headers.get("content-type", "")
    if found.status not in _KNOWN_STATUSES or 300 <= found.status < 400:
        raise Unavailable("bad-response")
    if found.status == 200 and not kind.startswith("image/"):
        raise Unavailable("no-image-there")
    kept = tuple((name.title(), found.headers[name]) for name in _PASSED_ON if name in found.headers)
    return Answer(found.body, found.status, kind or "application/octet-stream", (*kept, *_HARMLESS, *headers))
