"""What the command line asks of the store, and its answers: a document for programs, a text for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from actors.accounts import Credential
from actors.courier.dead_letters import Buried, Wanted, page
from actors.errors import Malformed, Refused
from actors.presence import Subject
from storage.accounts import Link
from storage.passwords import hashed
from storage.store import Newcomer, Store
from storage.tokens import Entry

NEWCOMERS_SCOPES = ("publish", "kv")
"""What an account's first token allows."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """An account was made, with its first token."""

    newcomer: Newcomer

    def document(self) -> dict[str, Any]:
        """`id`, `name`, `listed`, `links`, and the `token` with its `token_id` and `scopes`."""
        token = _granted_document(self.newcomer.token, self.newcomer.credential)
        return _subject_document(self.newcomer.subject) | token

    def text(self) -> str:
        """Four lines; the token is in the last but one."""
        subject = self.newcomer.subject
        return f"{subject.name} is in.\n  id     {subject.id}\n{_granted_text(self.newcomer.token)}"


@dataclass(frozen=True, slots=True)
class Farewell:
    """An account was taken away."""

    subject: Subject

    def document(self) -> dict[str, Any]:
        """The account as `user list` showed it."""
        return _subject_document(self.subject)

    def text(self) -> str:
        """One line."""
        return f"{self.subject.name} is gone, with every link, token and live claim."


@dataclass(frozen=True, slots=True)
class People:
    """All accounts."""

    subjects: tuple[Subject, ...]

    def document(self) -> list[dict[str, Any]]:
        """An array of `id`, `name`, `listed`, `links`."""
        return [_subject_document(subject) for subject in self.subjects]

    def text(self) -> str:
        """A line each."""
        lines = [_subject_text(subject) for subject in self.subjects]
        return "\n".join(lines) or "No accounts yet: user add NAME makes one."


@dataclass(frozen=True, slots=True)
class Granted:
    """A token was made."""

    token: str
    credential: Credential

    def document(self) -> dict[str, Any]:
        """`token`, `token_id`, `scopes`, and `account` (null for first parties and operators)."""
        return _granted_document(self.token, self.credential) | {"account": self.credential.account}

    def text(self) -> str:
        """Two lines; the token is in the first."""
        return _granted_text(self.token)


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens that are not revoked."""

    entries: tuple[Entry, ...]

    def document(self) -> list[dict[str, Any]]:
        """An array of `id`, `account`, `name`, `scopes` and times in seconds since the epoch (null: none)."""
        return [_entry_document(entry) for entry in self.entries]

    def text(self) -> str:
        """A line each: id, owner, scopes, last use."""
        return "\n".join(_entry_text(entry) for entry in self.entries) or "No tokens."


@dataclass(frozen=True, slots=True)
class Revoked:
    """A token was ended."""

    id: str

    def document(self) -> dict[str, Any]:
        """`id` and `revoked`."""
        return {"id": self.id, "revoked": True}

    def text(self) -> str:
        """One line."""
        return f"{self.id} is revoked."


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Callbacks that were given up, the newest first; there may be more where it is `take`."""

    found: tuple[Buried, ...]
    take: int

    def document(self) -> dict[str, Any]:
        """As `GET /ops/dead-letters` has it."""
        return page(self.found, self.take)

    def text(self) -> str:
        """A line each."""
        return "\n".join(map(_letter_text, self.found)) or "There are no dead letters."


Answer = DeadLetters | Welcome | Farewell | People | Granted | Tokens | Revoked


def add_user(store: Store, name: str, links: Iterable[Link], password: str | None) -> Welcome:
    """Make an account and its first token, both or neither. Raises Malformed, Refused (`name-taken`, `link-taken`)."""
    kept = None if password is None else hashed(password)
    return Welcome(store.add_newcomer(name, NEWCOMERS_SCOPES, links=links, password_hash=kept))


def remove_user(store: Store, name_or_id: str) -> Farewell:
    """Take an account away. Raises Refused with `unknown-account`."""
    return Farewell(_known(store.remove_account(name_or_id)))


def list_users(store: Store) -> People:
    """All accounts by name."""
    return People(store.accounts())


def list_dead_letters(store: Store, queue: str | None, take: int) -> DeadLetters:
    """Callbacks that were given up, of one queue or of all. Raises Malformed with `bad-queue`."""
    if queue is not None and not queue.isprintable():
        raise Malformed("bad-queue", "a queue is written KIND:ID")
    return DeadLetters(store.dead_letters(Wanted(queue, take=take)), take)


def create_token(store: Store, name_or_id: str | None, scopes: Iterable[str], seconds: float | None = None) -> Granted:
    """Make a token of an account, or of nobody, that ends in so many seconds, or when it is revoked.

    Raises Malformed (`unknown-scope`), Refused (`unknown-account`).
    """
    owner = None if name_or_id is None else _known(store.account(name_or_id)).id
    return Granted(*store.create_token(owner, scopes, None if seconds is None else store.now() + seconds))


def list_tokens(store: Store) -> Tokens:
    """All tokens that are not revoked, oldest first."""
    return Tokens(store.tokens())


def revoke_token(store: Store, id: str) -> Revoked:  # noqa: A002  # the field's own name
    """End a token by its id. Raises Refused with `unknown-token`."""
    if not store.revoke_token(id):
        raise Refused("unknown-token", "there is no such token, or it was revoked before; token list shows the ids")
    return Revoked(id)


def _known(subject: Subject | None) -> Subject:
    if subject is None:
        raise Refused("unknown-account", "there is no account of this name or id; user list shows them")
    return subject


def _subject_document(subject: Subject) -> dict[str, Any]:
    links = [{"provider": provider, "id": theirs} for provider, theirs in subject.links]
    return {"id": subject.id, "name": subject.name, "listed": subject.listed, "links": links}


def _subject_text(subject: Subject) -> str:
    links = (f"{provider}:{theirs}" for provider, theirs in subject.links)
    return "  ".join((subject.id, subject.name, *links, *(() if subject.listed else ("(unlisted)",))))


def _granted_document(token: str, credential: Credential) -> dict[str, Any]:
    return {"token": token, "token_id": credential.id, "scopes": sorted(credential.scopes)}


def _granted_text(token: str) -> str:
    return f"  token  {token}\nKeep the token: it is not shown again."


def _entry_document(entry: Entry) -> dict[str, Any]:
    credential = entry.credential
    return {
        "id": credential.id,
        "account": credential.account,
        "name": entry.owner,
        "scopes": sorted(credential.scopes),
        "created_at": credential.created_at,
        "expires_at": credential.expires_at,
        "last_used_at": entry.last_used_at,
    }


def _entry_text(entry: Entry) -> str:
    used = "never used" if entry.last_used_at is None else f"used {_instant(entry.last_used_at)}"
    ends = "" if entry.credential.expires_at is None else f"  ends {_instant(entry.credential.expires_at)}"
    scopes = ",".join(sorted(entry.credential.scopes))
    return f"{entry.credential.id}  {entry.owner or '-'}  {scopes}  {used}{ends}"


def _letter_text(buried: Buried) -> str:
    letter, parcel = buried.letter, buried.letter.stored.parcel
    tries = f"{letter.stored.tries} tries"
    return f"{_instant(letter.died_at)}  {parcel.queue}  {parcel.id}  {letter.status or letter.error}  {tries}"


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
