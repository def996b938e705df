"""Pipes: an account's links as presenti's first parties make, steer and remove them (presenti.md section 4.10)."""

from typing import Any
from uuid import uuid4

from pony.orm import select

from actors.accounts import Pipe
from actors.errors import Malformed, Refused
from storage import changes
from storage.documents import read_text, stored_text
from storage.tables import Tables

_LONGEST_ID = 256


def add(tables: Tables, provider: str, theirs: str, account: str, direction: int) -> Pipe:
    """Link an account to an id elsewhere.

    Raises Malformed (`bad-link`), Refused with `unknown-account`, or `link-taken` where the account has a link to that
    provider or somebody has this one.
    """
    if not 1 <= len(theirs) <= _LONGEST_ID or not theirs.isprintable():
        raise Malformed("bad-link", f"a link's id has 1 to {_LONGEST_ID} printable characters")
    kept, owner_id = stored_text(theirs), stored_text(account.lower())
    owner = tables.orm.Account.get(lambda each: each.id == owner_id)
    if owner is None:
        raise Refused("unknown-account", "there is no such account")
    rivals = "SELECT 1 FROM links WHERE provider = ? AND (id = ? OR account = ?)"
    if tables.rows(rivals, (provider, kept, owner_id)):
        raise Refused("link-taken", "one link for each account and provider, and one account for each link")
    pipe = Pipe(str(uuid4()), provider, theirs, owner_id, direction)
    tables.orm.Link(provider=provider, id=kept, account=owner, uuid=pipe.uuid, direction=direction)
    changes.append(tables, "account", owner_id)
    return pipe


def find(
    tables: Tables,
    uuid: str | None = None,
    provider: str | None = None,
    theirs: str | None = None,
    account: str | None = None,
) -> Pipe | None:
    """The link of which all this is true (None says nothing); one query. None when there is none."""
    found = select(link for link in tables.orm.Link)
    if uuid is not None:
        wanted = stored_text(uuid.lower())
        found = found.filter(lambda link: link.uuid == wanted)
    if provider is not None:
        found = found.filter(lambda link: link.provider == provider)
    if theirs is not None:
        kept = stored_text(theirs)
        found = found.filter(lambda link: link.id == kept)
    if account is not None:
        owner = stored_text(account.lower())
        found = found.filter(lambda link: link.account.id == owner)
    return next(iter(_pipes(found)), None)


def of_account(tables: Tables, account: str) -> tuple[Pipe, ...]:
    """All links of the account with this UUID, by provider."""
    owner = stored_text(account)
    return tuple(_pipes(select(link for link in tables.orm.Link if link.account.id == owner)))


def of_provider(tables: Tables, provider: str) -> tuple[tuple[Pipe, str], ...]:
    """All links to this provider, each with its account's name."""
    rows = select(
        (link.uuid, link.provider, link.id, link.account.id, link.direction, link.account.name)
        for link in tables.orm.Link
        if link.provider == provider
    )
    return tuple((_pipe(row[:5]), row[5]) for row in rows.order_by(1))


def steer(tables: Tables, uuid: str, direction: int) -> Pipe | None:
    """Let presence flow that way; None when there is no such link."""
    touched = tables.execute("UPDATE links SET direction = ? WHERE uuid = ?", (direction, stored_text(uuid.lower())))
    return find(tables, uuid=uuid) if touched else None


def remove(tables: Tables, uuid: str) -> Pipe | None:
    """Take the link away; answered with what it was, None when there is no such link."""
    pipe = find(tables, uuid=uuid)
    if pipe is not None:
        tables.execute("DELETE FROM links WHERE uuid = ?", (pipe.uuid,))
        changes.append(tables, "account", pipe.account)
    return pipe


def _pipes(found: Any) -> list[Pipe]:
    rows = select((link.provider, link.id, link.uuid, link.account.id, link.direction) for link in found)
    return [_pipe((id_, provider, theirs, account, way)) for provider, theirs, id_, account, way in rows.order_by(1)]


def _pipe(row: tuple[str, str, str, str, int]) -> Pipe:
    id_, provider, theirs, account, direction = row
    return Pipe(id_, provider, read_text(theirs), account, direction)
