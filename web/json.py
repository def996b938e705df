"""Reading JSON that strangers send: strict, and within limits of depth, keys and length (RFC 8259, PROMISES 3.8).

orjson itself refuses NaN, Infinity and numbers beyond a double, lone surrogates, a byte order mark, whatever follows
the value, and more than 1,024 levels. Of duplicate keys the last counts, as in JSON.parse.
"""

from typing import Any

import orjson

from actors.errors import Malformed


def read(data: bytes | str, *, depth: int = 16, keys: int = 512, strings: int = 16_384) -> Any:
    """The value, or Malformed (`malformed-json`).

    Limits: `depth` levels of lists and objects, `keys` in one object, `strings` characters in one string or key.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Malformed("malformed-json", "not JSON") from None
    if isinstance(data, str):
        opened, named = data.count("[") + data.count("{"), data.count(":")
    else:
        opened, named = data.count(b"[") + data.count(b"{"), data.count(b":")
    # The text alone shows nearly always that no limit can be passed, at a fraction of a walk's cost.
    if opened > depth or named > keys:
        _nest(value, depth, keys)
    if len(data) > strings:
        _stretch(value, strings)
    return value


def _nest(value: Any, depth: int, keys: int) -> None:
    """Refuse what goes deeper than `depth` levels or has more keys; only containers are visited."""
    kind = type(value)
    if kind is dict:
        if len(value) > keys:
            raise Malformed("malformed-json", f"more than {keys} keys in an object")
        value = value.values()
    elif kind is not list:
        return
    if depth == 0:
        raise Malformed("malformed-json", "too many levels")
    for each in value:
        if type(each) is dict or type(each) is list:
            _nest(each, depth - 1, keys)


def _stretch(value: Any, strings: int) -> None:
    """Refuse strings and names longer than `strings`; at most as deep as `_nest` let through."""
    kind = type(value)
    if kind is str:
        if len(value) > strings:
            raise Malformed("malformed-json", f"a string longer than {strings} characters")
    elif kind is dict:
        for name, each in value.items():
            _stretch(name, strings)
            _stretch(each, strings)
    elif kind is list:
        for each in value:
            _stretch(each, strings)
