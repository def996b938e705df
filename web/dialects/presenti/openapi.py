"""presenti's part of /openapi.json (spec/presenti.md section 4): sessions, snapshots, accounts, links, rules."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from web.openapi.operation import Body, Chapter, Operation, Parameter, Said, errors

Platform = Literal["DISCORD", "SPOTIFY", "SPOTIFY_INTERNAL", "SLACK"]
Word = Annotated[str, Meta(min_length=1)]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class PresentiPresences(Struct):
    """A list of presence objects; one object is a list of one. Nothing in them is looked at: they go out as they came.

    Known members: id, title, largeText, smallTexts, image, timestamps {start, stop} in ms, gradient, isPaused, meta.
    """

    presences: list[Any] | dict[str, Any]


class PresentiOk(Struct):
    """Done."""

    ok: Literal[True]


class PresentiError(Struct):
    """What is wrong; `code` repeats the status, `fields` name the members that are meant."""

    error: str
    code: int | UnsetType = UNSET
    fields: list[str] | UnsetType = UNSET


class PresentiSession(Struct):
    """A new session, and how long it lives without a PUT, in milliseconds."""

    session_id: str = msgspec.field(name="sessionID")
    expires: int


class PresentiSnapshot(Struct):
    """What is on now; the two lists are the same."""

    presence: list[dict[str, Any]]
    presences: list[dict[str, Any]]
    state: dict[str, Any]


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


class PresentiFirstParty(Struct):
    """The caller is no user, but a first party."""

    root: Literal[True]


class PresentiKey(Struct):
    """A key to publish with; it is shown once."""

    key: str


class PresentiScope(Struct):
    """A user's name."""

    scope: str


class PresentiPlatforms(Struct):
    """Platforms to sign in with: there are none."""

    platforms: list[Any]


class PresentiSignIn(Struct):
    """A name and a password."""

    id: Word
    password: Word


class PresentiRegistration(Struct):
    """A name that nobody has, and is no reserved word, long number or UUID; and a password."""

    id: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


class PresentiPasswords(Struct):
    """The password, and the one that takes its place."""

    password: Word
    new_password: Word = msgspec.field(name="newPassword")


class PresentiNewLink(Struct):
    """What is to be linked; any other direction than a known name or number is 0."""

    platform: Platform
    platform_id: Word = msgspec.field(name="platformID")
    user_uuid: Uuid = msgspec.field(name="userUUID")
    pipe_direction: Any = msgspec.field(name="pipeDirection", default=UNSET)


class PresentiDirection(Struct):
    """A direction by number or name; any other is 0."""

    direction: Any = UNSET


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


SCHEMES = {
    "presenti_query": {"type": "apiKey", "in": "query", "name": "token"},
    "presenti_header": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bare, no scheme."},
    "presenti_first_party": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bare."},
    "presenti_cookie": {"type": "apiKey", "in": "cookie", "name": "identity"},
}
_TOKEN, _FIRST_PARTY = ("presenti_query", "presenti_header"), ("presenti_first_party",)
_PERSON, _ANYBODY = ("presenti_cookie",), ("presenti_cookie", "presenti_header")

_ID = Parameter("id", "The session's id.", Word, required=True)
_UUID, _SCOPE = Parameter("uuid", "A UUID."), Parameter("scope", "A user's name.")
_MEANT = (
    _UUID,
    Parameter("platform", "Only together with platformID.", Platform),
    Parameter("platformID"),
    Parameter("userUUID", "Only together with one of the others."),
)


def _answers(shape: Any, *statuses: int) -> dict[int, Said]:
    return {200: Said(shape), **errors(PresentiError, (*statuses, 429, 503))}


_BODY = Body(PresentiPresences)
_OK = PresentiOk


def _sessions(prefix: str) -> dict[str, Operation]:
    session = f"{prefix}/session"
    return {
        f"GET {session}": Operation("Begin a session", _answers(PresentiSession, 400, 401), opened_by=_TOKEN),
        f"PUT {session}": Operation(
            "Say what the token's user does; this prolongs the session",
            _answers(_OK, 400, 401),
            (_ID,),
            _BODY,
            _TOKEN,
        ),
        f"DELETE {session}": Operation("End a session", _answers(_OK, 400, 401), (_ID,), opened_by=_TOKEN),
        f"PUT {session}/refresh": Operation("Prolong a session", _answers(_OK, 400, 401), (_ID,), opened_by=_TOKEN),
        f"PUT {session}/<name>": Operation(
            "Say what somebody does, as a first party", _answers(_OK, 400, 401, 403), (_ID,), _BODY, _TOKEN
        ),
    }


_ACCOUNTS = {
    "POST /api/user/new": Operation(
        "Register an account, and sign in", _answers(PresentiUser, 400, 403), body=Body(PresentiRegistration)
    ),
    "POST /api/user/auth": Operation("Sign in", _answers(PresentiUser, 400, 401, 403), body=Body(PresentiSignIn)),
    "GET /api/user/logout": Operation("Sign out", _answers(_OK, 403)),
    "GET /api/user/me": Operation(
        "Who am I?", _answers((PresentiUser, PresentiFirstParty), 401, 403), opened_by=_ANYBODY
    ),
    "GET /api/user/me/key": Operation("Mint a key", _answers(PresentiKey, 401, 403), opened_by=_PERSON),
    "PATCH /api/user/me/password": Operation(
        "Change the password; every token ends",
        _answers(_OK, 400, 401, 403),
        body=Body(PresentiPasswords),
        opened_by=_PERSON,
    ),
    "GET /api/user/lookup": Operation(
        "An account by name or UUID", _answers(PresentiUser, 400, 403, 404), (_SCOPE, _UUID)
    ),
    "GET /api/user/resolve": Operation("A UUID's name", _answers(PresentiScope, 403, 404), (_UUID,)),
    "GET /api/platforms": Operation("Platforms to sign in with", _answers(PresentiPlatforms)),
    "PATCH /api/user/me/pipe/<uuid>": Operation(
        "Steer a link of one's own",
        _answers(PresentiLink, 400, 401, 403, 404),
        body=Body(PresentiDirection),
        opened_by=_ANYBODY,
    ),
    "DELETE /api/user/me/pipe/<uuid>": Operation(
        "Remove a link of one's own", _answers(_OK, 401, 403, 404), opened_by=_ANYBODY
    ),
}
_LINKS = {
    "POST /api/link": Operation(
        "Link an account",
        _answers(PresentiLink, 400, 403, 404),
        body=Body(PresentiNewLink),
        opened_by=_FIRST_PARTY,
    ),
    "GET /api/link": Operation("A link", _answers(PresentiLink, 400, 403, 404), _MEANT, opened_by=_FIRST_PARTY),
    "DELETE /api/link": Operation("Remove a link", _answers(_OK, 400, 403, 404), _MEANT, opened_by=_FIRST_PARTY),
    "GET /api/link/user": Operation(
        "Whose link it is", _answers(PresentiUser, 400, 403, 404), _MEANT, opened_by=_FIRST_PARTY
    ),
    "GET /api/link/bulk/<platform>": Operation(
        "All links to a platform",
        _answers(PresentiLinks, 400, 403),
        (Parameter("platform", shape=Platform, place="path"),),
        opened_by=_FIRST_PARTY,
    ),
    "PATCH /api/link/<uuid>/pipe": Operation(
        "Steer a link",
        _answers(PresentiLink, 400, 403, 404),
        body=Body(PresentiDirection),
        opened_by=_FIRST_PARTY,
    ),
}

_RULES = {
    "GET /api/transformations": Operation(
        "One's own rules", _answers(PresentiTransformations, 401, 403), opened_by=_ANYBODY
    ),
    "POST /api/transformations": Operation(
        "Have what one publishes shown otherwise",
        _answers(PresentiTransformation, 400, 401, 403, 404),
        body=Body(PresentiNewTransformation),
        opened_by=_ANYBODY,
    ),
    "PATCH /api/transformations/<uuid>": Operation(
        "Change a rule of one's own",
        _answers(PresentiTransformation, 400, 401, 403, 404),
        body=Body(PresentiTransformationChange),
        opened_by=_ANYBODY,
    ),
    "DELETE /api/transformations/<uuid>": Operation(
        "Remove a rule of one's own", _answers(_OK, 401, 403, 404), opened_by=_ANYBODY
    ),
}

CHAPTER = Chapter(
    "presenti",
    "Sessions publish, `WS /presence/{name}` streams, `WS /remote` publishes from one connection.",
    {
        **_sessions(""),
        "GET /api/presence/<name>": Operation("What is on for a name, whoever that is", _answers(PresentiSnapshot)),
        **_sessions("/api"),
        **_ACCOUNTS,
        **_LINKS,
        **_RULES,
    },
    SCHEMES,
)
