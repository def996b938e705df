"""Accounts, their names and their links: who there is."""

import uuid
from collections.abc import Iterable

from pony.orm import left_join, select

from actors.accounts import name_fault
from actors.errors import Malformed, Refused
from actors.identities import DISCORD_ID, PROVIDERS
from actors.presence import Subject
from storage import changes
from storage.documents import read_text, stored_text
from storage.tables import Tables

NOWHERE = 0
"""The direction of a pipe through which nothing flows (presenti.md section 4.10)."""

Link = tuple[str, str]
"""A provider and the id there."""

_LONGEST_ID = 256


def add(
    tables: Tables,
    name: str,
    *,
    links: Iterable[Link] = (),
    password_hash: str | None = None,
    listed: bool = True,
    now: float,
) -> Subject:
    """Make an account; `now` in seconds since the epoch.

    Raises Malformed for a name or a link that cannot be, Refused with `name-taken` or `link-taken`.
    """
    wanted = tuple(sorted(set(links)))
    _check(name, wanted)
    if tables.orm.Account.get(name=name) is not None:
        raise Refused("name-taken", f"there is an account named {name}")
    for provider, theirs in wanted:
        if tables.orm.Link.get(provider=provider, id=stored_text(theirs)) is not None:
            raise Refused("link-taken", f"{provider}:{theirs} is linked to another account")
    account = tables.orm.Account(
        id=str(uuid.uuid4()), name=name, listed=listed, created_at=now, password_hash=password_hash
    )
    for provider, theirs in wanted:
        tables.orm.Link(
            provider=provider, id=stored_text(theirs), account=account, uuid=str(uuid.uuid4()), direction=NOWHERE
        )
    changes.append(tables, "account", account.id)
    return Subject(account.id, name, account=True, listed=listed, links=wanted)


def remove(tables: Tables, name_or_id: str) -> Subject | None:
    """Take an account away with all that is its own; None when there is no such account."""
    subject = find(tables, name_or_id)
    if subject is None:
        return None
    account = tables.orm.Account[subject.id]
    # First: what was said by the grace of a credential goes with the account, and is not taken back before it.
    changes.append(tables, "account", subject.id)
    for credential in account.credentials:
        changes.append(tables, "credential", credential.id)
    for table in ("claims", "last_seen", "pings"):
        tables.execute(f"DELETE FROM {table} WHERE subject = ?", (stored_text(subject.id),))  # noqa: S608 - ours alone
    account.delete()
    return subject


def password_hash(tables: Tables, account: str) -> str | None:
    """What is kept of the password of the account with this UUID; None where there is none, or no account."""
    kept = stored_text(account)
    found = select(a.password_hash for a in tables.orm.Account if a.id == kept)
    return next(iter(found), None)


def set_password(tables: Tables, account: str, old: str, new: str) -> bool:
    """Put the `new` hash in place of the `old`; False, and nothing is changed, where that is not the hash kept."""
    touched = tables.execute(
        "UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?", (new, stored_text(account), old)
    )
    return touched > 0


def find(tables: Tables, key: str | Link) -> Subject | None:
    """The account of this UUID, name or (provider, id); one query. None when there is none."""
    if isinstance(key, str):
        plain, folded = stored_text(key), stored_text(key.lower())
        # No name has the form of a UUID, so the two cannot mean different accounts.
        rows = left_join(
            (a.id, a.name, a.listed, link.provider, link.id)
            for a in tables.orm.Account
            for link in a.links
            if a.id == folded or a.name == plain
        )
    else:
        provider, theirs = stored_text(key[0]), stored_text(key[1])
        rows = select(
            (a.id, a.name, a.listed, link.provider, link.id)
            for found in tables.orm.Link
            for a in tables.orm.Account
            for link in a.links
            if found.provider == provider and found.id == theirs and found.account == a
        )
    return next(iter(_subjects(rows)), None)


def every(tables: Tables) -> tuple[Subject, ...]:
    """All accounts by name; quick for tens of thousands."""
    rows = left_join((a.id, a.name, a.listed, link.provider, link.id) for a in tables.orm.Account for link in a.links)
    return tuple(sorted(_subjects(rows), key=lambda subject: subject.name))


def _subjects(rows: Iterable[tuple[str, str, bool, str | None, str | None]]) -> list[Subject]:
    """Accounts out of a join with their links: a row for each link, or one without."""
    links: dict[tuple[str, str, bool], list[Link]] = {}
    for account, name, listed, provider, theirs in rows:
        found = links.setdefault((account, name, listed), [])
        if provider is not None and theirs is not None:
            found.append((provider, read_text(theirs)))
    return [
        Subject(account, name, account=True, listed=bool(listed), links=tuple(sorted(theirs)))
        for (account, name, listed), theirs in links.items()
    ]


def _check(name: str, links: Iterable[Link]) -> None:
    fault = name_fault(name)
    if fault is not None:
        raise Malformed("bad-name", fault)
    for provider, theirs in links:
        if provider not in PROVIDERS:
            raise Malformed("unknown-provider", f"a link's provider is one of {', '.join(PROVIDERS)}")
        if provider == "discord" and not DISCORD_ID.fullmatch(theirs):
            raise Malformed("bad-link", "a Discord id has 17 to 19 digits")
        if not theirs or len(theirs) > _LONGEST_ID or not theirs.isprintable():
            raise Malformed("bad-link", f"a link's id has 1 to {_LONGEST_ID} printable characters")
