"""presenti's links, and the users they are of, as /openapi.json has them (spec/presenti.md sections 4.8 and 4.10)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from web.dialects.presenti.openapi.answers import ANYBODY, FIRST_PARTY, PresentiOk, answers
from web.openapi.operation import Body, Operation, Parameter

Platform = Literal["DISCORD", "SPOTIFY", "SPOTIFY_INTERNAL", "SLACK"]
Word = Annotated[str, Meta(min_length=1)]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class PresentiLink(Struct):
    """A user's identity elsewhere. Directions: 0 nowhere, 1 to presenti, 2 to the platform, 3 both."""

    uuid: str
    platform: Platform
    platform_id: str = msgspec.field(name="platformID")
    user_uuid: str = msgspec.field(name="userUUID")
    pipe_direction: Annotated[int, Meta(ge=0, le=3)] = msgspec.field(name="pipeDirection")
    scope: str | UnsetType = UNSET


class PresentiLinks(Struct):
    """All links to a platform, each with its user's name as `scope`."""

    links: list[PresentiLink]


class PresentiUser(Struct):
    """An account; `platforms` is null for whoever may not see its links."""

    uuid: str
    display_name: str | None = msgspec.field(name="displayName")
    user_id: str = msgspec.field(name="userID")
    platforms: dict[str, PresentiLink] | None
    excludes: list[str]


class PresentiNewLink(Struct):
    """What is to be linked; any other direction than a known name or number is 0."""

    platform: Platform
    platform_id: Word = msgspec.field(name="platformID")
    user_uuid: Uuid = msgspec.field(name="userUUID")
    pipe_direction: Any = msgspec.field(name="pipeDirection", default=UNSET)


class PresentiDirection(Struct):
    """A direction by number or name; any other is 0."""

    direction: Any = UNSET


UUID = Parameter("uuid", "A UUID.")
_MEANT = (
    UUID,
    Parameter("platform", "Only together with platformID.", Platform),
    Parameter("platformID"),
    Parameter("userUUID", "Only together with one of the others."),
)
LINKS = {
    "POST /api/link": Operation(
        "Link an account",
        answers(PresentiLink, 400, 403, 404),
        body=Body(PresentiNewLink),
        opened_by=FIRST_PARTY,
    ),
    "GET /api/link": Operation("A link", answers(PresentiLink, 400, 403, 404), _MEANT, opened_by=FIRST_PARTY),
    "DELETE /api/link": Operation("Remove a link", answers(PresentiOk, 400, 403, 404), _MEANT, opened_by=FIRST_PARTY),
    "GET /api/link/user": Operation(
        "Whose link it is", answers(PresentiUser, 400, 403, 404), _MEANT, opened_by=FIRST_PARTY
    ),
    "GET /api/link/bulk/<platform>": Operation(
        "All links to a platform",
        answers(PresentiLinks, 400, 403),
        (Parameter("platform", shape=Platform, place="path"),),
        opened_by=FIRST_PARTY,
    ),
    "PATCH /api/link/<uuid>/pipe": Operation(
        "Steer a link",
        answers(PresentiLink, 400, 403, 404),
        body=Body(PresentiDirection),
        opened_by=FIRST_PARTY,
    ),
    "PATCH /api/user/me/pipe/<uuid>": Operation(
        "Steer a link of one's own",
        answers(PresentiLink, 400, 401, 403, 404),
        body=Body(PresentiDirection),
        opened_by=ANYBODY,
    ),
    "DELETE /api/user/me/pipe/<uuid>": Operation(
        "Remove a link of one's own", answers(PresentiOk, 401, 403, 404), opened_by=ANYBODY
    ),
}
