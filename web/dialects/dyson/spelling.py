"""How DysonNetwork spells names, enums and instants (spec/dyson.md section 1; source of 2025-11 to 2026-08). Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

TYPES = ("Unknown", "Gaming", "Music", "Workout")
"""PresenceType by number."""

_SMALLEST, _LARGEST = -(2**31), 2**31 - 1


@lru_cache(maxsize=1024)
def folded(name: str) -> str:
    """A name as any spelling of it is looked up: `manual_id`, `manualId` and `Manual_Id` are one."""
    return name.replace("_", "").lower()


def by_name(document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The members that `names` (folded -> snake_case) knows, by snake_case; "snake_case wins if both are given"."""
    found: dict[str, Any] = {}
    exact: set[str] = set()
    for spelled, value in document.items():
        name = names.get(folded(spelled))
        if name is None:
            continue
        as_deployed = spelled.lower() == name
        if as_deployed or name not in exact:
            found[name] = value
        if as_deployed:
            exact.add(name)
    return found


@lru_cache(maxsize=256)
def camel(name: str) -> str:
    """`manual_id` as the README spells it: `manualId`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def whole_number(value: Any) -> int | None:
    """A JSON number without a fraction, however it is written (JSON Schema: 5.0 is an integer); None for all else."""
    if type(value) is float and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def type_in(value: Any) -> int | None:
    """A PresenceType by number or by name; None for what is neither. "Any 32-bit integer is accepted unchecked"."""
    number = whole_number(value)
    if number is not None:
        return number if _SMALLEST <= number <= _LARGEST else None
    names = [name.lower() for name in TYPES]
    return names.index(value.lower()) if isinstance(value, str) and value.lower() in names else None


def type_in_query(value: str) -> int | None:
    """As type_in, of a query's text: "names (case-insensitive) and numbers both work"."""
    return type_in(int(value)) if re.fullmatch(r"[+-]?[0-9]{1,10}", value) else type_in(value)


def type_name(number: int) -> int | str:
    """The name the README shows; the number itself where there is none."""
    return TYPES[number] if 0 <= number < len(TYPES) else number


def instant(seconds: float) -> str:
    """ISO 8601 in UTC with `Z`, micro-seconds truncated, trailing zeros removed (section 1.8)."""
    date = datetime.fromtimestamp(seconds, UTC)
    text = date.isoformat().removesuffix("+00:00")
    return f"{text.rstrip('0')}Z" if date.microsecond else f"{text}Z"


_SPACES = re.compile(r" +")
_BOUNDARY = re.compile(r"(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\dA-Z_])")


@lru_cache(maxsize=1024)
def key_out(key: str) -> str:
    """A key at the top of `meta` as the original's serializer folds it: HTTPStatus -> http_status (section 1.4)."""
    words = _BOUNDARY.sub("_", key.strip(" "))
    return _SPACES.sub("_", words).lower()
