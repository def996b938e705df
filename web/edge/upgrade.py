"""The opening handshake of a WebSocket (RFC 6455 section 4.2): pure checks and the fields of its answer."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus

# Base64 of 16 bytes: 22 characters, the last of which carries four zero bits, and the padding.
KEY = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = "13"


class HandshakeRefused(Exception):
    """A handshake that ends in an ordinary answer: its status, fields and a sentence."""

    def __init__(self, status: HTTPStatus, reason: str, fields: list[tuple[str, str]]) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.fields = fields


def check_handshake(environ: Mapping[str, object]) -> None:
    """Raise HandshakeRefused with 426 for no upgrade or another version, with 400 for a key that is none."""
    wanted = [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
    if not environ["presently.websocket"]:
        raise HandshakeRefused(HTTPStatus.UPGRADE_REQUIRED, "Only a WebSocket is served here.", wanted)
    # Section 4.2.2: any other version is answered with 426 and the versions that are spoken.
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        raise HandshakeRefused(HTTPStatus.UPGRADE_REQUIRED, "Only version 13 of WebSocket is spoken here.", wanted)
    if not KEY.fullmatch(str(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))):
        raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key is not base64 of 16 bytes.", [])


def switch_fields(environ: Mapping[str, object]) -> list[tuple[str, str]]:
    """The fields of the 101; ValueError when the application chose a subprotocol that was not offered."""
    key = f"{environ['HTTP_SEC_WEBSOCKET_KEY']}{GUID}".encode("ascii")
    accept = b64encode(hashlib.sha1(key, usedforsecurity=False).digest()).decode("ascii")
    fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)]
    chosen = environ.get("presently.subprotocol")
    if chosen is not None:
        offered = str(environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "")).split(",")
        if chosen not in {name.strip(" \t") for name in offered}:
            raise ValueError("the subprotocol chosen was not offered")
        fields.append(("Sec-WebSocket-Protocol", str(chosen)))
    return fields
