"""DysonNetwork's part of /openapi.json, as the README spells it (spec/dyson.md sections 1 to 8)."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, structs

from web.dialects.dyson.artworks import MOUNTS
from web.dialects.dyson.requests import MOST_TAKEN
from web.openapi.operation import BINARY, PICTURES, Answers, Body, Chapter, Operation, Parameter, Said

Type = Literal["Unknown", "Gaming", "Music", "Workout"]
Number = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Text = Annotated[str, Meta(max_length=4096)]
Minutes = Annotated[int, Meta(ge=1, le=60)]
Artwork = Annotated[str, Meta(max_length=4096, description="An address, or `sha256:` with the hash of an upload.")]
JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"


class DysonGiven(Struct, rename="camel"):
    """What is said of an activity; snake_case is taken too, and null is as if it were not there."""

    type: Type | Number | UnsetType | None = UNSET
    manual_id: Text | UnsetType | None = UNSET
    title: Text | UnsetType | None = UNSET
    subtitle: Text | UnsetType | None = UNSET
    caption: Text | UnsetType | None = UNSET
    large_image: Artwork | UnsetType | None = UNSET
    small_image: Artwork | UnsetType | None = UNSET
    title_url: Text | UnsetType | None = UNSET
    subtitle_url: Text | UnsetType | None = UNSET
    provider: Annotated[str, Meta(max_length=256)] | UnsetType | None = UNSET
    reference_id: Annotated[str, Meta(max_length=1024)] | UnsetType | None = UNSET
    queryable_terms: list[str] | UnsetType | None = UNSET
    meta: dict[str, Any] | UnsetType | None = UNSET
    lease_minutes: Minutes | UnsetType | None = UNSET


class DysonActivity(Struct, rename="camel"):
    """An activity; instants are ISO 8601 in UTC."""

    id: str
    type: Type | int
    manual_id: str | None
    title: str | None
    subtitle: str | None
    caption: str | None
    large_image: str | None
    small_image: str | None
    title_url: str | None
    subtitle_url: str | None
    provider: str | None
    reference_id: str | None
    queryable_terms: list[str]
    meta: dict[str, Any] | None
    lease_minutes: int
    lease_expires_at: str
    account_id: str
    created_at: str
    updated_at: str
    deleted_at: str | None


DysonDeployed = defstruct(
    "DysonDeployed",
    [(each.name, int if each.name == "type" else each.type) for each in structs.fields(DysonActivity)],
    namespace={"__doc__": "An activity as the running servers spell it; also with `?wire=deployed`."},
)


class DysonUpload(Struct):
    """A form with a PNG, JPEG, GIF or WebP image."""

    file: BINARY


class DysonArtwork(Struct):
    """An image that is kept: `hash` is what activities name it by."""

    hash: str
    mime_type: str
    size: int
    url: str


class DysonProblem(Struct, rename="camel"):
    """A problem document (RFC 9457); `errors` say what is wrong with which member."""

    type: str
    title: str
    status: int
    trace_id: str
    detail: str | UnsetType = UNSET
    errors: dict[str, list[str]] | UnsetType = UNSET


class DysonRefusal(Struct, rename="camel"):
    """A refusal in the running servers' words."""

    code: str
    message: str
    status: int
    trace_id: str | UnsetType = UNSET


class DysonTooMany(Struct):
    """More was asked for than is given at once, in the running servers' words."""

    error: str
    details: list[str]


SCHEMES = {
    "dyson_bearer": {"type": "http", "scheme": "bearer"},
    "dyson_query": {"type": "apiKey", "in": "query", "name": "tk"},
}
_TOKEN = ("dyson_bearer", "dyson_query")
_ID = Parameter("id", "The activity's GUID; either this or manualId must be given.")
_NAMED = (_ID, Parameter("manualId", "The publisher's own name for it; counts more than id."))
_WHOLE = Annotated[int, Meta(ge=0, le=999_999_999)]
_FILTERS = (
    Parameter("includeExpired", "Also what is over.", bool),
    Parameter("query", "A part of a text."),
    Parameter("type", shape=(Type, Number)),
    Parameter("provider"),
    Parameter("referenceId"),
    Parameter("term"),
    Parameter("offset", shape=_WHOLE),
    Parameter("take", shape=Annotated[int, Meta(ge=0, le=MOST_TAKEN)]),
)


@dataclass(frozen=True, slots=True)
class _Wire:
    """What is answered at a mount, in either wire."""

    activity: Any
    refusal: tuple[Said, ...]

    def answers(self, shape: Any, *statuses: int) -> Answers:
        """With the refusals that any of these routes may give."""
        return {200: Said(shape, JSON), **self.refusals(*statuses)}

    def refusals(self, *statuses: int) -> Answers:
        """In each way that the mount words them."""
        return dict.fromkeys((*statuses, 429, 503), self.refusal)


_PROBLEM = Said(DysonProblem, PROBLEM)
_DOCUMENTED = _Wire(DysonActivity, (_PROBLEM,))
_DEPLOYED = _Wire(DysonDeployed, (Said((DysonRefusal, DysonTooMany), JSON), _PROBLEM))


def _activities(mount: str) -> dict[str, Operation]:
    activities = f"{mount}/activities"
    body = Body(DysonGiven)
    wire = _DOCUMENTED if mount == "/api" else _DEPLOYED
    one, several = wire.activity, list[wire.activity]  # type: ignore[name-defined]  # a shape, not an annotation
    return {
        f"GET {activities}": Operation(
            "What I do now; with a filter or includeExpired, pages of what was kept",
            wire.answers(several, 400, 401),
            _FILTERS,
            opened_by=_TOKEN,
        ),
        f"POST {activities}": Operation(
            "Begin an activity, or replace the active one of this manualId",
            wire.answers(one, 400, 401, 403, 409, 415),
            body=body,
            opened_by=_TOKEN,
        ),
        f"PUT {activities}": Operation(
            "Change an activity by id or manualId",
            wire.answers(one, 400, 401, 403, 404, 409, 415),
            _NAMED,
            body,
            _TOKEN,
        ),
        f"DELETE {activities}": Operation(
            "End an activity",
            {204: Said(), **wire.refusals(400, 401, 403, 404)},
            _NAMED,
            opened_by=_TOKEN,
        ),
        f"GET {activities}/<name>": Operation("What somebody does now, by GUID or name", wire.answers(several, 404)),
        f"PUT {activities}/<name>": Operation(
            "Change an activity by its GUID",
            wire.answers(one, 400, 401, 403, 404, 409, 415),
            body=body,
            opened_by=_TOKEN,
        ),
    }


def _artworks(mount: str) -> dict[str, Operation]:
    wire = _DOCUMENTED if mount == "/api" else _DEPLOYED
    pictures = tuple(Said(BINARY, kind) for kind in PICTURES)
    return {
        f"POST {mount}/presence/artworks": Operation(
            "Upload an image for activities to refer to",
            wire.answers(DysonArtwork, 400, 401, 403, 413),
            body=Body(DysonUpload, ("multipart/form-data",)),
            opened_by=_TOKEN,
        ),
        f"GET {mount}/presence/artworks/<hash>": Operation(
            "An image, whole or in part",
            {200: pictures, 206: pictures, 304: Said(), 416: Said(), **wire.refusals(400, 404)},
            (Parameter("hash", shape=Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")], place="path"),),
        ),
    }


CHAPTER = Chapter(
    "dyson",
    "DysonNetwork's activities with their leases; `WS /ws` tells of them. Under `/pass` and `/passport` answers are "
    "spelt as the running servers do.",
    {key: each for mount in MOUNTS for key, each in {**_activities(mount), **_artworks(mount)}.items()},
    SCHEMES,
)
