"""The kinds of value that a setting may have: each knows what it takes, and says it in words.

A kind's `fit` returns the value as the settings keep it and raises ValueError for what it cannot take. Text from the
environment or from flags is tried as JSON first, then as it stands, then as a list parted by commas.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value; `expected` completes the sentence "... must be"."""

    expected: str
    fit: Callable[[Any], Any]
    secret: bool = False


def path_of(value: str | Path) -> Path:
    """The path, with a leading ~ as the home that it means; ValueError where nobody has that home."""
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError from None


def candidates(text: str) -> list[Any]:
    """The readings of a text, likeliest first."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return [orjson.loads(text), text, parts]
    except ValueError:
        return [text, parts]


def _kept(default: Any, kind: Kind) -> Any:
    return field(default=default, metadata={"kind": kind})


def whole(default: int, low: int, high: int) -> Any:
    """A whole number within bounds."""

    def fit(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    return _kept(default, Kind(f"a whole number from {low} to {high}", fit))


def decimal(default: float, low: float, high: float) -> Any:
    """A number within bounds."""

    def fit(value: Any) -> float:
        if type(value) not in {int, float} or not low <= value <= high:
            raise ValueError
        return float(value)

    return _kept(default, Kind(f"a number from {low:g} to {high:g}", fit))


def switch(*, default: bool) -> Any:
    """True or false."""

    def fit(value: Any) -> bool:
        if type(value) is not bool:
            raise ValueError
        return value

    return _kept(default, Kind("true or false", fit))


def one_of(default: str, *words: str) -> Any:
    """One of a few words."""

    def fit(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return _kept(default, Kind("one of " + ", ".join(words), fit))


def text(default: str | None, pattern: str, expected: str, *, secret: bool = False) -> Any:
    """Printable text that matches a pattern as a whole; None (or empty) is taken where None is the default."""
    shape = re.compile(pattern)

    def fit(value: Any) -> str | None:
        if default is None and value in (None, ""):
            return None
        if not isinstance(value, str) or not value.isprintable() or not shape.fullmatch(value):
            raise ValueError
        return value

    return _kept(default, Kind(expected, fit, secret))


def snowflake() -> Any:
    """A Discord id, kept as text; a bare number in the file is taken too."""

    def fit(value: Any) -> str | None:
        if value in (None, ""):
            return None
        if type(value) not in {int, str} or not re.fullmatch(r"[0-9]{15,20}", str(value)):
            raise ValueError
        return str(value)

    return _kept(None, Kind("a Discord id of 15 to 20 digits", fit))


def folder(default: str) -> Any:
    """A path of the file system."""

    def fit(value: Any) -> Path:
        if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
            raise ValueError
        return path_of(value)

    return _kept(Path(default), Kind("a folder's path", fit))


def texts(default: tuple[str, ...], pattern: str, expected: str) -> Any:
    """A list of texts, each of which matches the pattern."""
    shape = re.compile(pattern)

    def fit(value: Any) -> tuple[str, ...]:
        listed = value if isinstance(value, list | tuple) else [None]
        if not all(isinstance(each, str) and shape.fullmatch(each) for each in listed):
            raise ValueError
        return tuple(value)

    return _kept(default, Kind(expected, fit))


def networks(default: tuple[str, ...]) -> Any:
    """A list of addresses and address ranges."""

    def fit(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise ValueError
        return tuple(str(ipaddress.ip_network(each, strict=False)) for each in value)

    return _kept(default, Kind('a list of addresses or ranges such as "10.0.0.0/8"', fit))


def file_or_table() -> Any:
    """The path of a file, or what would stand in it as a table of tables."""

    def fit(value: Any) -> Path | Mapping[str, Any] | None:
        if value in (None, ""):
            return None
        if isinstance(value, str) and "\0" not in value:
            return path_of(value)
        if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
            raise ValueError
        return value

    return _kept(None, Kind("a file's path or a table of tables", fit))
