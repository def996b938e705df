"""What a request says of a transformation, read and kept in one form (spec/presenti.md section 4.11)."""

import re
from typing import Any
from weakref import WeakValueDictionary

import re2

from actors.errors import Malformed
from web.dialects.presenti.rules import FIELDS, Pattern, Rule

TYPES = ("set", "replace", "delete")
LONGEST_MATCH, LONGEST_VALUE = 256, 1024
MOST_IDS, LONGEST_ID = 64, 256
LARGEST_PROGRAM = 1500
"""Instructions that a `match` may become."""

_OPTIONS = re2.Options()
_OPTIONS.max_mem = 1 << 16  # bytes; each rule of each account may come to hold so many
_OPTIONS.log_errors = False
_COMPILED: WeakValueDictionary[str, Pattern] = WeakValueDictionary()
"""Those in use, by their text: an account's others need not be compiled again where one of its rules is changed."""
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


def transformation_in(body: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`rule` and `ids`. Raises Malformed with `bad-rule` or `bad-ids` and a sentence for whoever wrote it."""
    rule, ids = change_in(body)
    if rule is None:
        raise Malformed("bad-rule", "A rule is missing.")
    if ids is None:
        raise Malformed("bad-ids", "The ids are missing.")
    return rule, ids


def change_in(body: Any) -> tuple[dict[str, Any] | None, tuple[str, ...] | None]:
    """The same, where one of the two may be missing: it is to stay."""
    if not isinstance(body, dict) or not ("rule" in body or "ids" in body):
        raise Malformed("malformed-body")
    rule = _rule_document(body["rule"]) if "rule" in body else None
    if rule is not None:
        rule_of(rule)
    return rule, _ids(body["ids"]) if "ids" in body else None


def rule_of(document: Any) -> Rule:
    """A rule that can be applied. Raises Malformed (`bad-rule`)."""
    pattern = _pattern(document["match"]) if "match" in document else None
    value = document.get("value", "")
    pieces = _pieces(value, pattern) if pattern is not None and document["type"] == "replace" else ()
    return Rule(document["type"], document.get("property"), pattern, value, pieces)


def fault_of(document: Any) -> str | None:
    """What is wrong with a rule that was kept, in a sentence; None where it can be applied."""
    try:
        rule_of(document)
    except Malformed as fault:
        return str(fault)
    return None


def _rule_document(said: Any) -> dict[str, Any]:
    """The members that mean something; one that is null is not there."""
    if not isinstance(said, dict):
        raise Malformed("bad-rule", "A rule is an object.")
    rule = {name: said[name] for name in ("type", "property", "match", "value") if said.get(name) is not None}
    if rule.get("type") not in TYPES:
        raise Malformed("bad-rule", f"A rule's type is one of {', '.join(TYPES)}.")
    if "property" in rule and rule["property"] not in tuple(FIELDS):
        raise Malformed("bad-rule", f"A rule's property is one of {', '.join(FIELDS)}, or is left out for all of them.")
    for name, longest in (("match", LONGEST_MATCH), ("value", LONGEST_VALUE)):
        if not isinstance(rule.get(name, ""), str) or len(rule.get(name, "")) > longest:
            raise Malformed("bad-rule", f"A rule's {name} is a text of up to {longest} characters.")
    if rule.get("match") == "":
        del rule["match"]
    if rule["type"] == "set" and "value" not in rule:
        raise Malformed("bad-rule", "A rule that sets needs a value.")
    if rule["type"] == "replace" and "match" not in rule:
        raise Malformed("bad-rule", "A rule that replaces needs a match.")
    return rule


def _pattern(match: str) -> Pattern:
    known = _COMPILED.get(match)
    if known is None:
        known = _COMPILED[match] = _compiled(match)
    return known


def _compiled(match: str) -> Pattern:
    try:
        regex = re2.compile(match, _OPTIONS)
    except re2.error as error:
        fault = error.args[0] if error.args else ""
        said = fault.decode("utf-8", "replace") if isinstance(fault, bytes) else str(fault)
        raise Malformed("bad-rule", f"A rule's match is no expression of RE2's syntax: {said}.") from None
    if regex.programsize > LARGEST_PROGRAM:
        raise Malformed("bad-rule", "A rule's match asks for too much: fewer or smaller repetitions would do.")
    return Pattern(regex)


def _pieces(value: str, pattern: Pattern) -> tuple[str | int, ...]:
    """The value's texts and its numbers of groups, in turn."""
    pieces: list[str | int] = []
    at = 0
    for escape in _ESCAPE.finditer(value):
        letter = escape[1]
        if letter != "\\" and not (letter in tuple("0123456789") and int(letter) <= pattern.regex.groups):
            raise Malformed("bad-rule", r"In a value, \ stands before the number of a group of the match or another \.")
        pieces += [value[at : escape.start()], "\\" if letter == "\\" else int(letter)]
        at = escape.end()
    return tuple(piece for piece in (*pieces, value[at:]) if piece != "")


def _ids(said: Any) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(said)) if isinstance(said, list) and all(isinstance(each, str) for each in said) else None
    if ids is None or len(ids) > MOST_IDS or not all(1 <= len(each) <= LONGEST_ID for each in ids):
        raise Malformed("bad-ids", f"The ids are a list of up to {MOST_IDS} texts of 1 to {LONGEST_ID} characters.")
    return ids
