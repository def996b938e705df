"""presenti's transformations as /openapi.json has them (spec/presenti.md section 4.11)."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from web.dialects.presenti.openapi.answers import ANYBODY, PresentiOk, answers
from web.openapi.operation import Body, Operation

Field = Literal["title", "largeText", "smallTexts", "image"] | UnsetType | None
Match = Annotated[str, Meta(max_length=256)] | UnsetType | None
Value = Annotated[str, Meta(max_length=1024)]


class PresentiSetRule(Struct, tag_field="type", tag="set"):
    """The value takes a field's place, where `match` (RE2) is found; without `property` in each text and image."""

    value: Value
    property: Field = UNSET
    match: Match = UNSET


class PresentiReplaceRule(Struct, tag_field="type", tag="replace"):
    r"""Each match gives way to the value, in which \0 to \9 are its groups and \\ is a backslash."""

    match: Annotated[str, Meta(min_length=1, max_length=256)]
    property: Field = UNSET
    value: Value | UnsetType | None = UNSET


class PresentiDeleteRule(Struct, tag_field="type", tag="delete"):
    """The field goes, where `match` is found."""

    property: Field = UNSET
    match: Match = UNSET


PresentiRule = PresentiSetRule | PresentiReplaceRule | PresentiDeleteRule
Ids = Annotated[list[Annotated[str, Meta(min_length=1, max_length=256)]], Meta(max_length=64)]


class PresentiTransformation(Struct):
    """A rule, and the ids of the presences that it is for."""

    uuid: str
    rule: PresentiRule
    ids: Ids
    error: str | UnsetType = UNSET
    """Why it cannot be applied any more."""


class PresentiTransformations(Struct):
    """All of one's own, in the order in which they are applied."""

    transformations: list[PresentiTransformation]


class PresentiNewTransformation(Struct):
    """A rule, and the ids of the presences that it is for."""

    rule: PresentiRule
    ids: Ids


class PresentiTransformationChange(Struct):
    """Another rule, other ids, or both."""

    rule: PresentiRule | UnsetType = UNSET
    ids: Ids | UnsetType = UNSET


RULES = {
    "GET /api/transformations": Operation(
        "One's own rules", answers(PresentiTransformations, 401, 403), opened_by=ANYBODY
    ),
    "POST /api/transformations": Operation(
        "Have what one publishes shown otherwise",
        answers(PresentiTransformation, 400, 401, 403, 404),
        body=Body(PresentiNewTransformation),
        opened_by=ANYBODY,
    ),
    "PATCH /api/transformations/<uuid>": Operation(
        "Change a rule of one's own",
        answers(PresentiTransformation, 400, 401, 403, 404),
        body=Body(PresentiTransformationChange),
        opened_by=ANYBODY,
    ),
    "DELETE /api/transformations/<uuid>": Operation(
        "Remove a rule of one's own", answers(PresentiOk, 401, 403, 404), opened_by=ANYBODY
    ),
}
