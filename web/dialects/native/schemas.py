"""The shapes of /v2 as data: what validates a request is what describes it (msgspec gives JSON Schema 2020-12). Pure.

What is read is strict: an unknown member, a null or a wrong type is an error. What is written may come from any
dialect's publisher, so that only its types are promised, and that every address leads somewhere by http or https (a
picture may also be a `data:image/` address). A member that has nothing to say is left out.

Longer than other files, as it is a list: every shape of /v2 in one place.
"""

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from actors.errors import Malformed
from web import json

Type = Literal["playing", "streaming", "listening", "watching", "custom", "competing"]
Status = Literal["online", "idle", "dnd", "offline", "invisible"]
Seen = Literal["online", "idle", "dnd", "offline"]

LAST_MS = 253_402_300_799_999
"""The end of the year 9999: the last instant that both Python and a browser can write as a date."""

MOST_ACTIVITIES = 16

_Short = Annotated[str, Meta(min_length=1, max_length=256)]
_Text = Annotated[str, Meta(min_length=1, max_length=4096)]
_Address = Annotated[str, Meta(max_length=4096, pattern="^https?://[^/]")]
_Image = Annotated[str, Meta(max_length=16_384, pattern="^(https?://[^/]|data:image/)")]
_Instant = Annotated[int, Meta(ge=0, le=LAST_MS, description="Milliseconds since the epoch.")]
_Lease = Annotated[float, Meta(ge=5, le=86_400, description="For how long the claim may be believed, in seconds.")]


# --- what is read -----------------------------------------------------------------------------------------------------


class GivenLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and where it leads."""

    text: _Text
    url: _Address | UnsetType = UNSET


class GivenPicture(Struct, frozen=True, forbid_unknown_fields=True):
    """An image by address, what a reader without it should read, and where it leads."""

    source: _Image
    text: _Text | UnsetType = UNSET
    url: _Address | UnsetType = UNSET


class GivenActivity(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing somebody is doing."""

    name: _Short
    type: Type | UnsetType = UNSET
    details: GivenLine | UnsetType = UNSET
    state: Annotated[list[GivenLine], Meta(min_length=1, max_length=16)] | UnsetType = UNSET
    image: GivenPicture | UnsetType = UNSET
    small_image: GivenPicture | UnsetType = UNSET
    started_ms: _Instant | UnsetType = UNSET
    ends_ms: _Instant | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    gradient: bool | UnsetType = UNSET
    id: _Short | UnsetType = UNSET
    meta: dict[str, Any] | UnsetType = UNSET


class GivenClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a PUT: what one source says of one user, and for how long it may be believed."""

    lease_seconds: _Lease
    status: Status | UnsetType = UNSET
    activities: Annotated[list[GivenActivity], Meta(max_length=MOST_ACTIVITIES)] = []


class GivenWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a POST: where to tell of whom. Without `users` of the owner; without `secret` one is made."""

    url: Annotated[str, Meta(min_length=1, max_length=4096)]
    users: Annotated[list[_Short], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    secret: Annotated[str, Meta(min_length=16, max_length=256, pattern="^[!-~]+$")] | UnsetType = UNSET


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What a client says on the socket."""

    type: Literal["subscribe", "unsubscribe", "ping"]
    users: Annotated[list[_Short], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    last_event_id: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


# --- what is written --------------------------------------------------------------------------------------------------


class Line(Struct, frozen=True):
    """A text, and where it leads."""

    text: str
    url: str | UnsetType = UNSET


class Picture(Struct, frozen=True):
    """An image by address."""

    source: str
    text: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class Activity(Struct, frozen=True):
    """One thing somebody is doing, whichever dialect it was published in."""

    name: str
    type: Type | UnsetType = UNSET
    details: Line | UnsetType = UNSET
    state: list[Line] | UnsetType = UNSET
    image: Picture | UnsetType = UNSET
    small_image: Picture | UnsetType = UNSET
    started_ms: float | UnsetType = UNSET
    ends_ms: float | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    gradient: bool | UnsetType = UNSET
    id: str | UnsetType = UNSET
    meta: dict[str, Any] | UnsetType = UNSET


class Presence(Struct, frozen=True):
    """A user as everybody sees them. `id` is the account's, null for whoever has none or is not to be seen now."""

    user: str
    id: str | None
    status: Seen
    activities: list[Activity]


class SourceOf(Struct, frozen=True):
    """Who says so: a kind such as `native`, `session` or `discord`, and an id within it."""

    kind: str
    id: str


class Claim(Struct, frozen=True):
    """What one source says; `expires_at_ms` is null for what lives as long as its connection."""

    source: SourceOf
    status: Status | None
    activities: list[Activity]
    since_ms: int
    expires_at_ms: int | None


class OwnPresence(Struct, frozen=True):
    """A user as the owner and operators see them: with the claims behind it; `status` may be invisible."""

    user: str
    id: str | None
    status: Status
    activities: list[Activity]
    last_seen_at_ms: int | None
    claims: list[Claim]


class Presences(Struct, frozen=True):
    """Several users, in the order of asking."""

    users: list[Presence]


class Snapshot(Struct, frozen=True, tag_field="type", tag="snapshot"):
    """A user as they are now: whatever was known of them before is out of date."""

    id: str
    presence: Presence
    recovered: Literal[False] = False


class Change(Struct, frozen=True, tag_field="type", tag="change"):
    """A user as they are after a change."""

    id: str
    presence: Presence


class Resumed(Struct, frozen=True, tag_field="type", tag="resumed"):
    """Everything that was missed stands before this."""

    id: str
    recovered: Literal[True] = True


class Told(Struct, frozen=True):
    """What a webhook is sent. `user` is the name asked for, `version` counts what this webhook is told of them."""

    type: Literal["came", "changed", "went"]
    webhook: str
    user: str
    version: int
    at_ms: int
    presence: Presence


class Challenge(Struct, frozen=True):
    """What a webhook is sent before anything else; its receiver has to answer with the challenge."""

    webhook: str
    challenge: str
    type: Literal["challenge"] = "challenge"


class Deliveries(Struct, frozen=True):
    """How a webhook has fared since the server was started. After a failed try `again_at_ms` says when the next is."""

    delivered: int
    given_up: int
    last_status: int | None
    last_error: str | None
    last_at_ms: int | None
    again_at_ms: int | None


class Webhook(Struct, frozen=True):
    """A webhook as its owner sees it; `secret` only when it is made, `deliveries` when it is asked for alone."""

    id: str
    url: str
    users: list[str]
    created_at_ms: int
    secret: str | UnsetType = UNSET
    deliveries: Deliveries | UnsetType = UNSET


class Webhooks(Struct, frozen=True):
    """All of one account, oldest first."""

    webhooks: list[Webhook]


class Fault(Struct, frozen=True):
    """One thing that is wrong; `pointer` says where (RFC 6901)."""

    pointer: str
    detail: str


class Problem(Struct, frozen=True):
    """An error (RFC 9457). `code` is a stable word for programs, `detail` a sentence for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Fault] | UnsetType = UNSET


# --- reading ----------------------------------------------------------------------------------------------------------


class Invalid(Malformed):
    """JSON of another shape than was wanted: where, and what is wrong there."""

    def __init__(self, pointer: str, sentence: str) -> None:
        super().__init__("invalid", sentence)
        self.fault = Fault(pointer, sentence)


Shape = TypeVar("Shape")
_PLACE = re.compile(r"^(?P<sentence>.*?)(?: - at `\$?(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")


def read(data: bytes | str, shape: type[Shape]) -> Shape:
    """The value of this shape. Malformed (`malformed-json`) for no JSON within limits, Invalid for another shape."""
    value = json.read(data)
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def _invalid(text: str) -> Invalid:
    found = _PLACE.match(text)
    path = (found and found["path"]) or ""
    steps = [name or index for name, index in _STEP.findall(path)]
    return Invalid("".join(f"/{step}" for step in steps), found["sentence"] if found else text)
