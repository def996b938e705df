"""Everybody's pages: who is listed (`/`), a profile (`/u/NAME`), the same for a frame, and both event streams."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from actors.house import House
from actors.presence import Status
from web.asking import look_at
from web.dialects.lantern.codec import monitoring
from web.origins import Origins
from web.pages import codec, people
from web.pages.gathering import Gathering
from web.pages.shelf import ALWAYS, FRAMED, WHOLE, Shelf
from web.routing import Route
from web.views import Accept, Answer, Request, json_answer

_VARIES = ("Vary", "Accept")
_WORDS = {"online": "online", "idle": "idle", "dnd": "do not disturb", "offline": "offline"}


@dataclass(frozen=True, slots=True)
class Pages:
    """The views and what they need. `registration` says whether the landing page invites to sign up."""

    house: House
    shelf: Shelf
    origins: Origins
    gathering: Gathering
    registration: bool
    accounts: bool
    """Whether there is anything to sign in to."""
    lantern: bool
    """Whether programs get what Lantern has at `/` as well."""
    drawing: codec.Drawing = field(default_factory=codec.Drawing)
    framed: codec.Drawing = field(default_factory=lambda: codec.Drawing(framed=True))
    listing: people.Listing = field(default_factory=people.Listing)

    def routes(self) -> tuple[Route, ...]:
        """`/renderer` is where presenti's page for frames was (presenti.md section 4.12)."""
        return (
            Route("GET", "/", self.landing),
            Route("GET", "/pages/events", self.changes, deed=True),
            Route("GET", "/u/<name>", self.profile),
            Route("GET", "/u/<name>/frame", self.embed),
            Route("GET", "/u/<name>/events", self.events, deed=True),
            Route("GET", "/renderer", self.renderer),
        )

    def landing(self, request: Request) -> Answer:
        """Who is listed, for people as a page and for programs as JSON; 204 to who only wants to know if we are."""
        if request.environ["REQUEST_METHOD"] == "HEAD":
            return Answer(status=204, headers=ALWAYS)
        if "text/html" in (request.header("ACCEPT") or ""):
            return self.gathering.page(self._listing)
        gathered = self.gathering.people()
        lanterns = {"data": monitoring(gathered.monitored)} if self.lantern else {}
        fields = (*ALWAYS, _VARIES, ("Cache-Control", "no-cache"), ("Access-Control-Allow-Origin", "*"))
        return json_answer({**lanterns, **gathered.document}, headers=fields)

    def _listing(self, listed: dict[str, Any]) -> Answer:
        away = Status.OFFLINE.value
        values = {
            "here": [each for each in listed["people"] if each["status"] != away],
            "away": [each for each in listed["people"] if each["status"] == away],
            "more": listed["more"],
            "most": people.MOST,
            "now_ms": int(self.house.clock.now() * 1000),
            "words": _WORDS,
            "registration": self.registration,
            "accounts": self.accounts,
        }
        return self.shelf.page("people.html", WHOLE, values, fields=(_VARIES,))

    def changes(self, _request: Request) -> Accept:
        """Who comes, changes and goes; documents as web/pages/people.py says."""
        return Accept(people.Visiting(self.listing), event_stream=True)

    def profile(self, request: Request) -> Answer:
        """The presence as it is now. Any name has a page: an unknown one is somebody with nothing on."""
        return self._shown(request.path["name"], request)

    def embed(self, request: Request) -> Answer:
        """The cards alone, on no ground of their own: "nothing at all for an empty list"."""
        return self._shown(request.path["name"], request, embedded=True)

    def renderer(self, request: Request) -> Answer:
        """The same where the original had it: `?scope=NAME[&nocss]`."""
        query = request.query()
        return self._shown(query.get("scope", ""), request, embedded=True, styled="nocss" not in query)

    def events(self, request: Request) -> Accept:
        """The same for as long as the reader stays; documents as web/pages/codec.py says."""
        drawing = self.framed if "framed" in request.query() else self.drawing
        return Accept(codec.Watching(request.path["name"], drawing), event_stream=True)

    def _shown(self, asked: str, request: Request, *, embedded: bool = False, styled: bool = True) -> Answer:
        seen = self._document(asked)
        path = f"/u/{quote(asked, safe='')}"
        scheme = "https" if self.origins.is_https(request) else "http"
        values = {
            "name": seen["name"] or asked,
            "status": _WORDS[seen["status"]],
            "presence": seen,
            "summary": _summary(seen),
            "now_ms": int(self.house.clock.now() * 1000),
            "path": path,
            "address": f"{scheme}://{request.header('HOST')}{path}",
            "embedded": embedded,
            "styled": styled,
        }
        return self.shelf.page("profile.html", FRAMED, values)

    def _document(self, asked: str) -> dict[str, Any]:
        """Asking does not make a name known."""
        register = self.house.register
        return codec.document(register.subject(register.resolve(asked)), look_at(self.house, asked))


def _summary(seen: dict[str, Any]) -> str:
    """What somebody does, in a line for whoever shows a link to the page."""
    if not seen["activities"]:
        return f"{_WORDS[seen['status']].capitalize()}. Nothing going on."
    first = seen["activities"][0]
    lines = [first["title"], *(line["text"] for line in (first["details"], *first["state"]) if line)]
    return " · ".join(filter(None, lines))[:300]
