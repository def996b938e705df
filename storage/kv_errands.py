"""What the `kv` commands ask of the store, and their answers: a document for programs, a text for people."""

from dataclasses import dataclass
from typing import Any

from actors.errors import Malformed, Refused
from actors.keyvalues import DropPairs, Pairs, SetPairs, fault_of
from actors.presence import Subject
from storage.store import Store
from storage.tokens import LANTERN


@dataclass(frozen=True, slots=True)
class Value:
    """One pair."""

    key: str
    value: str

    def document(self) -> dict[str, Any]:
        """`key` and `value`."""
        return {"key": self.key, "value": self.value}

    def text(self) -> str:
        """The value as it is."""
        return self.value


@dataclass(frozen=True, slots=True)
class All:
    """All pairs."""

    pairs: Pairs

    def document(self) -> dict[str, Any]:
        """The pairs as one object."""
        return dict(self.pairs)

    def text(self) -> str:
        """A line each."""
        return "\n".join(f"{key} = {value}" for key, value in self.pairs) or "No key-values."


@dataclass(frozen=True, slots=True)
class Done:
    """It was changed."""

    name: str
    pairs: int

    def document(self) -> dict[str, Any]:
        """`name`, and how many `pairs` there are now."""
        return {"name": self.name, "pairs": self.pairs}

    def text(self) -> str:
        """One line."""
        return f"{self.name} keeps {self.pairs} key-value{'' if self.pairs == 1 else 's'}."


@dataclass(frozen=True, slots=True)
class Token:
    """A token in a dialect's form."""

    token: str

    def document(self) -> dict[str, Any]:
        """`token`."""
        return {"token": self.token}

    def text(self) -> str:
        """The token alone."""
        return self.token


def get_pair(store: Store, name: str, key: str) -> Value:
    """One value. Raises Refused with `unknown-account` or `unknown-key`."""
    pairs = dict(store.storage(_known(store, name).id).pairs)
    if key not in pairs:
        raise Refused("unknown-key", f"{name} keeps nothing at {key}; kv list shows what there is")
    return Value(key, pairs[key])


def list_pairs(store: Store, name: str) -> All:
    """All of an account's. Raises Refused with `unknown-account`."""
    return All(store.storage(_known(store, name).id).pairs)


def set_pair(store: Store, name: str, key: str, value: str) -> Done:
    """Make or replace one. Raises Malformed; Refused with `unknown-account` or `too-many-pairs`."""
    fault = fault_of(key, value)
    if fault is not None:
        raise Malformed("bad-pair", fault)
    subject = _known(store, name)
    return Done(subject.name, len(store.change_storage(SetPairs(subject.id, ((key, value),))).pairs))


def delete_pair(store: Store, name: str, key: str) -> Done:
    """Take one away. Raises Refused with `unknown-account` or `unknown-key`."""
    subject = _known(store, name)
    return Done(subject.name, len(store.change_storage(DropPairs(subject.id, (key,), only_known=True)).pairs))


def give_token(store: Store, name: str, dialect: str, *, show: bool) -> Token:
    """A new token in place of the one before; with `show` Lantern's again, which alone is kept readable."""
    subject = _known(store, name)
    if not show:
        return Token(store.issue_dialect_token(subject, dialect).text)
    if dialect != LANTERN:
        raise Refused("shown-once", "a key of this dialect is shown once, when it is made")
    return Token(store.dialect_token(subject))


def _known(store: Store, name: str) -> Subject:
    subject = store.account(name)
    if subject is None:
        raise Refused("unknown-account", "there is no account of this name or id; user list shows them")
    return subject
