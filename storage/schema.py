"""The numbered schema: small SQL steps, a version table, and the way forward at start.

Longer than other files, and longer with each step: what has once been released is never changed.
"""

from typing import Any

from pony.orm import db_session

SERIAL = {
    "SQLite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "PostgreSQL": "BIGSERIAL PRIMARY KEY",
}
"""What `{serial}` in a step means to each database."""

RANDOM_UUID = {
    "SQLite": (
        "lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))), 2)"
        " || '-a' || substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6)))"
    ),
    "PostgreSQL": "gen_random_uuid()::text",
}
"""What `{uuid}` means: a random one for each row."""

BYTES = {"SQLite": "BLOB", "PostgreSQL": "BYTEA"}
"""What `{bytes}` means. All else in the steps both databases understand."""

ALONE = {
    "SQLite": (),
    "PostgreSQL": ("SELECT pg_advisory_xact_lock(20220817)",),
}
"""What keeps a second process out while one migrates; SQLite's BEGIN IMMEDIATE, which Pony sends, does it alone."""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE accounts (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            listed BOOLEAN NOT NULL,
            created_at DOUBLE PRECISION NOT NULL,
            password_hash TEXT)""",
        """CREATE TABLE links (
            provider TEXT NOT NULL,
            id TEXT NOT NULL,
            account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            PRIMARY KEY (provider, id))""",
        "CREATE INDEX links_account ON links (account)",
        """CREATE TABLE credentials (
            id TEXT PRIMARY KEY,
            digest TEXT NOT NULL UNIQUE,
            account TEXT REFERENCES accounts (id) ON DELETE CASCADE,
            scopes TEXT NOT NULL,
            created_at DOUBLE PRECISION NOT NULL,
            expires_at DOUBLE PRECISION,
            last_used_at DOUBLE PRECISION,
            revoked_at DOUBLE PRECISION)""",
        "CREATE INDEX credentials_account ON credentials (account)",
        """CREATE TABLE claims (
            subject TEXT NOT NULL,
            kind TEXT NOT NULL,
            source TEXT NOT NULL,
            since DOUBLE PRECISION NOT NULL,
            until DOUBLE PRECISION NOT NULL,
            lives_with_source BOOLEAN NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (subject, kind, source))""",
        "CREATE INDEX claims_until ON claims (until)",
        """CREATE TABLE journal (
            number {serial},
            at DOUBLE PRECISION NOT NULL,
            path TEXT NOT NULL,
            kind TEXT NOT NULL,
            event TEXT NOT NULL,
            details TEXT NOT NULL)""",
        "CREATE INDEX journal_at ON journal (at)",
        "CREATE TABLE changes (number BIGINT PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL)",
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        "INSERT INTO counters (name, value) VALUES ('changes', 0)",
    ),
    (  # presenti's pipes: a link has a UUID of its own and a direction; what a credential is for
        "ALTER TABLE links ADD COLUMN uuid TEXT",
        "UPDATE links SET uuid = {uuid}",
        "CREATE UNIQUE INDEX links_uuid ON links (uuid)",
        "ALTER TABLE links ADD COLUMN direction INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE credentials ADD COLUMN kind TEXT NOT NULL DEFAULT 'token'",
    ),
    (  # activities that outlast their client, and when somebody last pinged
        """CREATE TABLE activities (
            number {serial},
            id TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            manual_id TEXT,
            content TEXT NOT NULL,
            lease_minutes INTEGER NOT NULL,
            expires_at DOUBLE PRECISION NOT NULL,
            created_at DOUBLE PRECISION NOT NULL,
            updated_at DOUBLE PRECISION NOT NULL,
            deleted_at DOUBLE PRECISION)""",
        "CREATE INDEX activities_manual_id ON activities (account, manual_id, expires_at)",
        "CREATE INDEX activities_expires_at ON activities (expires_at)",
        "CREATE TABLE pings (subject TEXT PRIMARY KEY, at BIGINT NOT NULL, status TEXT NOT NULL)",
    ),
    (  # what people keep: key-values and their tokens' own text, when they were seen last, artwork
        """CREATE TABLE storages (
            account TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
            revision BIGINT NOT NULL)""",
        """INSERT INTO storages (account, revision) SELECT DISTINCT account, 1 FROM credentials
            WHERE account IS NOT NULL AND revoked_at IS NULL AND ' ' || scopes || ' ' LIKE '% kv %'""",
        """CREATE TABLE pairs (
            number {serial},
            account TEXT NOT NULL REFERENCES storages (account) ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            UNIQUE (account, name))""",
        """CREATE TABLE sealed_tokens (
            credential TEXT PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
            iv TEXT NOT NULL,
            encrypted_text TEXT NOT NULL,
            tag TEXT NOT NULL)""",
        "CREATE TABLE last_seen (subject TEXT PRIMARY KEY, at DOUBLE PRECISION NOT NULL)",
        """CREATE TABLE artworks (
            hash TEXT PRIMARY KEY,
            media_type TEXT NOT NULL,
            data {bytes} NOT NULL,
            uploaded_by TEXT NOT NULL,
            referred_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX artworks_uploaded_by ON artworks (uploaded_by)",
    ),
    (  # callbacks that have still to be delivered, those that never were, what was told last; and whose webhooks
        """CREATE TABLE outbox (
            number BIGINT PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            queue TEXT NOT NULL,
            body {bytes} NOT NULL,
            created_at DOUBLE PRECISION NOT NULL,
            tries INTEGER NOT NULL)""",
        "CREATE INDEX outbox_queue ON outbox (queue, number)",
        """CREATE TABLE dead_letters (
            number {serial},
            id TEXT NOT NULL,
            queue TEXT NOT NULL,
            body {bytes} NOT NULL,
            created_at DOUBLE PRECISION NOT NULL,
            died_at DOUBLE PRECISION NOT NULL,
            status INTEGER,
            error TEXT,
            tries INTEGER NOT NULL)""",
        "CREATE INDEX dead_letters_died_at ON dead_letters (died_at)",
        """CREATE TABLE told (
            queue TEXT NOT NULL,
            about TEXT NOT NULL,
            version BIGINT NOT NULL,
            shown TEXT NOT NULL,
            PRIMARY KEY (queue, about))""",
        """CREATE TABLE webhooks (
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            url TEXT NOT NULL,
            secret TEXT NOT NULL,
            users TEXT NOT NULL,
            created_at DOUBLE PRECISION NOT NULL)""",
        "CREATE INDEX webhooks_account ON webhooks (account)",
    ),
    (  # the relay's registrations; token and app_secret are sealed
        """CREATE TABLE registrations (
            id TEXT PRIMARY KEY,
            instance TEXT NOT NULL,
            app TEXT NOT NULL,
            tag TEXT NOT NULL,
            token TEXT NOT NULL,
            app_secret TEXT NOT NULL,
            callback_url TEXT NOT NULL,
            endpoint TEXT,
            expires_at DOUBLE PRECISION NOT NULL,
            UNIQUE (instance, app, tag))""",
    ),
    (  # the small values that modules in the process keep
        """CREATE TABLE module_values (
            module TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (module, name))""",
    ),
    (  # the credential by whose grace a registration's account is seen
        "ALTER TABLE registrations ADD COLUMN presence TEXT",
    ),
    (  # what became of each queue's callbacks so far
        """CREATE TABLE tallies (
            queue TEXT PRIMARY KEY,
            delivered BIGINT NOT NULL,
            failed BIGINT NOT NULL)""",
    ),
    (  # what is pruned is found without reading the images
        "CREATE INDEX artworks_referred_at ON artworks (referred_at)",
    ),
    (  # accounts' rules of how what they publish is shown, and by which number the newest rules are told
        """CREATE TABLE transformations (
            number {serial},
            uuid TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            rule TEXT NOT NULL,
            ids TEXT NOT NULL)""",
        "CREATE INDEX transformations_account ON transformations (account)",
        "INSERT INTO counters (name, value) VALUES ('transformations', 0)",
    ),
    (  # what was done under an Idempotency-Key
        """CREATE TABLE deeds (
            number {serial},
            owner TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            request TEXT NOT NULL,
            at DOUBLE PRECISION NOT NULL,
            since DOUBLE PRECISION,
            expires_at DOUBLE PRECISION,
            made TEXT,
            UNIQUE (owner, idempotency_key))""",
        "CREATE INDEX deeds_at ON deeds (at)",
    ),
)
"""Step N makes version N out of N-1. A released step is never edited: a new one is added."""


class RefusedDatabaseError(Exception):
    """This database is not one that this program may use; it was left as it was. The text is for its owner."""


class NewerSchemaError(RefusedDatabaseError):
    """The database was written by a later Presently; it was left as it was."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"the database has schema version {found}, this Presently knows versions up to {known}: "
            "start the later version again, or restore the backup made before it was installed"
        )
        self.found = found
        self.known = known


def migrate(orm: Any, steps: tuple[tuple[str, ...], ...] = STEPS) -> int:
    """Bring the bound database to the newest version, each step in one transaction; returns that version.

    Raises NewerSchemaError, having changed nothing, when the database is ahead of this program.
    """
    while not _forward(orm, steps):
        pass
    return len(steps)


@db_session(optimistic=False)  # type: ignore[untyped-decorator]  # a transaction that locks before it reads
def _forward(orm: Any, steps: tuple[tuple[str, ...], ...]) -> bool:
    """Take one step; True when none is left. The version is read under the lock, so no step is taken twice."""
    provider = orm.provider.dialect
    cursor = orm.get_connection().cursor()
    for statement in ALONE[provider]:
        cursor.execute(statement)
    version = _version(cursor)
    if version > len(steps):
        raise NewerSchemaError(version, len(steps))
    if version == len(steps):
        return True
    for statement in steps[version]:
        cursor.execute(_spelled(statement, provider))
    cursor.execute("UPDATE schema_version SET version = version + 1")
    return version + 1 == len(steps)


def _spelled(statement: str, provider: str) -> str:
    for word, meaning in (("{serial}", SERIAL), ("{uuid}", RANDOM_UUID), ("{bytes}", BYTES)):
        statement = statement.replace(word, meaning[provider])
    return statement


def _version(cursor: Any) -> int:
    cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    cursor.execute("SELECT version FROM schema_version")
    row = cursor.fetchone()
    if row is None:
        cursor.execute("INSERT INTO schema_version (version) VALUES (0)")
        return 0
    return int(row[0])
