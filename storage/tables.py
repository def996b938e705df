"""The tables as Pony entities, and the raw connection beside them; neither ever leaves storage/."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pony.orm import Database as Orm
from pony.orm import Optional, PrimaryKey, Required, Set

# mypy: disallow-subclassing-any=False
# (Pony brings no types.)

PLACEHOLDER = {"SQLite": "?", "PostgreSQL": "%s"}
"""Raw SQL is written with `?`; psycopg2 wants its own sign."""


@dataclass(frozen=True, slots=True)
class Tables:
    """One open database as the functions of storage/ see it: valid only inside a transaction of Database."""

    orm: Any
    """Pony's Database; its entities are attributes: Account, Credential, Activity, ... What has none is read raw."""

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a raw SELECT answers. Pony locks for raw SQL, so this belongs in `run`; `read` selects by entities."""
        cursor = self._cursor()
        cursor.execute(self._dialect(sql), values)
        return [tuple(row) for row in cursor.fetchall()]

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Do one raw statement; returns how many rows it touched."""
        cursor = self._cursor()
        cursor.execute(self._dialect(sql), values)
        return int(cursor.rowcount)

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Do one raw statement for each row: 13 times faster than an entity's get and set (RUNTIME 6)."""
        self._cursor().executemany(self._dialect(sql), list(rows))

    def _cursor(self) -> Any:
        connection = self.orm.get_connection()
        self.orm.flush()
        return connection.cursor()

    def _dialect(self, sql: str) -> str:
        return sql.replace("?", PLACEHOLDER[self.orm.provider.dialect])


def define(orm: Orm) -> Tables:
    """Describe the tables to this Pony database; each Database of the process has its own entities."""
    _define_people(orm)
    _define_activities(orm)
    _define_lines(orm)
    _define_registrations(orm)
    return Tables(orm)


def _define_people(orm: Orm) -> None:
    class Account(orm.Entity):
        _table_ = "accounts"
        id = PrimaryKey(str)
        name = Required(str, unique=True, autostrip=False)
        listed = Required(bool)
        created_at = Required(float)
        password_hash = Optional(str, nullable=True)
        links = Set("Link", cascade_delete=True)
        credentials = Set("Credential", cascade_delete=True)

    class Link(orm.Entity):
        _table_ = "links"
        provider = Required(str)
        id = Required(str, autostrip=False)
        account = Required(Account, column="account")
        uuid = Required(str, unique=True)
        direction = Required(int)
        PrimaryKey(provider, id)  # noqa: A003  # the attribute above

    class Credential(orm.Entity):
        _table_ = "credentials"
        id = PrimaryKey(str)
        digest = Required(str, unique=True)
        account = Optional(Account, column="account")
        scopes = Required(str)
        kind = Required(str)
        created_at = Required(float)
        expires_at = Optional(float)
        last_used_at = Optional(float)
        revoked_at = Optional(float)


def _define_activities(orm: Orm) -> None:
    class Activity(orm.Entity):
        _table_ = "activities"
        number = PrimaryKey(int, size=64, auto=True)
        id = Required(str, unique=True)
        account = Required(str)
        manual_id = Optional(str, autostrip=False, nullable=True)
        content = Required(str, autostrip=False)
        lease_minutes = Required(int)
        expires_at = Required(float)
        created_at = Required(float)
        updated_at = Required(float)
        deleted_at = Optional(float)

    class Ping(orm.Entity):
        _table_ = "pings"
        subject = PrimaryKey(str, autostrip=False)
        at = Required(int, size=64)
        status = Optional(str, autostrip=False)

    class Artwork(orm.Entity):
        _table_ = "artworks"
        hash = PrimaryKey(str)
        media_type = Required(str)
        data = Required(bytes)
        uploaded_by = Required(str)
        referred_at = Required(float)


def _define_lines(orm: Orm) -> None:
    class Claim(orm.Entity):
        _table_ = "claims"
        subject = Required(str, autostrip=False)
        kind = Required(str, autostrip=False)
        source = Required(str, autostrip=False)
        since = Required(float)
        until = Required(float)
        lives_with_source = Required(bool)
        document = Required(str, autostrip=False)
        PrimaryKey(subject, kind, source)

    class ModuleValue(orm.Entity):
        _table_ = "module_values"
        module = Required(str, autostrip=False)
        name = Required(str, autostrip=False)
        value = Required(str, autostrip=False)
        PrimaryKey(module, name)

    class Line(orm.Entity):
        _table_ = "journal"
        number = PrimaryKey(int, size=64, auto=True)
        at = Required(float)
        path = Required(str, autostrip=False)
        kind = Required(str, autostrip=False)
        event = Required(str, autostrip=False)
        details = Required(str, autostrip=False)

    class Change(orm.Entity):
        _table_ = "changes"
        number = PrimaryKey(int, size=64)
        kind = Required(str)
        id = Required(str)


def _define_registrations(orm: Orm) -> None:
    class Registration(orm.Entity):
        _table_ = "registrations"
        id = PrimaryKey(str)
        instance = Required(str, autostrip=False)
        app = Required(str, autostrip=False)
        tag = Optional(str, autostrip=False)
        token = Required(str)
        app_secret = Required(str)
        callback_url = Required(str, autostrip=False)
        endpoint = Optional(str, nullable=True)
        expires_at = Required(float)
        presence = Optional(str, nullable=True)
