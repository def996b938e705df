"""Tokens: 256 random bits shown once, kept as their SHA-256 with what they allow."""

import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pony.orm import left_join, select

from actors.accounts import IDENTITY, SCOPES, Credential, digest_of
from actors.errors import Malformed, Refused
from storage import changes, keyvalues
from storage.documents import stored_text
from storage.tables import Tables

_BYTES = 32

KEPT = 30 * 86_400.0
"""Seconds for which a token's row is kept after its end, as the supervision log is that may speak of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A token as a list of them shows it: `owner` is the account's name, None for first parties and operators.

    `last_used_at` in seconds since the epoch, None when it was never used.
    """

    credential: Credential
    owner: str | None
    last_used_at: float | None


TOKEN, KEY, IDENTITY_COOKIE = "token", "key", "identity"
"""Kinds of credential: made by an operator, minted by its owner's own hand, given to a browser at sign-in."""

LANTERN, LANYARD = "lantern", "lanyard"
"""And those in the form of a dialect, for its key-values (storage/dialect_tokens.py)."""

_KV = "kv"

_GRANTABLE = {
    TOKEN: SCOPES,
    KEY: SCOPES,
    IDENTITY_COOKIE: frozenset({IDENTITY}),
    LANTERN: frozenset({_KV}),
    LANYARD: frozenset({_KV}),
}


def create(
    tables: Tables,
    account: str | None,
    scopes: Iterable[str],
    now: float,
    expires_at: float | None = None,
    *,
    kind: str = TOKEN,
    text: str | None = None,
) -> tuple[str, Credential]:
    """Make a token of the account with this UUID, or of nobody; the text returned is nowhere else.

    `text` is given where a dialect has a form for it. A token that may keep key-values makes their storage exist.
    Times in seconds since the epoch. Raises Malformed with `unknown-scope`, Refused with `unknown-account`.
    """
    granted = frozenset(scopes)
    grantable = _GRANTABLE[kind]
    if not granted or not granted <= grantable:
        raise Malformed("unknown-scope", f"a token has one or more of the scopes {', '.join(sorted(grantable))}")
    owner = None if account is None else _owner(tables, account)
    token = text or secrets.token_urlsafe(_BYTES)
    credential = Credential(str(uuid.uuid4()), digest_of(token), account, granted, now, expires_at)
    tables.orm.Credential(
        id=credential.id,
        digest=credential.digest.hex(),
        account=owner,
        scopes=" ".join(sorted(granted)),
        kind=kind,
        created_at=now,
        expires_at=expires_at,
    )
    changes.append(tables, "credential", credential.id)
    if account is not None and _KV in granted:
        keyvalues.open_storage(tables, account)
    return token, credential


def revoke(tables: Tables, id: str, now: float) -> bool:  # noqa: A002  # the field's own name
    """End a token; False when there is no such token or it was revoked before."""
    touched = tables.execute(
        "UPDATE credentials SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, stored_text(id))
    )
    if touched:
        changes.append(tables, "credential", id)
    return touched > 0


def end_all(tables: Tables, account: str, but: str | None = None) -> tuple[str, ...]:
    """Delete every credential of the account with this UUID but one; answered with their ids."""
    kept, spared = stored_text(account), stored_text(but or "")
    rows = tables.rows("SELECT id FROM credentials WHERE account = ? AND id <> ?", (kept, spared))
    return _delete(tables, [id_ for (id_,) in rows])


def trim(tables: Tables, account: str, kind: str, newest: int, now: float) -> tuple[str, ...]:
    """Delete the account's credentials of this kind that are over, and all but its newest; answered with their ids."""
    rows = tables.rows(
        "SELECT id, expires_at, revoked_at FROM credentials"
        " WHERE account = ? AND kind = ? ORDER BY created_at DESC, id",
        (stored_text(account), kind),
    )
    live = [id_ for id_, ends, revoked_at in rows if revoked_at is None and (ends is None or ends > now)][:newest]
    return _delete(tables, [id_ for id_, _ends, _revoked_at in rows if id_ not in live])


def _delete(tables: Tables, ids: list[str]) -> tuple[str, ...]:
    tables.execute_many("DELETE FROM credentials WHERE id = ?", [(id_,) for id_ in ids])
    for id_ in ids:
        changes.append(tables, "credential", id_)
    return tuple(ids)


def prune(tables: Tables, now: float) -> int:
    """Delete what has been over for long enough, and opens nothing; returns how many."""
    return tables.execute("DELETE FROM credentials WHERE revoked_at < ? OR expires_at < ?", (now - KEPT, now - KEPT))


def find(tables: Tables, id: str) -> Credential | None:  # noqa: A002  # the field's own name
    """The token's meaning by its id; None when there is none or it is revoked."""
    kept = stored_text(id)
    return next(iter(_credentials(tables, lambda row: row.id == kept)), None)


def find_by_digest(tables: Tables, digest: bytes) -> Credential | None:
    """The token's meaning by digest_of(token), expired or not; None when there is none or it is revoked."""
    kept = digest.hex()
    return next(iter(_credentials(tables, lambda row: row.digest == kept)), None)


def every(tables: Tables) -> tuple[Credential, ...]:
    """All tokens that are not revoked."""
    return tuple(_credentials(tables, None))


def entries(tables: Tables) -> tuple[Entry, ...]:
    """All tokens that are not revoked, oldest first, with their owners' names and last use; no browser's cookie."""
    rows = left_join(
        (c.created_at, c.id, c.digest, a.id, c.scopes, c.expires_at, a.name, c.last_used_at)
        for c in tables.orm.Credential
        for a in c.account
        if c.revoked_at is None and c.kind != IDENTITY_COOKIE
    )
    return tuple(
        Entry(_credential((id_, digest, account, scopes, created_at, expires_at)), owner, last_used_at)
        for created_at, id_, digest, account, scopes, expires_at, owner, last_used_at in rows.order_by(1)
    )


def note_uses(tables: Tables, uses: Mapping[str, float]) -> None:
    """Keep when each token, by id, was used last."""
    tables.execute_many(
        "UPDATE credentials SET last_used_at = ? WHERE id = ?", [(used_at, id_) for id_, used_at in uses.items()]
    )


def _owner(tables: Tables, account: str) -> Any:
    kept = stored_text(account)
    owner = tables.orm.Account.get(lambda each: each.id == kept)
    if owner is None:
        raise Refused("unknown-account", "there is no such account")
    return owner


def _credentials(tables: Tables, wanted: Any) -> list[Credential]:
    live = select(row for row in tables.orm.Credential if row.revoked_at is None)
    found = live if wanted is None else live.filter(wanted)
    rows = select((row.id, row.digest, row.account.id, row.scopes, row.created_at, row.expires_at) for row in found)
    return [_credential(row) for row in rows]


def _credential(row: tuple[str, str, str | None, str, float, float | None]) -> Credential:
    id_, digest, account, scopes, created_at, expires_at = row
    return Credential(id_, bytes.fromhex(digest), account, frozenset(scopes.split()), created_at, expires_at)
