"""Shelf: what pages are made of, read once at start: scripts, styles, templates; and the fields that guard a page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from actors.errors import Refused
from web.cards.spans import ago
from web.routing import Route
from web.views import Answer, Request

_HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_FOREVER = "public, max-age=31536000, immutable"

ALWAYS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))

WITH_FORMS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))
"""For pages whose forms are sent to us: without a referrer browsers send `Origin: null` with them (Fetch 3.2)."""

_BESIDE_FORMS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:; "
    "base-uri 'none'"
)
_OURS = f"{_BESIDE_FORMS}; form-action 'none'"
"""Nothing but what we serve, save images: publishers name them, on any host. They are asked for without a referrer
and by https alone, and an image can run no script."""

FRAMED = _OURS
"""For pages that hold nothing but what anybody may see: any site, or a file, may show them in a frame."""

WHOLE = f"{_OURS}; frame-ancestors 'none'"
"""For all others: nobody may lay one's own page over them."""

FORMS = f"{_BESIDE_FORMS}; form-action 'self'; frame-ancestors 'none'"
"""For those among them that have forms."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is served as it stands; `address` changes with its content, so a browser may keep it for good."""

    body: bytes
    kind: str
    address: str
    version: str


def _files() -> Mapping[str, File]:
    return {path.name: _read(path) for path in sorted((_HERE / "static").iterdir()) if path.suffix in _TYPES}


def _read(path: Path) -> File:
    body = path.read_bytes()
    version = hashlib.sha256(body).hexdigest()[:16]
    return File(body, _TYPES[path.suffix], f"/pages/{path.name}?v={version}", version)


def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["instant"] = lambda ms: _date(ms).isoformat(timespec="seconds")
    templates.filters["day_and_time"] = lambda ms: _date(ms).strftime("%Y-%m-%d %H:%M UTC")
    templates.filters["clock"] = clock
    templates.filters["ago"] = lambda ms: ago(ms / 1000)
    templates.tests["https"] = lambda url: url.startswith("https:")
    return templates


@dataclass(frozen=True, slots=True)
class Shelf:
    """Files and templates."""

    files: Mapping[str, File] = field(default_factory=_files)
    templates: jinja2.Environment = field(default_factory=_templates)

    def routes(self) -> tuple[Route, ...]:
        """Under `/pages/` is what pages are made of."""
        return (Route("GET", "/pages/<name>", self.file),)

    def file(self, request: Request) -> Answer:
        """A script or a style."""
        known = self.files.get(request.path["name"])
        if known is None:
            raise Refused("unknown-file")
        current = request.query().get("v") == known.version
        lasting = ("Cache-Control", _FOREVER if current else "no-cache")
        return Answer(known.body, content_type=known.kind, headers=(*ALWAYS, lasting))

    def page(
        self,
        template: str,
        policy: str,
        values: Mapping[str, Any],
        *,
        status: int = 200,
        caching: str = "no-cache",
        fields: tuple[tuple[str, str], ...] = (),
        always: tuple[tuple[str, str], ...] = ALWAYS,
    ) -> Answer:
        """A template with these values; all of them are escaped."""
        text = self.templates.get_template(template).render(values, files=self.files)
        guards = (*always, ("Content-Security-Policy", policy), ("Cache-Control", caching), *fields)
        return Answer(text.encode(), status, "text/html; charset=utf-8", guards)


def clock(ms: float) -> str:
    """`03:09`, from an hour on `1:03:09`."""
    seconds = max(0, int(ms // 1000))
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes:02}:{seconds % 60:02}"


def _date(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
