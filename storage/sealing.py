"""Sealing: text that can be shown again, encrypted with AES-256-GCM under a secret that is not in the database."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from actors.errors import Unavailable

SECRET_FILE = "kv_token_secret"  # noqa: S105 - a file's name
_SECRET_BYTES = 32
_IV_BYTES = 16
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a text, each part in hexadecimal digits."""

    iv: str
    encrypted_text: str
    tag: str


class Seal:
    """Seals and opens; the secret is asked for when it is first needed."""

    def __init__(self, secret: Callable[[], str]) -> None:
        """`secret` gives 64 hexadecimal digits."""
        self._secret = secret

    def seal(self, text: str, about: str) -> Sealed:
        """The text, encrypted; it can be opened only as what is `about` the same thing."""
        iv = secrets.token_bytes(_IV_BYTES)
        encrypted = self._cipher().encrypt(iv, text.encode(), about.encode())
        return Sealed(iv.hex(), encrypted[:-_TAG_BYTES].hex(), encrypted[-_TAG_BYTES:].hex())

    def open(self, sealed: Sealed, about: str) -> str:
        """The text. Unavailable where it was sealed under another secret, or altered."""
        encrypted = bytes.fromhex(sealed.encrypted_text + sealed.tag)
        try:
            return self._cipher().decrypt(bytes.fromhex(sealed.iv), encrypted, about.encode()).decode()
        except InvalidTag:
            raise Unavailable("wrong-secret", "it was sealed under another secret; make a new one") from None

    def _cipher(self) -> AESGCM:
        return AESGCM(bytes.fromhex(self._secret()))


def secret_of(configured: str | None, folder: Path) -> str:
    """The configured secret, or the data folder's own, which is made on first need and readable by its owner alone."""
    if configured is not None:
        return configured
    path = folder / SECRET_FILE
    if not path.exists():
        _make(path)
    return path.read_text("ascii").strip()


def _make(path: Path) -> None:
    """Whole or not at all, and whoever is first wins: two commands may run at once."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as written:
        written.write(secrets.token_hex(_SECRET_BYTES) + "\n")
        written.flush()
        os.fsync(written.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
