"""The Mastodon relay's part of /openapi.json (spec/mastodon-relay.md A3, and what owners may see)."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from actors.relay.maps import ENDPOINTS
from web.dialects.relay.codec import FORM, JSON, LONGEST, LONGEST_TOKEN
from web.dialects.relay.routes import MOUNTS
from web.openapi.operation import EVENTS, Body, Chapter, Operation, Parameter, Said, errors

TEXT = "text/plain; charset=utf-8"
Short = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
Long = Annotated[str, Meta(min_length=1, max_length=LONGEST_TOKEN)]
_PRESENCE = "A token of this server's whose account wants to be seen at work there; needs endpoint user."


class RelayPlace(Struct):
    """Which registration is meant."""

    instance_url: Short
    tag: Annotated[str, Meta(max_length=LONGEST)]
    app_id: Short
    app_secret: str


class RelayRegistration(RelayPlace):
    """What is to be listened to, and whom to tell."""

    access_token: Annotated[str, Meta(max_length=LONGEST_TOKEN, pattern="^[!-.0-<>@-~]+$")]
    callback_url: Long
    endpoint: Literal[tuple(ENDPOINTS)] | UnsetType = UNSET  # type: ignore[valid-type]  # made of the data
    presence_token: Annotated[str, Meta(description=_PRESENCE)] | UnsetType = UNSET


class RelayStanding(Struct):
    """A registration, and how its stream and its callbacks fare; times in seconds since the epoch."""

    id: int | str
    instance_url: str
    app_id: str
    tag: str
    endpoint: str | None
    expires_at: float
    expires_in: int
    stream: dict[str, Any]
    catch_up: dict[str, Any]
    callbacks: dict[str, Any]


class RelayStandings(Struct):
    """Registrations."""

    registrations: list[RelayStanding]


_REFUSED = errors(str, (400, 413, 429, 503), TEXT)
_KINDS = (FORM, JSON)

CHAPTER = Chapter(
    "relay",
    "Listens to a Mastodon account's notifications and calls back; also under `/relay`.",
    {
        **{
            key: each
            for mount in MOUNTS
            for key, each in {
                f"POST {mount}/register": Operation(
                    "Register, or renew a registration",
                    {202: Said(str, TEXT, "It is kept."), **_REFUSED},
                    body=Body(RelayRegistration, _KINDS),
                ),
                f"POST {mount}/unregister": Operation(
                    "End a registration",
                    {202: Said(str, TEXT, "There is none any more."), **_REFUSED},
                    body=Body(RelayPlace, _KINDS),
                ),
            }.items()
        },
        "HEAD /": Operation("Does the process live?", {204: Said()}),
        "GET /relay/": Operation("Does the process live?", {204: Said()}),
        "GET /relay/registrations": Operation(
            "One's own app's registrations",
            {200: Said(RelayStandings), **errors(str, (401, 429, 503), TEXT)},
            (Parameter("instance_url"), Parameter("tag")),
            opened_by=("relay_app",),
        ),
        "GET /relay/notifications": Operation(
            "One's own notifications as they are heard; an event stream",
            {200: Said(Any, EVENTS), **errors(str, (401, 429), TEXT)},
            opened_by=("relay_access_token",),
        ),
    },
    {
        "relay_app": {"type": "http", "scheme": "basic"},
        "relay_access_token": {"type": "http", "scheme": "bearer"},
    },
)
