"""The pages of one's own account: sign up, sign in and out, password, keys; forms that need no script.

Their paths, fields and answers are those of the original's pages (presenti.md section 4.12); what they do is what
presenti's API does, by the same code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.presence import Subject
from web import errors
from web.dialects.presenti import codec, people
from web.dialects.presenti.callers import Callers, Fields
from web.dialects.presenti.signing import SignedIn, Signing
from web.memory import Memory
from web.pages import forms
from web.pages.forms import Form
from web.pages.shelf import ALWAYS, FORMS, WHOLE, WITH_FORMS, Shelf
from web.routing import Route
from web.views import Answer, Request

_PRIVATE = "no-store"
_TOLD = Malformed, Refused, Overrun, Unavailable
_ELSEWHERE = frozenset({"foreign-origin", "malformed-body", "registration-closed"})
"""What is answered with a page of its own, since who reads it did not use the form."""
_BESIDE = {
    "name-taken": ("id",),
    "bad-name": ("id",),
    "bad-password": ("password",),
    "invalid-credentials": ("id", "password"),
}
"""Of whom signs up or in: the fields that a refusal is about."""


@dataclass(frozen=True, slots=True)
class AccountPages:
    """The views and what they need; `prefix` is where presenti's API is, `deployed` whether v1.1.0 is spoken."""

    shelf: Shelf
    callers: Callers
    memory: Memory
    signing: Signing
    prefix: str
    deployed: bool

    def routes(self) -> tuple[Route, ...]:
        """All of them."""
        return (
            Route("GET", "/signup", self.sign_up),
            Route("POST", "/signup", self.signed_up),
            Route("GET", "/login", self.sign_in),
            Route("POST", "/login", self.signed_in),
            Route("GET", "/panel", self.panel),
            Route("GET", "/changepw", self.password),
            Route("POST", "/changepw", self.changed_password),
            Route("GET", "/logout", self.sign_out, deed=True),
        )

    def sign_up(self, _request: Request) -> Answer:
        """A name and a password; "404 HTML page unless `registration` is true"."""
        self.signing.open()
        return self._page("sign.html", {"new": True})

    def signed_up(self, request: Request) -> Answer:
        """The account is made, or the form says why not."""
        form = Form()
        try:
            return self._enter(self.signing.up(request, form.pair("id", "password")), request)
        except _TOLD as error:
            return self._again(error, request, "sign.html", {"new": True, "given": form.said.get("id", "")})

    def sign_in(self, request: Request) -> Answer:
        """The same for who has them; who is signed in already goes on to the panel."""
        return self._page("sign.html", {"new": False}) if self._visitor(request) is None else _go("/panel")

    def signed_in(self, request: Request) -> Answer:
        """Signed in ("302"), or the form says why not."""
        form = Form()
        try:
            return self._enter(self.signing.enter(request, form.pair("id", "password")), request)
        except _TOLD as error:
            return self._again(error, request, "sign.html", {"new": False, "given": form.said.get("id", "")})

    def sign_out(self, request: Request) -> Answer:
        """Signed out ("302 `/`, cookie cleared"); where another site leads here, a page that asks."""
        try:
            self.signing.leave(request)
        except Refused as error:
            errors.note(error, request.environ)
            asked = {"sentence": "Another site asks you to log out.", "onward": ("/logout", "Log out")}
            return self.shelf.page("sentence.html", WHOLE, asked, status=403, caching=_PRIVATE)
        return _go("/", self.callers.no_cookie(request))

    def panel(self, request: Request) -> Answer:
        """One's keys and links."""
        subject = self._visitor(request)
        if subject is None:
            return self._first_sign_in(request)
        secure = self.callers.origins.is_https(request)
        values = {
            "api": f"{self.prefix}/api/user",
            "name": subject.name,
            "links": [people.link(pipe) for pipe in people.known(self.memory.pipes_of(subject.id))],
            "remote": f"{'wss' if secure else 'ws'}://{request.header('HOST')}{self.prefix}/remote",
        }
        return self._page("panel.html", values)

    def password(self, request: Request) -> Answer:
        """The password that is, and the one to take its place."""
        subject = self._visitor(request)
        if subject is None:
            return self._first_sign_in(request)
        return self._page("password.html", {"name": subject.name, "done": False})

    def changed_password(self, request: Request) -> Answer:
        """Changed, or the form says why not."""
        subject = self._visitor(request)
        if subject is None:
            return self._first_sign_in(request)
        values = {"name": subject.name, "done": False}
        try:
            self.signing.change(request, Form().pair("password", "newPassword"))
        except _TOLD as error:
            return self._again(error, request, "password.html", values)
        return self._page("password.html", {**values, "done": True})

    def _visitor(self, request: Request) -> Subject | None:
        identity = self.callers.visitor(request)
        return None if identity is None else self.callers.account(identity.account or "")

    def _enter(self, entered: SignedIn, request: Request) -> Answer:
        """To the remembered path; else to the panel, where the original's `/` led."""
        https, path = self.callers.origins.is_https(request), forms.remembered(request)
        forgotten = () if path is None else (forms.forget(https=https),)
        return _go(path or "/panel", (*self.callers.cookie(entered.identity, request), *forgotten))

    def _first_sign_in(self, request: Request) -> Answer:
        """Who is "not logged in" gets the "login page with 200 and `Set-Cookie: redirect=<path>`"."""
        kept = forms.remember(request.environ["PATH_INFO"], https=self.callers.origins.is_https(request))
        return self._page("sign.html", {"new": False}, fields=(kept,))

    def _again(self, error: HouseError, request: Request, template: str, values: Mapping[str, Any]) -> Answer:
        """The form once more, with why it was refused."""
        if error.code in _ELSEWHERE:
            raise error
        errors.note(error, request.environ)
        status, said = codec.error(error)
        waiting = errors.retry_after(error)
        words = f"Too many tries. Please wait {waiting[0][1]} s." if error.code == "too-many-tries" else said["error"]
        told = {"refusal": words, "beside": _beside(error.code, template)}
        return self._page(template, {**values, **told}, status=self._status(error, status), fields=waiting)

    def _status(self, error: HouseError, status: int) -> int:
        """Section 4.12: "wrong: 200, 401 from v1.1.0", "taken id: 200"."""
        if error.code == "name-taken" or (status == 401 and not self.deployed):
            return 200
        return status

    def _page(self, template: str, values: Mapping[str, Any], *, status: int = 200, fields: Fields = ()) -> Answer:
        shown = {"registration": self.signing.registration, "given": "", "refusal": None, "beside": (), **values}
        return self.shelf.page(
            template, FORMS, shown, status=status, caching=_PRIVATE, fields=fields, always=WITH_FORMS
        )


def _beside(code: str, template: str) -> tuple[str, ...]:
    """The fields that a refusal is about."""
    if template == "password.html":
        return {"bad-password": ("newPassword",), "invalid-password": ("password",)}.get(code, ())
    return _BESIDE.get(code, ())


def _go(path: str, fields: Fields = ()) -> Answer:
    private = () if fields else (("Cache-Control", _PRIVATE),)
    return Answer(status=302, content_type="text/plain", headers=(*ALWAYS, ("Location", path), *private, *fields))
