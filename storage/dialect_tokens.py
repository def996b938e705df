"""Key-value tokens in a dialect's own form: one of each for an account; Lantern's can be shown again."""

import base64
import secrets
from collections.abc import Callable

from actors.accounts import Issued
from actors.errors import Refused
from actors.presence import Subject
from storage import tokens
from storage.sealing import Seal, Sealed
from storage.tables import Tables
from storage.tokens import LANTERN, LANYARD

DIALECTS = (LANTERN, LANYARD)
_SCOPES = ("kv",)


def _lantern(user: str) -> str:
    """spec/lantern.md section 7.4: "base64 of `<user_id>:<32 hex digits>`"."""
    return base64.b64encode(f"{user}:{secrets.token_hex(16)}".encode()).decode()


def _lanyard(_user: str) -> str:
    """spec/lanyard.md section 3: "`lnyd_` + 32 lower-case hex digits"."""
    return f"lnyd_{secrets.token_hex(16)}"


_FORMS: dict[str, Callable[[str], str]] = {LANTERN: _lantern, LANYARD: _lanyard}


def issue(tables: Tables, subject: Subject, dialect: str, seal: Seal, now: float) -> Issued:
    """A new token of the account, in place of the one it had of this dialect."""
    text = _FORMS[dialect](_user_id(subject))
    ended = tokens.trim(tables, subject.id, dialect, 0, now)
    made, credential = tokens.create(tables, subject.id, _SCOPES, now, kind=dialect, text=text)
    if dialect == LANTERN:
        sealed = seal.seal(text, credential.id)
        tables.execute(
            "INSERT INTO sealed_tokens (credential, iv, encrypted_text, tag) VALUES (?, ?, ?, ?)",
            (credential.id, sealed.iv, sealed.encrypted_text, sealed.tag),
        )
    return Issued(made, credential, ended)


def shown(tables: Tables, subject: Subject, seal: Seal) -> str:
    """The account's Lantern token again. Refused with `unknown-token` where it has none."""
    rows = tables.rows(
        "SELECT s.credential, s.iv, s.encrypted_text, s.tag FROM sealed_tokens s"
        " JOIN credentials c ON c.id = s.credential WHERE c.account = ? AND c.revoked_at IS NULL",
        (subject.id,),
    )
    if not rows:
        raise Refused("unknown-token", f"{subject.name} has no such token yet")
    credential, *sealed = rows[0]
    return seal.open(Sealed(*sealed), credential)


def _user_id(subject: Subject) -> str:
    """The Discord id, by which the dialect knows people; the account's own where there is none."""
    return next((theirs for provider, theirs in subject.links if provider == "discord"), subject.id)
