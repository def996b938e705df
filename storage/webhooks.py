"""Webhooks: one row each, its secret sealed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from actors.deeds import Done
from actors.errors import Overrun, Refused, Unavailable
from actors.messages.courier import Told
from actors.webhooks.webhook import WEBHOOK, Webhook
from storage import deeds, outbox
from storage.database import Database
from storage.documents import read_text, stored_text
from storage.sealing import Seal, Sealed
from storage.tables import Tables

MOST = 10
"""Webhooks of one account."""

_COLUMNS = "id, account, url, secret, users, created_at"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What the Notifier and the web keep of them. Every method waits, is one transaction and may raise Unavailable."""

    database: Database
    seal: Seal

    def add_webhook(self, webhook: Webhook, done: Done | None = None) -> None:
        """Keep a new one, and that it was done. Raises Overrun (`too-many-webhooks`), Refused (`unknown-account`)."""
        sealed = self.seal.seal(webhook.secret, webhook.id)
        self.database.run(_add, webhook, f"{sealed.iv} {sealed.encrypted_text} {sealed.tag}", done)

    def remove_webhook(self, ident: str) -> bool:
        """Take one away; whether there was one."""
        return self.database.run(_remove, ident)

    def webhooks_of(self, account: str) -> tuple[Webhook, ...]:
        """Those of the account with this UUID, oldest first."""
        return self._opened(self.database.run(_of_account, account))

    def webhooks(self) -> tuple[Webhook, ...]:
        """All there are. One whose secret cannot be opened is left where it is, and logged."""
        return self._opened(self.database.run(_every))

    def told(self, kind: str) -> tuple[tuple[str, Told], ...]:
        """What every queue of this kind was told last, about everybody."""
        return self.database.run(outbox.told, kind)

    def _opened(self, rows: Sequence[Sequence[Any]]) -> tuple[Webhook, ...]:
        opened = map(self._open, rows)
        return tuple(webhook for webhook in opened if webhook is not None)

    def _open(self, row: Sequence[Any]) -> Webhook | None:
        ident, account, url, sealed, users, created_at = row
        try:
            secret = self.seal.open(Sealed(*sealed.split(" ")), ident)
        except Unavailable as failure:
            log.warning("webhook cannot be opened", webhook=ident, code=failure.code)
            return None
        return Webhook(ident, account, read_text(url), secret, tuple(json.loads(users)), created_at)


def _add(tables: Tables, webhook: Webhook, sealed: str, done: Done | None) -> None:
    if not tables.rows("SELECT id FROM accounts WHERE id = ?", (webhook.account,)):
        raise Refused("unknown-account")
    if tables.rows("SELECT count(*) FROM webhooks WHERE account = ?", (webhook.account,))[0][0] >= MOST:
        raise Overrun("too-many-webhooks", f"An account has at most {MOST} webhooks.")
    row = (webhook.id, webhook.account, stored_text(webhook.url), sealed, json.dumps(webhook.users), webhook.created_at)
    tables.execute(f"INSERT INTO webhooks ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - ours alone
    deeds.note(tables, [] if done is None else [done])


def _remove(tables: Tables, ident: str) -> bool:
    return tables.execute("DELETE FROM webhooks WHERE id = ?", (ident,)) > 0


def _of_account(tables: Tables, account: str) -> list[tuple[Any, ...]]:
    sql = f"SELECT {_COLUMNS} FROM webhooks WHERE account = ? ORDER BY created_at, id"  # noqa: S608 - ours alone
    return tables.rows(sql, (account,))


def _every(tables: Tables) -> list[tuple[Any, ...]]:
    """What was told by those that went with their account is forgotten on the way."""
    gone = "queue LIKE ? AND queue NOT IN (SELECT ? || id FROM webhooks)"
    tables.execute(f"DELETE FROM told WHERE {gone}", (f"{WEBHOOK}:%", f"{WEBHOOK}:"))  # noqa: S608 - ours alone
    return tables.rows(f"SELECT {_COLUMNS} FROM webhooks ORDER BY created_at, id")  # noqa: S608 - ours alone
