"""The header fields of a delivery: its id, and HMAC-SHA256 (RFC 2104) over timestamp and body where there is a key.

    X-Presently-Delivery: 5f0c...           the same at every try
    X-Presently-Signature: t=1700000000,v1=HEX

HEX is the HMAC in lower-case hexadecimal of the timestamp's digits, a dot, and the body's bytes; `t` is when this try
was made, in seconds since the epoch, so that the receiver may refuse what is old. Pure.
"""

import hashlib
import hmac

from actors.courier.destination import Destination

DELIVERY = "X-Presently-Delivery"
SIGNATURE = "X-Presently-Signature"
AGENT = "Presently (+webhooks)"


def signature(key: bytes, body: bytes, now: float) -> str:
    """The value of X-Presently-Signature for what is sent at `now`."""
    at = str(int(now))
    digest = hmac.digest(key, at.encode() + b"." + body, hashlib.sha256)
    return f"t={at},v1={digest.hex()}"


def fields(destination: Destination, delivery: str, body: bytes, now: float) -> dict[str, str]:
    """All fields of one try; the destination's own come first, and ours win."""
    named = {
        **dict(destination.headers),
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        DELIVERY: delivery,
    }
    if destination.key is not None:
        named[SIGNATURE] = signature(destination.key, body, now)
    return named
