"""Register: who is who, who is in, and what is known of them: what OTP would keep in tables that anybody may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pykka

from actors.identities import identity_in
from actors.presence import Claim, Kept, Presence, Subject
from actors.transformations import Shaping

Key = TypeVar("Key")

UUID_LENGTH = 36
"""Characters of an account's id."""


@dataclass(slots=True)
class Register:
    """Written by the Directory (presences: by each User); a look-up costs a dictionary access, not a message."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    """Accounts by id."""
    names: dict[str, str] = field(default_factory=dict)
    """Account's name -> id."""
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """A name in lower case -> the accounts' names that differ from it by case alone, in order."""
    links: dict[tuple[str, str], str] = field(default_factory=dict)
    """(provider, id there) -> account's id."""
    removed: dict[str, str] = field(default_factory=dict)
    """Id of an account that was removed -> the name it had, under which its user goes on."""
    refs: dict[str, pykka.ActorRef[Any]] = field(default_factory=dict)
    """Users that live, by id."""

    presences: dict[str, Presence] = field(default_factory=dict)
    """What is known of each user, by id; written by that User alone, before it answers whoever changed it."""
    kept: dict[str, Kept] = field(default_factory=dict)
    """What is kept of each user, by id, while its User rests; written as `presences` is."""
    shapings: dict[str, Shaping] = field(default_factory=dict)
    """How what each account publishes is shown, by its id, where it has or had rules; written as `presences` is."""
    hooked: Mapping[str, object] = field(default_factory=dict)
    """Names and ids that some webhook asks for (actors/webhooks/): changes of theirs are told to the notifier."""
    watched: bool = False
    """True while somebody watches everybody (actors/roster.py): then each change is told to the roster."""

    def resolve(self, name: str, provider: str | None = None) -> str:
        """The id of whoever is meant: the dialect's own link, then UUID, then account's name, then the bare name."""
        if provider is not None and (linked := self.links.get((provider, name))) is not None:
            return linked
        if name in self.subjects:
            return name
        name = self.removed.get(name, name)
        known = self.names.get(name)
        if known is None and len(name) == UUID_LENGTH and (folded := name.lower()) in self.subjects:
            return folded  # RFC 9562 section 4: read in either case; no name has the form of a UUID
        return known or name

    def in_any_case(self, name: str) -> str | None:
        """The id of the account of this name, or else of the first that differs from it by case alone."""
        spelled = self.spellings.get(name.lower(), ())
        return self.names[name if name in spelled else spelled[0]] if spelled else None

    def find(self, name: str) -> str:
        """As `resolve`, of whoever is called this by any of their identities, not only in one dialect."""
        if name in self.subjects or name in self.names:
            return self.resolve(name)
        identity = identity_in(name)
        if identity is None:
            return self.resolve(name)
        provider, ident = identity
        return self.resolve(ident, provider)

    def subject(self, user: str) -> Subject:
        """The account of this id, or who has nothing but a name."""
        return self.subjects.get(user) or Subject(user, user)

    def shown(self, user: str, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        """What is to be seen of these claims about the user of this id: one for each, in their order."""
        shaping = self.shapings.get(user)
        return claims if shaping is None or shaping.shape is None else shaping.shape(claims)

    def learn(self, subject: Subject) -> None:
        """Take an account in, in place of what was known of it."""
        self.forget(subject.id)
        self.removed.pop(subject.id, None)
        self.subjects[subject.id] = subject
        self.names[subject.name] = subject.id
        folded = subject.name.lower()
        self.spellings[folded] = tuple(sorted({*self.spellings.get(folded, ()), subject.name}))
        self.links.update(dict.fromkeys(subject.links, subject.id))

    def forget(self, user: str) -> Subject | None:
        """Drop an account; answered with what was known of it."""
        known = self.subjects.pop(user, None)
        if known is not None:
            if _take_back(self.names, known.name, user):
                self._unlearn_spelling(known.name)
            for link in known.links:
                _take_back(self.links, link, user)
            self.removed[known.id] = known.name
        return known

    def _unlearn_spelling(self, name: str) -> None:
        left = tuple(spelled for spelled in self.spellings[name.lower()] if spelled != name)
        if left:
            self.spellings[name.lower()] = left
        else:
            del self.spellings[name.lower()]


def _take_back(table: dict[Key, str], key: Key, user: str) -> bool:
    """Strike the entry off, unless it is somebody else's by now: names change hands in any order."""
    if table.get(key) != user:
        return False
    del table[key]
    return True
