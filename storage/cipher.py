"""Cipher: what must be readable again, sealed at rest by AES-256-GCM (NIST SP 800-38D), and where its key is."""

import os
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12
_FILE = "secret.key"


class UnreadableError(Exception):
    """What was to be opened was sealed with another key, for another place, or is damaged."""


class Cipher:
    """Seals texts. `place` says what a text belongs to: moved elsewhere it cannot be opened."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes; ValueError otherwise."""
        if len(key) != _KEY_BYTES:
            raise ValueError(f"a key has {_KEY_BYTES} bytes")
        self._cipher = AESGCM(key)

    def seal(self, text: str, place: str) -> str:
        """The text as Base64 of nonce, ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, _bytes(text), _bytes(place))
        return b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, place: str) -> str:
        """What `seal` was given; raises UnreadableError."""
        try:
            data = b64decode(sealed, validate=True)
            opened = self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bytes(place))
        except (InvalidTag, ValueError):
            raise UnreadableError(f"{place} cannot be opened with this key") from None
        return opened.decode("utf-8", "surrogatepass")


def own_key(folder: Path) -> bytes:
    """The key in the data folder, made on first need and readable by its owner alone; raises OSError.

    Whoever has a backup of the database needs this file too.
    """
    path = folder / _FILE
    made = path.with_suffix(f".{os.getpid()}.new")
    if not path.exists():
        with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as written:
            written.write(secrets.token_hex(_KEY_BYTES))
            written.flush()
            os.fsync(written.fileno())
        with suppress(FileExistsError):  # of two that begin at once the first one's key is both's
            os.link(made, path)  # whole or not at all
        made.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise OSError(f"{path} is not the key that was made here: {2 * _KEY_BYTES} hexadecimal digits")
    return key


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
