"""/v2's webhooks: set up, looked at and ended by the owner of an account."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec
from msgspec import UNSET, Struct

from actors.accounts import Credential
from actors.deeds import Done
from actors.errors import Refused
from actors.messages.webhooks import Enroll, HowFares, Strike
from actors.webhooks.book import Deliveries
from actors.webhooks.webhook import Webhook
from web.dialects.native import schemas
from web.dialects.native.callers import Callers
from web.dialects.native.challenge import Challenger
from web.dialects.native.documents import given_or
from web.dialects.native.replays import Replays
from web.dialects.native.schemas import GivenWebhook, Invalid, read
from web.routing import Route
from web.throttle import Throttle
from web.views import Answer, Request

CHALLENGES_PER_MINUTE = 10
"""That an account may have sent to addresses which it names."""

_FIELDS = (("Cache-Control", "no-store"),)


class Kept(Protocol):
    """Where webhooks are kept; each call is a transaction, committed when it returns."""

    def add_webhook(self, webhook: Webhook, done: Done | None = None, /) -> None:
        """Keep a new one, and that it was done. Raises Overrun (`too-many-webhooks`), Refused (`unknown-account`)."""

    def remove_webhook(self, ident: str, /) -> bool:
        """Take one away; whether there was one."""

    def webhooks_of(self, account: str, /) -> tuple[Webhook, ...]:
        """Those of the account with this UUID, oldest first."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The views and what they need."""

    callers: Callers
    kept: Kept
    challenger: Challenger
    replays: Replays
    throttle: Throttle = field(default_factory=lambda: Throttle(CHALLENGES_PER_MINUTE, 60))

    def routes(self) -> tuple[Route, ...]:
        """For programs: no page of another origin may ask."""
        return (
            Route("POST", "/v2/webhooks", self.create),
            Route("GET", "/v2/webhooks", self.every),
            Route("GET", "/v2/webhooks/<id>", self.one),
            Route("DELETE", "/v2/webhooks/<id>", self.delete),
        )

    def create(self, request: Request) -> Answer:
        """Make one, when its receiver has echoed the challenge; the secret is shown this once."""
        (token, account), body = self._asker(request), request.body()
        house = self.callers.gate.house

        def make(done: Done | None) -> Answer:
            webhook = self._made(account, read(body, GivenWebhook))
            self.throttle.spend(account, house.clock.monotonic())
            self.challenger.must_echo(webhook)
            done = done and replace(done, made=webhook.id)
            self.kept.add_webhook(webhook, done)
            if done is not None:
                house.deeds.add(done)
            house.notifier.tell(Enroll(webhook))
            return _created(webhook)

        def again(done: Done) -> Answer:
            return _created(self._of(account, done.made or ""))

        return self.replays.once(request, token, body, make, again)

    def every(self, request: Request) -> Answer:
        """All of the asker's."""
        found = self.kept.webhooks_of(self._owner(request))
        return _answer(schemas.Webhooks([_document(webhook) for webhook in found]))

    def one(self, request: Request) -> Answer:
        """One of the asker's, and how it fares."""
        webhook = self._own(request)
        fared: Deliveries = self.callers.gate.house.notifier.ask(HowFares(webhook.id))
        return _answer(msgspec.structs.replace(_document(webhook), deliveries=_deliveries(fared)))

    def delete(self, request: Request) -> Answer:
        """End one; when this is answered nothing of it is left to be delivered."""
        webhook = self._own(request)
        self.kept.remove_webhook(webhook.id)
        self.callers.gate.house.notifier.ask(Strike(webhook.id))
        return Answer(status=204, headers=_FIELDS)

    def _owner(self, request: Request) -> str:
        """The account that asks."""
        return self._asker(request)[1]

    def _asker(self, request: Request) -> tuple[str, str]:
        """The token's id and the account. Refused (`not-permitted`) where it is nobody's, or only for key-values."""
        credential: Credential = self.callers.must_be_known(request)
        if credential.account is None or not credential.scopes & {"publish", "read"}:
            raise Refused("not-permitted")
        return credential.id, credential.account

    def _own(self, request: Request) -> Webhook:
        return self._of(self._owner(request), request.path["id"])

    def _of(self, account: str, ident: str) -> Webhook:
        found = {webhook.id: webhook for webhook in self.kept.webhooks_of(account)}
        webhook = found.get(ident)
        if webhook is None:
            raise Refused("unknown-webhook", "You have no such webhook.")
        return webhook

    def _made(self, account: str, given: GivenWebhook) -> Webhook:
        house = self.callers.gate.house
        users = given_or(given.users) or [house.register.subject(account).name]
        if len(set(users)) != len(users):
            raise Invalid("/users", "Name each user once.")
        secret = given_or(given.secret) or secrets.token_urlsafe(32)
        return Webhook(secrets.token_hex(12), account, given.url, secret, tuple(users), house.clock.now())


def _created(webhook: Webhook) -> Answer:
    return _answer(_document(webhook, secret=True), 201, (("Location", f"/v2/webhooks/{webhook.id}"),))


def _document(webhook: Webhook, *, secret: bool = False) -> schemas.Webhook:
    created_at_ms = round(webhook.created_at * 1000)
    shown = webhook.secret if secret else UNSET
    return schemas.Webhook(webhook.id, webhook.url, list(webhook.users), created_at_ms, shown)


def _deliveries(fared: Deliveries) -> schemas.Deliveries:
    return schemas.Deliveries(
        fared.delivered, fared.given_up, fared.last_status, fared.last_error, _ms(fared.last_at), _ms(fared.again_at)
    )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _answer(document: Struct, status: int = 200, fields: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(msgspec.json.encode(document), status, headers=(*_FIELDS, *fields))
