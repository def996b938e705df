"""The subscription object of Lantern's INIT, SUBSCRIBE and UNSUBSCRIBE, and its validation texts (section 6.3)."""

from dataclasses import dataclass
from typing import Any

from actors.errors import Malformed

EVERYBODY = "all"
_NAMES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a message is about: `names` as the client wrote them, each once; everybody where `everybody`."""

    names: tuple[str, ...]
    single: bool
    everybody: bool


def read(message: dict[str, Any]) -> Wanted:
    """The subscription in a message's `d`; Malformed with the first failing rule's text."""
    data = message.get("d", _ABSENT)
    if data is _ABSENT:
        raise Malformed("invalid-subscription", "Required")
    if not isinstance(data, dict):
        raise Malformed("invalid-subscription", f"Expected object, received {_name(data)}")
    single, several = data.get("user_id", _ABSENT), data.get("user_ids", _ABSENT)
    if single is not _ABSENT:
        _check(single)
    if several is not _ABSENT:
        if not isinstance(several, list):
            raise Malformed("invalid-subscription", f"Expected array, received {_name(several)}")
        for each in several:
            _check(each)
    if single is _ABSENT and several is _ABSENT:
        raise Malformed("invalid-subscription", "Either user_ids or user_id must be provided.")
    if single is not _ABSENT and several is not _ABSENT:
        raise Malformed("invalid-subscription", "Only one of user_ids or user_id can be provided.")
    names = (single,) if several is _ABSENT else tuple(dict.fromkeys(several))
    # "All" in the READMEs, "ALL" at the server, and `user_ids: ["All"]` in the oldest README: all of them.
    return Wanted(names, several is _ABSENT, any(name.lower() == EVERYBODY for name in names))


def _check(name: Any) -> None:
    if not isinstance(name, str):
        raise Malformed("invalid-subscription", f"Expected string, received {_name(name)}")
    units = len(name.encode("utf-16-le", "surrogatepass")) // 2
    if units < 3:
        raise Malformed("invalid-subscription", "String must contain at least 3 character(s)")
    if units > 19:
        raise Malformed("invalid-subscription", "String must contain at most 19 character(s)")


def _name(value: Any) -> str:
    return "null" if value is None else _NAMES[type(value)]
