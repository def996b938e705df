"""`/openapi.json`, and `/docs/`: the page that shows it, made of files that we serve ourselves."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import orjson

from actors.errors import Refused
from web.dialects.discord.finding import tagged
from web.openapi.catalogue import CHAPTERS
from web.openapi.document import describe
from web.routing import Hung, Route
from web.views import Answer, Request

_HERE = Path(__file__).parent / "static"
_FILES = {
    "docs.js": (_HERE / "docs.js", "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.js": (_HERE / "swagger-ui" / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": (_HERE / "swagger-ui" / "swagger-ui.css", "text/css; charset=utf-8"),
}
_ALWAYS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = "text/html; charset=utf-8"
_ANY_ORIGIN = (("Access-Control-Allow-Origin", "*"),)


class Docs:
    """The views; `hung` are the routes that are up, complete by the time of the first request."""

    def __init__(self, hung: Sequence[Hung]) -> None:
        self._hung = hung
        self._document: tuple[bytes, str] | None = None
        self._kept: dict[str, Answer] = {}

    def routes(self) -> tuple[Route, ...]:
        """The document, the page and what that is made of."""
        return (
            Route("GET", "/openapi.json", self.document),
            Route("GET", "/docs", self.way),
            Route("GET", "/docs/", self.page),
            Route("GET", "/docs/<name>", self.file),
        )

    def document(self, request: Request) -> Answer:
        """Made once, of the routes of this server as it is configured."""
        if self._document is None:
            body = orjson.dumps(describe(self._hung, CHAPTERS))
            self._document = body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        body, etag = self._document
        return tagged(request, body, etag, _ANY_ORIGIN)

    def way(self, _request: Request) -> Answer:
        """Its files are addressed from the folder."""
        return Answer(b"", 301, _PAGE, (*_ALWAYS, ("Location", "docs/")))

    def page(self, _request: Request) -> Answer:
        """The page itself."""
        return self._read(_HERE / "docs.html", _PAGE, ("Content-Security-Policy", _POLICY))

    def file(self, request: Request) -> Answer:
        """Its script and style."""
        known = _FILES.get(request.path["name"])
        if known is None:
            raise Refused("unknown-file")
        return self._read(*known)

    def _read(self, path: Path, kind: str, *more: tuple[str, str]) -> Answer:
        """Read when it is first wanted: most servers are never asked."""
        kept = self._kept.get(path.name)
        if kept is None:
            fields = (*_ALWAYS, ("Cache-Control", "public, max-age=3600"), *more)
            kept = self._kept[path.name] = Answer(path.read_bytes(), 200, kind, fields)
        return kept
