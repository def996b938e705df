"""The profile page's routes: the page, readable at once and without script; its event stream; its script and style."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from actors.errors import HouseError, Refused
from actors.house import House
from actors.messages.user import Look
from actors.presence import NOBODY, Presence
from web import errors
from web.asking import ask_user
from web.pages import codec
from web.routing import Route
from web.views import Accept, Answer, Request

_HERE = Path(__file__).parent
_ALWAYS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_FIELDS = (*_ALWAYS, ("Content-Security-Policy", _POLICY), ("Cache-Control", "no-cache"))
_FOREVER = "public, max-age=31536000, immutable"
_SENTENCES = {
    400: "This request cannot be understood.",
    404: "There is nothing here.",
    405: "This page can only be read.",
    413: "This request is too large.",
    429: "That was too often. Please try again in a moment.",
    500: "This page cannot be shown: the fault is ours.",
    503: "This page cannot be shown just now. Please try again in a moment.",
}
_WORDS = {"online": "online", "idle": "idle", "dnd": "do not disturb", "offline": "offline"}
_TYPES = {"profile.js": "text/javascript; charset=utf-8", "profile.css": "text/css; charset=utf-8"}


def refuse(error: HouseError, _request: Request) -> Answer:
    """An error as a sentence for people; whatever is refused is not there."""
    status = errors.status_of(error)
    status = 404 if status in {401, 403} else status
    return _sentence(status, _SENTENCES[status], *errors.retry_after(error))


@dataclass(frozen=True, slots=True)
class File:
    """A file that is served as it stands; `address` changes with its content, so a browser may keep it for good."""

    body: bytes
    kind: str
    address: str
    version: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The page's views and what they need."""

    house: House
    drawing: codec.Drawing = field(default_factory=codec.Drawing)
    files: Mapping[str, File] = field(default_factory=lambda: {name: _read(name) for name in _TYPES})
    template: jinja2.Template = field(default_factory=lambda: _templates().get_template("profile.html"))

    def routes(self) -> tuple[Route, ...]:
        """The page's paths; under `/pages/` is what it is made of."""
        return (
            Route("GET", "/u/<name>", self.page),
            Route("GET", "/u/<name>/events", self.events),
            Route("GET", "/pages/<name>", self.file),
        )

    def page(self, request: Request) -> Answer:
        """The presence as it is now. Any name has a page: an unknown one is somebody with nothing on."""
        asked = request.path["name"]
        seen = self._document(asked)
        text = self.template.render(
            name=seen["name"] or asked,
            status=_WORDS[seen["status"]],
            presence=seen,
            events=f"/u/{quote(asked, safe='')}/events",
            script=self.files["profile.js"].address,
            style=self.files["profile.css"].address,
        )
        return Answer(text.encode(), content_type="text/html; charset=utf-8", headers=_PAGE_FIELDS)

    def events(self, request: Request) -> Accept:
        """The same for as long as the reader stays; documents as web/pages/codec.py says."""
        return Accept(codec.Watching(request.path["name"], self.drawing), event_stream=True)

    def file(self, request: Request) -> Answer:
        """The script or the style."""
        known = self.files.get(request.path["name"])
        if known is None:
            raise Refused("unknown-file")
        current = request.query().get("v") == known.version
        lasting = ("Cache-Control", _FOREVER if current else "no-cache")
        return Answer(known.body, content_type=known.kind, headers=(*_ALWAYS, lasting))

    def _document(self, asked: str) -> dict[str, Any]:
        """Asking does not make a name known."""
        user = self.house.register.resolve(asked)
        known = user in self.house.register.refs or self.house.board.claims(user)
        presence: Presence = ask_user(self.house, user, Look()) if known else NOBODY
        return codec.document(self.house.register.subject(user), presence)


def _sentence(status: int, text: str, *more: tuple[str, str]) -> Answer:
    fields = (*_ALWAYS, ("Content-Security-Policy", "default-src 'none'"), ("Cache-Control", "no-store"), *more)
    return Answer(f"{text}\n".encode(), status, "text/plain; charset=utf-8", fields)


def _read(name: str) -> File:
    body = (_HERE / "static" / name).read_bytes()
    version = hashlib.sha256(body).hexdigest()[:16]
    return File(body, _TYPES[name], f"/pages/{name}?v={version}", version)


def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    templates.filters["instant"] = lambda ms: _date(ms).isoformat(timespec="seconds")
    templates.filters["day_and_time"] = lambda ms: _date(ms).strftime("%Y-%m-%d %H:%M UTC")
    return templates


def _date(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
