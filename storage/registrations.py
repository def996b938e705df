"""Registrations of the relay: one row by (instance, app, tag), its token and its app's secret sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pony.orm import select

from actors.errors import Unavailable
from actors.messages.relay import Register
from actors.relay.ledger import Past
from actors.relay.memory import ABOUT
from actors.relay.registration import LEASE, RELAY, Entry, Registration
from storage import outbox
from storage.database import Database
from storage.documents import read_text, stored_text
from storage.sealing import Seal, Sealed
from storage.tables import Tables

_FIND = "SELECT id FROM registrations WHERE instance = ? AND app = ? AND tag = ?"
_INSERT = """INSERT INTO registrations
    (token, app_secret, callback_url, endpoint, expires_at, presence, id, instance, app, tag)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_UPDATE = """UPDATE registrations SET token = ?, app_secret = ?, callback_url = ?, endpoint = ?, expires_at = ?,
    presence = ? WHERE id = ?"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Registrations:
    """What the Registrar keeps in a database (actors.relay.registrar.Ledger)."""

    database: Database
    seal: Seal

    def register(self, wish: Register, new_id: str, now: float) -> Registration:
        """Make or renew, in one transaction; `new_id` is taken where nothing is in this place yet."""
        return self.database.run(_register, self.seal, wish, new_id, now)

    def remove(self, ids: tuple[str, ...]) -> None:
        """Take these away; harmless where they are gone."""
        self.database.run(_remove, ids)

    def registrations(self) -> tuple[Entry, ...]:
        """All there are, over or not. One whose secrets cannot be opened is left where it is, and logged."""
        kept = (_entry(self.seal, row) for row in self.database.read(_every))
        return tuple(each for each in kept if each is not None)

    def past(self) -> Mapping[str, Past]:
        """By a registration's queue."""
        return self.database.read(_past)


def _past(tables: Tables) -> dict[str, Past]:
    past = {queue: Past(None, delivered, failed) for queue, delivered, failed in outbox.tallies(tables, RELAY)}
    for queue, told in outbox.told(tables, RELAY):
        if told.about == ABOUT:
            past[queue] = replace(past.get(queue, Past()), mark=told.shown)
    return past


def _register(tables: Tables, seal: Seal, wish: Register, new_id: str, now: float) -> Registration:
    place = tuple(map(stored_text, (wish.instance, wish.app, wish.tag)))
    known = tables.rows(_FIND, place)
    ident = known[0][0] if known else new_id
    names = wish.instance, wish.app, wish.tag
    made = Registration(ident, *names, wish.token, wish.callback_url, wish.endpoint, now + LEASE, wish.presence)
    secrets = (_sealed_text(seal.seal(secret, ident)) for secret in (wish.token, wish.secret))
    said = *secrets, stored_text(wish.callback_url), wish.endpoint, made.expires_at, wish.presence
    tables.execute(_UPDATE if known else _INSERT, (*said, ident, *(() if known else place)))
    return made


def _remove(tables: Tables, ids: tuple[str, ...]) -> None:
    tables.execute_many("DELETE FROM registrations WHERE id = ?", [(each,) for each in ids])


def _every(tables: Tables) -> list[tuple[Any, ...]]:
    row = tables.orm.Registration
    found = select(
        (r.id, r.instance, r.app, r.tag, r.token, r.app_secret, r.callback_url, r.endpoint, r.expires_at, r.presence)
        for r in row
    )
    return list(found.order_by(1))


def _entry(seal: Seal, row: tuple[Any, ...]) -> Entry | None:
    ident, *place, token, secret, callback_url, endpoint, expires_at, presence = row
    instance, app, tag = map(read_text, place)
    try:
        opened, app_secret = (seal.open(_read_sealed(text), ident) for text in (token, secret))
    except Unavailable:
        log.warning("a registration is sealed with another key", registration=f"{instance}:{app}:{tag}")
        return None
    names = instance, app, tag
    made = Registration(ident, *names, opened, read_text(callback_url), endpoint, expires_at, presence)
    return Entry(made, app_secret)


def _sealed_text(sealed: Sealed) -> str:
    return f"{sealed.iv}:{sealed.encrypted_text}:{sealed.tag}"


def _read_sealed(text: str) -> Sealed:
    return Sealed(*text.split(":"))
