"""The relay's routes (spec/mastodon-relay.md A3), and what its owners may see of their registrations."""

from base64 import b64decode
from dataclasses import dataclass, field, replace

from actors.accounts import digest_of
from actors.errors import HouseError, Malformed, Refused
from actors.house import House
from actors.messages.relay import Register
from actors.relay.sightings import handles_at
from web import errors
from web.asking import hear
from web.dialects.relay import codec
from web.dialects.relay.figures import registration_document
from web.dialects.relay.reading import Nobody, Reading
from web.gate import Gate
from web.outgoing import Allowed
from web.outgoing.addresses import is_public, read_address
from web.outgoing.target import Target
from web.routing import Route
from web.views import Accept, Answer, Request, json_answer

_TEXT = "text/plain; charset=utf-8"
_NOSNIFF = ("X-Content-Type-Options", "nosniff")
_SENTENCES = {
    404: "there is nothing here",
    405: "this method is not answered here",
    413: "the body is too large",
    429: "that was too often, try again later",
    500: "the fault is ours",
    503: "not just now, try again later",
}
_CHALLENGE = ("WWW-Authenticate", 'Basic realm="relay", charset="UTF-8", Bearer realm="relay"')
_NOT_KEPT = ("Cache-Control", "no-store")
_ACCEPTED = Answer(b"Accepted", 202, _TEXT, (_NOSNIFF,))
_HEALTHY = Answer(b"", 204, _TEXT)

MOUNTS = ("", "/relay")
"""Where a client's base address may lead: to the server itself, or below `/relay/`, where its health check is."""


def refuse(error: HouseError, _request: Request) -> Answer:
    """The bare sentence, as text and not as HTML."""
    status = errors.status_of(error)
    sentence = _SENTENCES.get(status) or str(error)
    challenge = (_CHALLENGE,) if status == 401 else ()
    return Answer(sentence.encode(), status, _TEXT, (_NOSNIFF, *challenge, *errors.retry_after(error)))


@dataclass(frozen=True, slots=True)
class Relay:
    """The dialect's views and what they need."""

    house: House
    gate: Gate
    allowed: Allowed
    nobody: Nobody = field(default_factory=Nobody)

    def routes(self) -> tuple[Route, ...]:
        """`GET /` is the landing page's; the original's health check is `HEAD /` or `/relay/`."""
        return (
            *(
                route
                for mount in MOUNTS
                for route in (
                    Route("POST", f"{mount}/register", self.register),
                    Route("POST", f"{mount}/unregister", self.unregister),
                )
            ),
            Route("HEAD", "/", self.health),
            Route("GET", "/relay/", self.health),
            Route("GET", "/relay/registrations", self.registrations),
            Route("GET", "/relay/notifications", self.notifications, deed=True),
        )

    def health(self, _request: Request) -> Answer:
        """204: the process lives."""
        return _HEALTHY

    def register(self, request: Request) -> Answer:
        """202 when it is kept; the stream is opened behind the answer."""
        given = _given(request)
        wish = codec.registration_in(given, self.house.registrations.maps)
        self._check_urls(wish)
        presence = self._consent(codec.presence_token_in(given), wish.instance)
        self.house.relay.ask(replace(wish, presence=presence), timeout=10.0)
        return _ACCEPTED

    def unregister(self, request: Request) -> Answer:
        """202, "row or no row"."""
        self.house.relay.ask(codec.place_in(_given(request), self.house.registrations.maps), timeout=10.0)
        return _ACCEPTED

    def registrations(self, request: Request) -> Answer:
        """All of one app, or those of one `instance_url` and `tag`; by HTTP Basic, the app's id and secret."""
        app, query, roll = self._app(request), request.query(), self.house.registrations
        instance, tag, now = query.get("instance_url", "").lower(), query.get("tag"), self.house.clock.now()
        found = [
            registration_document(each, roll.figures[each.id], now)
            for each in roll
            if each.app == app and instance in {"", each.instance} and tag in {None, each.tag}
        ]
        return json_answer({"registrations": found}, headers=(_NOT_KEPT,))

    def notifications(self, request: Request) -> Accept:
        """What is heard by one's own access token, as it is heard; whoever has it may read that at the instance too."""
        scheme, _, token = (request.header("AUTHORIZATION") or "").partition(" ")
        digest = digest_of(token.strip())
        if scheme.lower() != "bearer" or not self.house.registrations.has_token(digest):
            raise Refused("invalid-token", "the access token of a registration is asked for, as a bearer token")
        return Accept(Reading(digest, self.nobody), event_stream=True)

    def _check_urls(self, wish: Register) -> None:
        """What could never be reached is refused now, not in silence later. Names are not looked up yet."""
        _target("instance_url", wish.instance)
        target = _target("callback_url", wish.callback_url)
        literal = read_address(target.host)
        if literal is not None and self.allowed.permits(target.host, target.port, literal):
            return
        if target.scheme != "https" and (literal is not None or not self.allowed):
            raise Malformed("bad-callback_url", "bad callback_url parameter. not-https")
        if literal is not None and not is_public(literal):
            raise Malformed("bad-callback_url", "bad callback_url parameter. private-address")

    def _consent(self, token: str | None, instance: str) -> str | None:
        """The id of the credential by whose grace what its account does there is claimed."""
        if token is None:
            return None
        credential = self.gate.find(token)
        if credential is None:
            raise Malformed("bad-presence-token", "presence_token is unknown or has ended")
        if credential.account is None or not credential.allows("publish", self.house.clock.now()):
            raise Malformed("bad-presence-token", "presence_token may not publish for an account")
        if credential.account not in self.house.register.subjects:  # just made beside us, and being learnt
            hear(self.house, credential.account)
        if not handles_at(instance, self.house.register.subject(credential.account)):
            raise Malformed("bad-presence-token", f"the account of presence_token has no mastodon link to {instance}")
        return credential.id

    def _app(self, request: Request) -> str:
        """Who asks (RFC 7617); in the header, since an address is written to logs."""
        app, secret = _basic(request.header("AUTHORIZATION") or "")
        known = self.house.registrations.maps.apps.get(app)
        if known is None or not known.knows(secret):
            raise Refused("invalid-token", "app id and secret are asked for, by HTTP Basic")
        return app


def _target(name: str, url: str) -> Target:
    try:
        return Target.read(url)
    except Refused as fault:
        raise Malformed(f"bad-{name}", f"bad {name} parameter. {fault.code}") from None


def _given(request: Request) -> dict[str, str]:
    return dict(codec.parameters(request.environ.get("CONTENT_TYPE", ""), request.body()))


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, secret
