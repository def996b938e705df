"""The store as the house sees it: every method waits in the calling greenlet and is one transaction.

Longer than other files, as it is a list: a method of a line or two for each deed, which stands in a file of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from actors.accounts import Census, Change, Credential, Issued, LiveClaim, Pipe, SignedUp
from actors.clock import Clock
from actors.courier.dead_letters import Buried
from actors.courier.dead_letters import Wanted as WantedLetters
from actors.courier.outbox import Stored, Work
from actors.deeds import Done
from actors.messages.courier import Told
from actors.messages.keeper import Behind
from actors.presence import Subject
from storage import (
    accounts,
    behind,
    changes,
    claims,
    deeds,
    journal,
    modules,
    outbox,
    people,
    pipes,
    tokens,
)
from storage.accounts import Link
from storage.database import Database
from storage.possessions import Possessions
from storage.registrations import Registrations
from storage.sealing import Seal
from storage.tables import Tables
from storage.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An account just made and its first token, whose text is nowhere else."""

    subject: Subject
    token: str
    credential: Credential


class Store(Possessions):
    """All that is remembered. Every method may raise Unavailable, and then nothing was changed."""

    def __init__(self, database: Database, clock: Clock, seal: Seal | None = None) -> None:
        """Without a `seal` no token can be kept that is shown again."""
        super().__init__(database, clock, seal)

    def close(self) -> None:
        """Let what was begun finish and close the database."""
        self._database.close()

    # --- accounts ---------------------------------------------------------------------------------------------------

    def add_account(
        self, name: str, *, links: Iterable[Link] = (), password_hash: str | None = None, listed: bool = True
    ) -> Subject:
        """Make an account. Raises Malformed (name, link) and Refused with `name-taken` or `link-taken`."""
        return self._database.run(
            accounts.add, name, links=tuple(links), password_hash=password_hash, listed=listed, now=self._clock.now()
        )

    def add_newcomer(
        self, name: str, scopes: Iterable[str], *, links: Iterable[Link] = (), password_hash: str | None = None
    ) -> Newcomer:
        """Make a listed account with a token of these scopes, both or neither. Raises as add_account does."""
        return self._database.run(
            _newcomer, name, tuple(scopes), tuple(links), password_hash=password_hash, now=self._clock.now()
        )

    def remove_account(self, name_or_id: str) -> Subject | None:
        """Take an account and all that belongs to it away; None when there is no such account."""
        return self._database.run(accounts.remove, name_or_id)

    def account(self, key: str | Link) -> Subject | None:
        """The account of this UUID, name or (provider, id)."""
        return self._database.read(accounts.find, key)

    def accounts(self) -> tuple[Subject, ...]:
        """All accounts by name."""
        return self._database.read(accounts.every)

    # --- what people do to their own accounts -------------------------------------------------------------------------

    def sign_up(self, name: str, password_hash: str) -> SignedUp:
        """See people.sign_up."""
        return self._database.run(people.sign_up, name, password_hash, self._clock.now())

    def sign_in(self, account: str, password_hash: str) -> Issued:
        """See people.sign_in; `account` is the UUID."""
        return self._database.run(people.sign_in, account, password_hash, self._clock.now())

    def mint_key(self, account: str, identity: str) -> Issued:
        """See people.mint_key; `account` is the UUID, `identity` the id of who asks."""
        return self._database.run(people.mint_key, account, identity, self._clock.now())

    def password_hash(self, account: str) -> str | None:
        """What is kept of the password of the account with this UUID; None where there is none."""
        return self._database.read(accounts.password_hash, account)

    def change_password(self, account: str, old: str, new: str, spared: str) -> tuple[str, ...] | None:
        """See people.change_password; `old` and `new` are hashes, `spared` the credential that goes on."""
        return self._database.run(people.change_password, account, old, new, spared)

    # --- presenti's pipes ---------------------------------------------------------------------------------------------

    def add_pipe(self, provider: str, theirs: str, account: str, direction: int) -> Pipe:
        """See pipes.add."""
        return self._database.run(pipes.add, provider, theirs, account, direction)

    def pipe(
        self,
        uuid: str | None = None,
        provider: str | None = None,
        theirs: str | None = None,
        account: str | None = None,
    ) -> Pipe | None:
        """See pipes.find."""
        return self._database.read(pipes.find, uuid, provider, theirs, account)

    def pipes_of(self, account: str) -> tuple[Pipe, ...]:
        """All links of the account with this UUID."""
        return self._database.read(pipes.of_account, account)

    def pipes_to(self, provider: str) -> tuple[tuple[Pipe, str], ...]:
        """All links to this provider, each with its account's name."""
        return self._database.read(pipes.of_provider, provider)

    def steer_pipe(self, uuid: str, direction: int) -> Pipe | None:
        """See pipes.steer."""
        return self._database.run(pipes.steer, uuid, direction)

    def remove_pipe(self, uuid: str) -> Pipe | None:
        """See pipes.remove."""
        return self._database.run(pipes.remove, uuid)

    # --- tokens -----------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the epoch, on the clock by which everything here is dated."""
        return self._clock.now()

    def create_token(
        self, account: str | None, scopes: Iterable[str], expires_at: float | None = None
    ) -> tuple[str, Credential]:
        """Make a token of the account with this UUID, or of nobody. Raises Malformed, Refused (`unknown-account`)."""
        return self._database.run(tokens.create, account, tuple(scopes), self._clock.now(), expires_at)

    def revoke_token(self, id: str) -> bool:  # noqa: A002  # the field's own name
        """End a token; False when there was none to end."""
        return self._database.run(tokens.revoke, id, self._clock.now())

    def credential(self, id: str) -> Credential | None:  # noqa: A002  # the field's own name
        """A token's meaning by its id; None when there is none or it is revoked."""
        return self._database.read(tokens.find, id)

    def credential_by_digest(self, digest: bytes) -> Credential | None:
        """A token's meaning by digest_of(token), expired or not; None when there is none or it is revoked."""
        return self._database.read(tokens.find_by_digest, digest)

    def tokens(self) -> tuple[tokens.Entry, ...]:
        """All tokens that are not revoked, oldest first."""
        return self._database.read(tokens.entries)

    def note_uses(self, uses: Mapping[str, float]) -> None:
        """Keep when tokens, by id, were used last (seconds since the epoch)."""
        self._database.run(tokens.note_uses, dict(uses))

    # --- what the Keeper writes, and what is read at start ------------------------------------------------------------

    def write_behind(self, batch: Sequence[Behind]) -> None:
        """Write a batch, in one transaction, as if word by word in its order."""
        self._database.run(behind.write, tuple(batch))

    def live_claims(self) -> tuple[LiveClaim, ...]:
        """Every stored claim that may be believed now."""
        return self._database.read(claims.live, self._clock.now())

    def deeds(self) -> tuple[Done, ...]:
        """What was done under keys that still hold, oldest first."""
        return self._database.run(deeds.every, self._clock.now())

    def delete_expired_claims(self) -> int:
        """See behind.delete_expired."""
        return self._database.run(behind.delete_expired, self._clock.now())

    def prune(self) -> int:
        """Delete what has been kept for long enough, kind by kind; returns how many rows that were.

        It is many transactions, so that whoever writes meanwhile waits for one of them at most.
        """
        gone, now = 0, self._clock.now()
        for kind in behind.KEPT_FOR_A_WHILE:
            while count := self._database.run(kind.prune, now):
                gone += count
        return gone

    def census(self) -> Census:
        """All accounts and tokens, and the number of the newest change among them, of one instant."""
        return self._database.run(_census)

    def changes(self, since: int) -> tuple[Change, ...]:
        """What was changed after this number, by whichever process."""
        return self._database.read(changes.since, since)

    # --- what modules keep ------------------------------------------------------------------------------------------

    def module_values(self, module: str) -> dict[str, str]:
        """See modules.values."""
        return self._database.read(modules.values, module)

    def keep_module_value(self, module: str, name: str, text: str | None) -> None:
        """See modules.keep."""
        self._database.run(modules.keep, module, name, text)

    # --- the outbox of callbacks --------------------------------------------------------------------------------------

    def write_outbox(self, work: Work) -> frozenset[str]:
        """See outbox.write."""
        return self._database.run(outbox.write, work)

    def outbox_queues(self) -> tuple[tuple[str, int], ...]:
        """See outbox.queues."""
        return self._database.run(outbox.queues)

    def outbox_parcels(self, queue: str, after: int, most: int) -> tuple[Stored, ...]:
        """See outbox.parcels."""
        return self._database.run(outbox.parcels, queue, after, most)

    def newest_parcel(self) -> int:
        """See outbox.newest."""
        return self._database.run(outbox.newest)

    def told(self, kind: str) -> tuple[tuple[str, Told], ...]:
        """See outbox.told."""
        return self._database.run(outbox.told, kind)

    def dead_letters(self, wanted: WantedLetters) -> tuple[Buried, ...]:
        """See outbox.dead_letters."""
        return self._database.run(outbox.dead_letters, wanted)

    def webhooks(self, seal: Seal) -> Webhooks:
        """The webhooks in this database, their secrets under this seal."""
        return Webhooks(self._database, seal)

    # --- the relay ----------------------------------------------------------------------------------------------------

    def registrations(self, seal: Seal) -> Registrations:
        """The relay's registrations in this database, their secrets under this seal."""
        return Registrations(self._database, seal)

    # --- the journal --------------------------------------------------------------------------------------------------

    def journal(self, wanted: journal.Filter) -> tuple[journal.Line, ...]:
        """The journal's lines that pass the filter, in the order of their numbers."""
        return self._database.read(journal.read, wanted)


def _newcomer(
    tables: Tables,
    name: str,
    scopes: Iterable[str],
    links: Iterable[Link],
    *,
    password_hash: str | None,
    now: float,
) -> Newcomer:
    subject = accounts.add(tables, name, links=links, password_hash=password_hash, now=now)
    return Newcomer(subject, *tokens.create(tables, subject.id, scopes, now))


def _census(tables: Tables) -> Census:
    # The number first: where the transaction does not freeze what it reads, a later change is told again, not missed.
    return Census(changes.newest(tables), accounts.every(tables), tokens.every(tables))
