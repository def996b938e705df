"""presenti's user and link objects, and what its account requests say (spec/presenti.md sections 4.8 to 4.10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.accounts import Pipe, is_uuid
from actors.errors import Malformed
from actors.presence import Subject

PLATFORMS = {
    "DISCORD": "discord",
    "SPOTIFY": "spotify",
    "SPOTIFY_INTERNAL": "spotify_internal",
    "SLACK": "slack",
}
"""presenti's names of platforms, and the house's names of the same providers."""

_NAMES = {provider: platform for platform, provider in PLATFORMS.items()}
_DIRECTIONS = {"NOWHERE": 0, "PRESENTI": 1, "PLATFORM": 2, "BIDIRECTIONAL": 3}


def user(subject: Subject, pipes: Iterable[Pipe] | None) -> dict[str, Any]:
    """Section 4.8: a user; its links where `pipes` says them, else `platforms` is null."""
    return {
        "uuid": subject.id,
        "displayName": None,
        "userID": subject.name,
        "platforms": None if pipes is None else {link["platform"]: link for link in map(link, known(pipes))},
        "excludes": [],
    }


def known(pipes: Iterable[Pipe]) -> list[Pipe]:
    """Those that lead to one of presenti's platforms."""
    return [pipe for pipe in pipes if pipe.provider in _NAMES]


def link(pipe: Pipe) -> dict[str, Any]:
    """Section 4.10: a link."""
    return {
        "uuid": pipe.uuid,
        "platform": _NAMES[pipe.provider],
        "platformID": pipe.id,
        "userUUID": pipe.account,
        "pipeDirection": pipe.direction,
    }


def scoped_link(pipe: Pipe, name: str) -> dict[str, Any]:
    """The same with its user's name."""
    return {**link(pipe), "scope": name}


def direction_in(value: Any) -> int:
    """Section 4.10: "names accepted, junk or absent: 0"."""
    if isinstance(value, str):
        return _DIRECTIONS.get(value, 0)
    return int(value) if type(value) in {int, float} and value in {0, 1, 2, 3} else 0


def direction_of(body: Any) -> int:
    """The `direction` of a PATCH's body."""
    return direction_in(_object(body).get("direction"))


def name_and_password(body: Any, code: str) -> tuple[str, str]:
    """`id` and `password`; Malformed with this code where one is missing, empty or no text."""
    said = _object(body)
    name, password = said.get("id"), said.get("password")
    if not (isinstance(name, str) and name and isinstance(password, str) and password):
        raise Malformed(code)
    return name, password


def old_and_new_password(body: Any) -> tuple[str, str]:
    """`password` and `newPassword`; Malformed (`missing-passwords`) where one is missing, empty or no text."""
    said = _object(body)
    old, new = said.get("password"), said.get("newPassword")
    if not (isinstance(old, str) and old and isinstance(new, str) and new):
        raise Malformed("missing-passwords")
    return old, new


@dataclass(frozen=True, slots=True)
class NewLink:
    """What `POST /api/link` asks for."""

    provider: str
    id: str
    account: str
    direction: int


def new_link(body: Any) -> NewLink:
    """Malformed with `missing-link-fields`, or `malformed-body` for a platform or a UUID that is none."""
    said = _object(body)
    platform, theirs, account = (said.get(name) for name in ("platform", "platformID", "userUUID"))
    if not (platform and theirs and account):
        raise Malformed("missing-link-fields")
    if not (isinstance(platform, str) and isinstance(theirs, str) and isinstance(account, str) and is_uuid(account)):
        raise Malformed("malformed-body")
    return NewLink(provider(platform), theirs, account, direction_in(said.get("pipeDirection")))


@dataclass(frozen=True, slots=True)
class LinkQuery:
    """Which link is meant; None says nothing."""

    uuid: str | None
    provider: str | None
    id: str | None
    account: str | None


def link_query(query: Mapping[str, str]) -> LinkQuery:
    """Section 4.10: "platform and platformID only together; userUUID only with platform or uuid"; else Malformed."""
    uuid, platform, theirs, account = (query.get(name) or None for name in _LINK_PARAMETERS)
    if (platform is None) != (theirs is None) or (uuid is None and platform is None):
        raise Malformed("malformed-body")
    return LinkQuery(uuid, None if platform is None else provider(platform), theirs, account)


_LINK_PARAMETERS = ("uuid", "platform", "platformID", "userUUID")


def provider(platform: str) -> str:
    """The house's name of a platform; Malformed for one that presenti does not know."""
    if platform not in PLATFORMS:
        raise Malformed("malformed-body", "unknown platform")
    return PLATFORMS[platform]


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Malformed("malformed-body")
    return body
