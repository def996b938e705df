"""`/u/{name}/embed` builds the snippet that shows a card in a README; `/u/{name}/card.svg` is the card of any name."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import jinja2

from actors.errors import HouseError, Malformed
from actors.house import House
from actors.presence import Status
from actors.settings import Dialect
from web import errors
from web.cards.answers import Cards
from web.cards.card import WIDE
from web.cards.face import Face, face, without_profile
from web.cards.options import TABLE, Option, Options, read_options
from web.origins import Origins
from web.routing import Route
from web.views import Answer, Request
from web.words import Refuse

_HERE = Path(__file__).parent
_KINDS = {"embed.js": "text/javascript; charset=utf-8", "embed.css": "text/css; charset=utf-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
_PAGE_FIELDS = (*_ALWAYS, ("Content-Security-Policy", _POLICY), ("Cache-Control", "no-cache"))
_FILE_FIELDS = (*_ALWAYS, ("Cache-Control", "no-cache"))
_DISCORD_ID = re.compile(r"[0-9]{17,19}")
_MARKDOWN = re.compile(r"([\\\[\]`*_<>])")
_DEFAULTS = {"theme": "dark", "hideActivity": "0", "maxActivities": "2", "borderRadius": "2"}
_LONGEST_ALT = 200


def refusing(refuse: Refuse) -> Refuse:
    """An error as a sentence for people: what is wrong with an option, else as on the other pages."""

    def worded(error: HouseError, request: Request) -> Answer:
        if not isinstance(error, Malformed) or error.code != "invalid-parameter":
            return refuse(error, request)
        fields = (*_ALWAYS, ("Content-Security-Policy", "default-src 'none'"), ("Cache-Control", "no-store"))
        return Answer(f"{error}\n".encode(), errors.status_of(error), "text/plain; charset=utf-8", fields)

    return worded


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_HERE / "templates")
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("embed.html")


@dataclass(frozen=True, slots=True)
class Snippets:
    """What is to be copied; `card` is the card's address on this server."""

    card: str
    markdown: str
    html: str


@dataclass(frozen=True, slots=True)
class Embed:
    """The views and what they need; `lantern` says where its cards are."""

    house: House
    lantern: Dialect
    cards: Cards
    origins: Origins
    template: jinja2.Template = field(default_factory=_template)
    versions: Mapping[str, str] = field(default_factory=lambda: {name: _version(name) for name in _KINDS})

    def routes(self) -> tuple[Route, ...]:
        """The page, what it is made of, and the card of whoever has a page."""
        return (
            Route("GET", "/u/<name>/embed", self.page),
            Route("GET", "/u/<name>/card.svg", self.card),
            *(Route("GET", f"/pages/{name}", self.file) for name in _KINDS),
        )

    def card(self, request: Request) -> Answer:
        """As Lantern's card, for any name, without a profile: a name does not tell strangers its Discord id.

        Who hides and who is nobody look the same (PROMISES 3.13). Of who is offline it says no more than when they were
        last seen.
        """
        asked = request.path["name"]
        user = self.house.register.resolve(asked)
        subject, presence = self.house.register.subject(user), self.house.known(user)
        if presence.status is Status.OFFLINE:
            seen = Face(asked, last_seen_at=presence.kept.last_seen_at)
        elif presence.status is Status.INVISIBLE:
            seen = Face(asked)
        else:
            seen = without_profile(face(subject, presence), subject.name)
        return self.cards.answer(request, seen, read_options(request.environ.get("QUERY_STRING", "")))

    def page(self, request: Request) -> Answer:
        """The form with its snippets and its preview; without script it is sent to see them."""
        asked = request.path["name"]
        given = {name: value for name, value in parse_qsl(request.environ.get("QUERY_STRING", "")) if value.strip()}
        chosen = {option.name: given[option.name] for option in TABLE if _is_chosen(option, given)}
        fault = _fault(chosen)
        alt = given.get("alt", f"What {asked} is doing now")[:_LONGEST_ALT]
        base = f"{'https' if self.origins.is_https(request) else 'http'}://{request.header('HOST') or 'localhost'}"
        card, fixed = self._address(asked)
        snippets = write_snippets(base, asked, alt, _with_query(card, fixed, {} if fault else chosen))
        text = self.template.render(
            name=asked,
            alt=alt,
            fault=fault,
            given=chosen,
            options=TABLE,
            defaults=asdict(Options()),
            snippets=snippets,
            wide=int(WIDE),
            page={
                "by_name": self.lantern.enabled and not fixed,
                "card": card,
                "fixed": fixed,
                "profile": profile_path(asked),
                "events": profile_path(asked, "/events"),
            },
            versions=self.versions,
        )
        return Answer(text.encode(), content_type="text/html; charset=utf-8", headers=_PAGE_FIELDS)

    def file(self, request: Request) -> Answer:
        """The script or the style."""
        name = request.environ["PATH_INFO"].rpartition("/")[2]
        return Answer(_body(name), content_type=_KINDS[name], headers=_FILE_FIELDS)

    def _address(self, asked: str) -> tuple[str, str]:
        """The card's path, and what its query always has: a Discord id has Lantern's card, also while offline."""
        if _DISCORD_ID.fullmatch(asked) and self.lantern.enabled:
            return f"{self.lantern.prefix}/api/v1/users/{asked}", "svg=1"
        return profile_path(asked, "/card.svg"), ""


def profile_path(name: str, below: str = "") -> str:
    """The path of somebody's page, or of something below it."""
    return f"/u/{quote(name, safe='')}{below}"


def write_snippets(base: str, name: str, alt: str, card: str) -> Snippets:
    """Markdown and HTML that show the card and lead to the profile; `base` is our origin, the card's path follows."""
    profile = base + profile_path(name)
    words = _MARKDOWN.sub(r"\\\1", " ".join(alt.split()))
    return Snippets(
        card,
        f"[![{words}]({base}{card})]({profile})",
        f'<a href="{escape(profile)}"><img src="{escape(base + card)}" alt="{escape(alt)}" width="{WIDE:g}"></a>',
    )


def _is_chosen(option: Option, given: Mapping[str, str]) -> bool:
    """What is as it would be anyway needs no words."""
    return option.name in given and given[option.name] != _DEFAULTS.get(option.name)


def _fault(chosen: Mapping[str, str]) -> str | None:
    try:
        read_options(urlencode(chosen))
    except Malformed as fault:
        return str(fault)
    return None


def _with_query(card: str, fixed: str, chosen: Mapping[str, str]) -> str:
    # A bracket would end the address in Markdown; quote leaves none as it is.
    query = "&".join(filter(None, (fixed, urlencode(chosen, quote_via=quote))))
    return f"{card}?{query}" if query else card


def _body(name: str) -> bytes:
    return (_HERE / "static" / name).read_bytes()


def _version(name: str) -> str:
    return hashlib.sha256(_body(name)).hexdigest()[:16]
