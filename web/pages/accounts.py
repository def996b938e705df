"""The pages of one's own account: sign up, sign in, keys and password; they act through presenti's API by script.

Their paths are those of the original's pages (presenti.md section 4.12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.errors import Refused
from web.dialects.presenti import people
from web.dialects.presenti.callers import Callers
from web.memory import Memory
from web.pages.shelf import ALWAYS, WHOLE, Shelf
from web.routing import Route
from web.views import Answer, Request

_PRIVATE = "no-store"


@dataclass(frozen=True, slots=True)
class AccountPages:
    """The views and what they need; `prefix` is where presenti's API is."""

    shelf: Shelf
    callers: Callers
    memory: Memory
    registration: bool
    prefix: str

    def routes(self) -> tuple[Route, ...]:
        """All of them."""
        return (
            Route("GET", "/signup", self.sign_up),
            Route("GET", "/login", self.sign_in),
            Route("GET", "/panel", self.panel),
        )

    def sign_up(self, _request: Request) -> Answer:
        """A name and a password; "404 unless `registration` is true"."""
        if not self.registration:
            raise Refused("unknown-page")
        return self._page("sign.html", {"new": True, "registration": True})

    def sign_in(self, request: Request) -> Answer:
        """The same for who has them; who is signed in already goes on to the panel."""
        if self.callers.visitor(request) is not None:
            return _go("/panel")
        return self._page("sign.html", {"new": False, "registration": self.registration})

    def panel(self, request: Request) -> Answer:
        """One's keys, password and links."""
        identity = self.callers.visitor(request)
        subject = None if identity is None else self.callers.account(identity.account or "")
        if subject is None:
            return _go("/login")
        secure = self.callers.origins.is_https(request)
        values = {
            "name": subject.name,
            "links": [people.link(pipe) for pipe in people.known(self.memory.pipes_of(subject.id))],
            "remote": f"{'wss' if secure else 'ws'}://{request.header('HOST')}{self.prefix}/remote",
        }
        return self._page("panel.html", values)

    def _page(self, template: str, values: Mapping[str, Any]) -> Answer:
        return self.shelf.page(template, WHOLE, {"api": f"{self.prefix}/api/user", **values}, caching=_PRIVATE)


def _go(path: str) -> Answer:
    return Answer(
        status=303, content_type="text/plain", headers=(*ALWAYS, ("Location", path), ("Cache-Control", _PRIVATE))
    )
