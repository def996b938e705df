r"""presenti's rules: what an account's transformations do to what it publishes (spec/presenti.md section 4.11, v1.2.0).

A rule's `match` is a stranger's regular expression, so RE2 runs it, in a time that grows with the text alone; what the
rules of an account may cost for one report is bounded besides. The facts say nothing of groups: where the type is
`replace`, `value` may hold RE2's own `\0` (all that matched) to `\9`, and `\\` for a backslash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.text import is_unicode

FIELDS = {"title": "text", "largeText": "text", "smallTexts": "text", "image": "src"}
"""The text and image fields, and what holds the text where a value is an object with a link."""

LOOKED_AT = 512
"""Characters of a text that are looked at; what follows stays as it is. An image may be a long `data:` address."""
PURSE = 1_500_000
"""What the rules of an account may cost for one report: characters times a pattern's instructions; 25 ms at worst."""
_LOOK, _MATCH, _PIECE, _ENTRY = 300, 1000, 80, 40
"""What it costs besides: to look at a field; to find a match; each of its groups or pieces put there; each entry."""

_REMOVED: dict[str, Any] = {"title": "", "largeText": "", "smallTexts": [], "image": None}
"""What is left of a deleted field: as where another dialect said nothing, over which no renderer stumbles."""


class SpentError(Exception):
    """The rules of an account have cost what they may."""


class Purse:
    """What the rules may still cost."""

    def __init__(self, left: int = PURSE) -> None:
        self._left = left

    def pay(self, cost: int = 0) -> None:
        """Pay for one look at so many characters, times instructions. Raises SpentError."""
        self._left -= _LOOK + cost
        if self._left < 0:
            raise SpentError


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Pattern:
    """A compiled `match`."""

    regex: Any

    def is_in(self, text: str, purse: Purse) -> bool:
        """Whether it is found."""
        purse.pay(len(text) * self.regex.programsize + _PIECE * self.regex.groups)
        return self.regex.search(text) is not None

    def replaced(self, text: str, pieces: tuple[str | int, ...], purse: Purse) -> str:
        """The text with these in place of each match; where it becomes too long, its end is cut."""
        done: list[str] = []
        length = at = 0
        purse.pay(len(text) * self.regex.programsize)
        each = _MATCH + _PIECE * (self.regex.groups + len(pieces))
        for match in self.regex.finditer(text):
            purse.pay(each + (len(text) - match.end()) * self.regex.programsize)
            done += [text[at : match.start()], *(_piece(match, piece) for piece in pieces)]
            length, at = length + sum(map(len, done[-len(pieces) - 1 :])), match.end()
            if length > LOOKED_AT:
                break
        return "".join((*done, text[at:]))[:LOOKED_AT]


def _piece(match: Any, piece: str | int) -> str:
    return piece if isinstance(piece, str) else match.group(piece) or ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `type` is set, replace or delete; `pieces` are the value's texts and its numbers of groups."""

    type: str
    property: str | None = None
    pattern: Pattern | None = None
    value: str = ""
    pieces: tuple[str | int, ...] = ()

    def on(self, document: Mapping[str, Any], purse: Purse) -> dict[str, Any]:
        """The document as this rule shows it; what it doesn't touch stays as it came."""
        purse.pay(_ENTRY * len(document))
        shown = dict(document)
        for name in FIELDS if self.property is None else (self.property,):
            purse.pay()
            value = document.get(name)
            after = self._field(name, value, purse)
            if after is not value:
                shown[name] = after
        return shown

    def _field(self, name: str, value: Any, purse: Purse) -> Any:
        if self.pattern is None and self.property is not None:
            return self._whole(name, value)
        if name != "smallTexts":
            after = self._value(name, value, purse)
            return _REMOVED[name] if after is None and value is not None else after
        if not isinstance(value, list):
            return value
        purse.pay(_ENTRY * len(value))
        lines = [(line, self._value(name, line, purse)) for line in value]
        if all(before is after for before, after in lines):
            return value
        return [after for before, after in lines if after is not None or before is None]

    def _whole(self, name: str, value: Any) -> Any:
        """The field that is named, whatever it holds; only where something is set it need not be there."""
        if self.type == "delete":
            return value if value is None else _REMOVED[name]
        if name == "smallTexts":
            return [self.value]
        return {**value, FIELDS[name]: self.value} if isinstance(value, dict) else self.value

    def _value(self, name: str, value: Any, purse: Purse) -> Any:
        """A text, or an object with a text and a link, as this rule shows it; None where it is deleted."""
        text = value.get(FIELDS[name]) if isinstance(value, dict) else value
        if not isinstance(text, str) or not text or not is_unicode(text):  # RE2 reads UTF-8
            return value
        after = self._text(text, purse)
        if after is text or after is None:
            return value if after is text else None
        return {**value, FIELDS[name]: after} if isinstance(value, dict) else after

    def _text(self, text: str, purse: Purse) -> str | None:
        head, tail = text[:LOOKED_AT], text[LOOKED_AT:]
        if self.pattern is not None and self.type == "replace":
            after = self.pattern.replaced(head, self.pieces, purse)
            return text if after == head else after + tail
        if self.pattern is not None and not self.pattern.is_in(head, purse):
            return text
        return self.value if self.type == "set" else None
