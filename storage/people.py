"""What people do to their own accounts, a transaction each: sign up, sign in, mint keys, change the password."""

from actors.accounts import IDENTITY, Issued, SignedUp
from actors.errors import Refused
from storage import accounts, tokens
from storage.tables import Tables

KEYS = 10
"""Keys of one account that live at once (PROMISES 3.4); the oldest gives way."""

BROWSERS = 20
"""Browsers that may be signed in to one account at once; the oldest gives way."""

SIGNED_IN = 12 * 3600.0
"""Seconds that a sign-in is good for (presenti.md section 2.2)."""

KEY_SCOPES = ("publish", "kv")
"""What a key allows: as much as the token that an operator's `user add` prints."""


def sign_up(tables: Tables, name: str, password_hash: str, now: float) -> SignedUp:
    """Make an account that is not listed (WIRES section 3), signed in. Raises Malformed, Refused (`name-taken`)."""
    subject = accounts.add(tables, name, password_hash=password_hash, listed=False, now=now)
    return SignedUp(subject, _identity(tables, subject.id, now))


def sign_in(tables: Tables, account: str, password_hash: str, now: float) -> Issued:
    """An identity for one browser. Raises Refused (`invalid-credentials`) if that is no longer the hash kept."""
    if accounts.password_hash(tables, account) != password_hash:
        raise Refused("invalid-credentials")
    return _identity(tables, account, now)


def mint_key(tables: Tables, account: str, identity: str, now: float) -> Issued:
    """A key to publish with. Raises Refused (`invalid-identity`) if the identity of this id has ended meanwhile."""
    if tokens.find(tables, identity) is None:
        raise Refused("invalid-identity")
    ended = tokens.trim(tables, account, tokens.KEY, KEYS - 1, now)
    return Issued(*tokens.create(tables, account, KEY_SCOPES, now, kind=tokens.KEY), ended)


def change_password(tables: Tables, account: str, old: str, new: str, spared: str) -> tuple[str, ...] | None:
    """Put the `new` hash in place of the `old`, and end every credential of the account but the `spared` one.

    Answered with the ids of those that ended; None, and nothing is changed, where `old` is not the hash kept.
    """
    if not accounts.set_password(tables, account, old, new):
        return None
    return tokens.end_all(tables, account, but=spared)


def _identity(tables: Tables, account: str, now: float) -> Issued:
    ended = tokens.trim(tables, account, tokens.IDENTITY_COOKIE, BROWSERS - 1, now)
    made = tokens.create(tables, account, (IDENTITY,), now, now + SIGNED_IN, kind=tokens.IDENTITY_COOKIE)
    return Issued(*made, ended)
