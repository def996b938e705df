"""Key-values: what an account's owner keeps beside its presence, durable; values and what may be asked of them."""

import re
from dataclasses import dataclass

from actors.errors import HouseError
from actors.text import is_longer, is_unicode

MOST_PAIRS = 512
LONGEST_KEY = 255
LONGEST_VALUE = 30_000
"""In what a reader takes for one character, as Lanyard counts."""

MOST_BYTES = 256 * 1024
"""Of a value, since one such character has no limit of its own."""

MOST_CHARACTERS = 1_000_000
"""In all keys and values together: every document about the user has them in it, and each change sends it anew."""

Pairs = tuple[tuple[str, str], ...]

_KEY = re.compile(r"[a-zA-Z0-9_]+")


@dataclass(frozen=True, slots=True)
class Storage:
    """All that an account keeps, in order of its making.

    `revision` grows with each commit that changes something, so that of two the newer can be told. An account without
    a storage has revision 0.
    """

    account: str
    pairs: Pairs = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class SetPairs:
    """Set these, in place of what stands at their keys; with `only_known` none of them is made.

    Refused with `unknown-account`, `unknown-key`, `too-many-pairs` for what would make more than MOST_PAIRS, and
    `storage-full` for what would make more than MOST_CHARACTERS.
    """

    account: str
    pairs: Pairs
    only_known: bool = False


@dataclass(frozen=True, slots=True)
class DropPairs:
    """Take these keys' pairs away, all where `keys` is None. Refused as in SetPairs."""

    account: str
    keys: tuple[str, ...] | None = None
    only_known: bool = False


Change = SetPairs | DropPairs

Outcome = Storage | HouseError
"""The storage as it is kept now, or why nothing was changed."""


def fault_of(key: str, value: str) -> str | None:
    """Why this cannot be a pair in any dialect, as a sentence for its author; None when it can."""
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        return f"a key has 1 to {LONGEST_KEY} of a-z A-Z 0-9 _"
    if not is_unicode(value):
        return "a value must be Unicode text"
    if is_longer(value, LONGEST_VALUE):
        return f"a value has at most {LONGEST_VALUE:,} characters"
    if len(value.encode()) > MOST_BYTES:
        return f"a value has at most {LONGEST_VALUE:,} characters, in {MOST_BYTES:,} bytes"
    return None
