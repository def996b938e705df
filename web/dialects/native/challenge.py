"""The challenge: whoever wants a webhook must show that the server at its address wants it too."""

import hmac
import secrets
from dataclasses import dataclass

import msgspec

from actors.clock import Clock
from actors.courier import Destination
from actors.courier.signature import fields
from actors.errors import HouseError, Malformed, Refused
from actors.webhooks.webhook import Webhook
from web import json
from web.dialects.native.schemas import Challenge, Invalid
from web.outgoing import Client, Response

_REFUSED = {
    "not-https": "Only https is asked.",
    "private-address": "Only addresses of the public internet are asked.",
    "user-info": "An address with a user's name in it is not asked.",
}


@dataclass(frozen=True, slots=True)
class Challenger:
    """Asks over the guarded client; waits, in the request's greenlet, for 5 s at most."""

    client: Client
    clock: Clock

    def must_echo(self, webhook: Webhook) -> None:
        """Send the challenge, signed; Invalid where the answer is anything but 2xx with the challenge in its body."""
        challenge = secrets.token_urlsafe(24)
        body = msgspec.json.encode(Challenge(webhook.id, challenge))
        destination = Destination(webhook.url, key=webhook.secret.encode())
        named = fields(destination, secrets.token_hex(16), body, self.clock.now())
        try:
            answer = self.client.fetch("POST", webhook.url, headers=named, body=body)
        except Refused as refusal:
            raise Invalid("/url", _REFUSED.get(refusal.code, "This is no address that can be asked.")) from None
        except HouseError as failure:
            raise Invalid("/url", f"The challenge could not be delivered: {failure.code}.") from None
        if not _echoes(answer, challenge):
            raise Invalid("/url", f"The challenge was answered with {answer.status} and not with the challenge.")


def _echoes(answer: Response, challenge: str) -> bool:
    """The bare challenge, or JSON with it as `challenge`."""
    if not 200 <= answer.status <= 299:
        return False
    text = answer.body.strip()
    if text.startswith(b"{"):
        try:
            document = json.read(text)
        except Malformed:
            return False
        echoed = document.get("challenge")
        text = echoed.encode() if isinstance(echoed, str) else b""
    return hmac.compare_digest(text, challenge.encode())
