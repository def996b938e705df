"""An account's notifications as an instance's REST API gives them: what to ask for, and what an answer says. Pure.

Sources: https://docs.joinmastodon.org/methods/notifications/ (`min_id`, `limit`, scope `read:notifications`) and
https://docs.joinmastodon.org/api/guidelines/#pagination. `min_id` gives those that come next after an id, and still
the newest of them first. A page may be shorter than was asked for, so only an empty one says that there is no more.
The Link header says no more than the ids do, and whoever followed it would carry the token to where it points.
"""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec

from actors.relay.registration import Instance
from actors.upstream.mastodon_address import Address

PAGE = 40
"""How many are asked for at once: what every instance gives where nothing is asked for."""
NONE_YET = "0"
"""Stands for the id before the first."""

_Id = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,64}\Z")] | int
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


class _Named(msgspec.Struct, gc=False):
    """All that is looked at in a notification."""

    id: _Id


_read_named = msgspec.json.Decoder(_Named).decode
_read_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Listed:
    """One notification; `payload` is its text, as it stood in the answer."""

    id: str
    payload: str


def id_of(payload: Any) -> str | None:
    """A notification's own id, be it text or a document; None where it has none."""
    try:
        named = _read_named(payload) if isinstance(payload, str) else msgspec.convert(payload, _Named)
    except _UNREADABLE:
        return None
    return str(named.id)


def notifications_address(instance: Instance, after: str | None) -> Address:
    """Where those are that come next after this id; None: where the newest is."""
    base = instance.replace_url_web or instance.url
    asked = {"limit": 1} if after is None else {"limit": PAGE, "min_id": after}
    return Address(
        f"{base.rstrip('/')}/api/v1/notifications?{urlencode(asked)}", guarded=instance.replace_url_web is None
    )


def read_page(body: bytes) -> tuple[Listed, ...] | None:
    """What an answer lists, oldest first; None where it is no list. What has no id cannot be told apart: left out."""
    try:
        texts = [str(bytes(raw), "utf-8") for raw in _read_list(body)]
    except _UNREADABLE:
        return None
    listed = [Listed(ident, text) for text in texts if (ident := id_of(text)) is not None]
    if all(_is_number(each.id) for each in listed):
        return tuple(sorted(listed, key=lambda each: int(each.id)))
    return tuple(reversed(listed))


def may_follow(ident: str, after: str) -> bool:
    """False for what certainly comes no later than `after`: ids that are no numbers have no order that we know."""
    if _is_number(ident) and _is_number(after):
        return int(ident) > int(after)
    return ident != after


def later_of(before: str | None, ident: str) -> str:
    """Where to go on from, when `ident` was told after `before`: instances do not always tell in the order of ids."""
    return before if before is not None and not may_follow(ident, before) else ident


def _is_number(ident: str) -> bool:
    return ident.isascii() and ident.isdigit()
