"""Every message that may stand in an inbox, grouped by its receiver. Frozen; they carry values and addresses only.

As long as the list of messages is: it is read as a table of what the house says, so it is kept in one piece.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actors.accounts import Credential
from actors.activities import Change
from actors.bulletin import Topic, Wording
from actors.presence import Activity, Claim, Presence, Source, Subject, Update

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.connections import Door
    from actors.lane import Gap, Lane
    from actors.session import Assembly

# --- A parent: whoever started an actor hears of its end ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ended:
    """An actor stopped as it was asked to."""

    ref: "ActorRef[Any]"
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fell:
    """An actor ended by an error."""

    ref: "ActorRef[Any]"
    path: str
    kind: str
    error: str
    """The error's class."""
    message: str
    traceback: str
    cause: type[BaseException]


@dataclass(frozen=True, slots=True)
class Flooded:
    """An actor's mailbox is full and began to refuse."""

    ref: "ActorRef[Any]"
    path: str
    kind: str


# --- User -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """A source makes a claim; answered with the Claim as it now stands.

    With `only_known` a source that makes no live claim yet is Refused (`unknown-source`). With `silent` no watcher is
    told: a source appears that has nothing to say yet.
    """

    claim: Claim
    only_known: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """A source's claim is good until `expires_at` instead; no update. Refused (`unknown-source`) as in Report."""

    source: Source
    expires_at: float


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A source takes back what it said; answered with whether it had said anything that was still to be believed."""

    source: Source


@dataclass(frozen=True, slots=True)
class Look:
    """Answered with the Presence."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Send this lane a snapshot now and every update after it: one message, so no update can fall between.

    With `gather` the snapshot goes to that actor as Seated instead, which puts several into one message; the lane
    holds back what it is sent until then. With `seat` False only the snapshot is wanted.
    """

    lane: "Lane"
    gather: "ActorRef[Any] | None" = None
    seat: bool = True


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Send this lane nothing any more."""

    lane: "Lane"


@dataclass(frozen=True, slots=True)
class Resubject:
    """The user is somebody else by name, links or account from now on; without its claims unless they are kept."""

    subject: Subject
    keep_claims: bool = True


@dataclass(frozen=True, slots=True)
class Dissolve:
    """The user of this id is who you turned out to be: hand claims, watchers and mail over to it, and end.

    Claims are withdrawn instead unless they are kept.
    """

    into: str
    keep_claims: bool = True


@dataclass(frozen=True, slots=True)
class Lapsed:
    """From the leases: what this source said must not be believed any more. `user` says whose claim it was."""

    user: str
    source: Source
    expires_at: float


# --- Directory ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Find:
    """Answered with the ActorRef of the user of this id, started if need be."""

    user: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand this message to the user of this id, started if need be."""

    user: str
    message: Any


@dataclass(frozen=True, slots=True)
class DeliverAll:
    """Deliver each of these: one message, however many users, so that a crowd that leaves floods no mailbox."""

    parcels: tuple[Deliver, ...]


@dataclass(frozen=True, slots=True)
class Bequest:
    """What this user had been told and did not come to; it is delivered before anything that has come since."""

    user: str
    messages: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Learn:
    """An account was added or altered."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Unlearn:
    """The account of this id is gone; its name is nobody's."""

    id: str


# --- Envoys ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accredit:
    """A first party opens a session, good until `expires_at` (seconds since the epoch)."""

    source: Source
    expires_at: float


@dataclass(frozen=True, slots=True)
class Accredited:
    """Answered with whether this session is a first party's and lives."""

    source: Source


@dataclass(frozen=True, slots=True)
class Speak:
    """A first party's session says this of a user, and is good until `expires_at`.

    Refused (`unknown-source`) where it is not alive, Overrun (`too-many-scopes`).
    """

    source: Source
    user: str
    activities: tuple[Activity, ...]
    expires_at: float


@dataclass(frozen=True, slots=True)
class Prolong:
    """A first party's session is good until `expires_at` instead. Refused (`unknown-source`) as in Speak."""

    source: Source
    expires_at: float


@dataclass(frozen=True, slots=True)
class Dismiss:
    """A first party's session ends, with all it said; answered with whether it was alive."""

    source: Source


# --- Roster ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WatchAll:
    """Send this lane what its encoding's `everybody` makes of all users, in the gap, and every update of everybody.

    Without a gap only the updates are wanted.
    """

    lane: "Lane"
    gap: "Gap | None" = None
    seat: bool = True


@dataclass(frozen=True, slots=True)
class UnwatchAll:
    """Send this lane nothing of everybody any more."""

    lane: "Lane"


@dataclass(frozen=True, slots=True)
class Spread:
    """A user has changed: tell those who watch everybody."""

    update: Update


# --- Subscriber -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """One whole message came from the client: text or binary."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What the token allows; None for one that is unknown, expired or revoked."""

    credential: Credential | None


@dataclass(frozen=True, slots=True)
class UserFell:
    """A user that is watched fell; its next life knows nothing of its watchers."""

    user: str


@dataclass(frozen=True, slots=True)
class Seated:
    """From a user that was asked to gather: who it is and what is known now; every later update is on its way."""

    user: str
    subject: Subject
    presence: Presence


@dataclass(frozen=True, slots=True)
class UserLeft:
    """A user that is watched is not there any more for this connection's encoding."""

    update: Update


# --- Connections ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """A connection stands."""

    ref: "ActorRef[Any]"
    door: "Door"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A connection lives by this credential's grace."""

    ref: "ActorRef[Any]"
    credential: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """This credential, by id, opens nothing any more."""

    credential: str


@dataclass(frozen=True, slots=True)
class Drain:
    """Close every connection with 1012, spread over so many seconds; answered when the last is closed."""

    seconds: float


# --- Warden ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verify:
    """Tell `reply_to` Authenticated for this token."""

    token: str
    reply_to: "ActorRef[Any]"


# --- Supervisor -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShutDown:
    """Stop the children in reverse order, then yourself; answered when all are down."""


@dataclass(frozen=True, slots=True)
class Revive:
    """Start the child of this name now, its falls forgiven: one that is parked, backing off or has ended.

    Answered with whether it was started.
    """

    name: str


# --- LeaseSupervisor ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grant:
    """Have the directory deliver Lapsed at `expires_at` (seconds since the epoch).

    A renewal need not be told: the user hears Lapsed at the old end and grants `again` up to the new one. An end that
    comes sooner must be.
    """

    user: str
    source: Source
    expires_at: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """The source has taken its claim back; nobody need be told."""

    user: str
    source: Source


# --- Painter --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """The user's page wishes for the colours of the first of these images that can be had; empty for none any more."""

    user: str
    images: tuple[str, ...]


# --- Keeper ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remember:
    """Write behind: this claim is live. `until` is when a reader after a restart must stop believing it.

    For a lease that is the claim's own end; for a socket's claim (without end while the socket lives) it is 30 s from
    now, moved on in bulk by Renew.
    """

    user: str
    claim: Claim
    until: float


@dataclass(frozen=True, slots=True)
class Forget:
    """Write behind: this source says nothing of this user any more."""

    user: str
    source: Source


@dataclass(frozen=True, slots=True)
class Renew:
    """Write behind: every stored claim that lives as long as its source does is good until `until`."""

    until: float


@dataclass(frozen=True, slots=True)
class Record:
    """Write behind: a line for the supervision log. Times in seconds since the epoch."""

    at: float
    path: str
    """Where in the tree, `presence/directory/alice`."""
    kind: str
    """The actor's class or the branch's strategy."""
    event: str
    """`started`, `stopped`, `fell`, `restarted`, `parked`, `lease-granted`, `lease-expired`, ..."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: `class`, `message`, `traceback` of a fall; never a token or a payload."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Write behind: the user pinged at that second since the epoch, with this raw status."""

    user: str
    at: int
    status: str


@dataclass(frozen=True, slots=True)
class Flush:
    """Write now what is waiting to be written; answered when that is done."""


Behind = Remember | Forget | Renew | Record | Seen
"""What is written behind, within a second, in batches."""


# --- Committer ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Commit:
    """Make this change to an activity; answered, after the commit, with the activity as it is then kept."""

    change: Change


# --- What a dialect's session asks of its connection (actors/subscriber.py carries it out) --------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Send this payload (UTF-8 text) to the client as one message."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Hang:
    """Close the connection with this RFC 6455 (or the dialect's 4xxx) code."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Find out what this token allows; the session hears `authenticated`, and no message in between."""

    token: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Make this claim about the user (an account's id, or a name); it dies with the connection."""

    user: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Retract:
    """Take back what this source says of the user."""

    user: str
    source: Source


@dataclass(frozen=True, slots=True)
class Follow:
    """Watch the user of this name: a snapshot now and every update after it, in the session's encoding."""

    name: str


@dataclass(frozen=True, slots=True)
class Unfollow:
    """Stop watching the user of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Tell this connection what happens to everybody, in these words (actors/bulletin.py)."""

    topic: Topic
    wording: Wording


@dataclass(frozen=True, slots=True)
class Unlisten:
    """Tell it nothing of this any more."""

    topic: Topic


Left = Callable[[Update, float], Iterable["Effect"]]
"""What a session answers when a user it watches is not there any more; with the time, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Gather:
    """Watch all users of these ids or names, and send one message about them all, which the assembly puts together.

    Nothing else reaches the client before that message. With `watch` False the message alone is wanted.
    """

    users: tuple[str, ...]
    assembly: "Assembly"
    left: Left
    watch: bool = True


@dataclass(frozen=True, slots=True)
class GatherAll:
    """Watch everybody who is listed; with `snapshot` one message about them all first (session.Everybody)."""

    left: Left
    snapshot: bool = True
    watch: bool = True


@dataclass(frozen=True, slots=True)
class UnfollowAll:
    """Stop watching everybody, and each single user too."""


@dataclass(frozen=True, slots=True)
class Remind:
    """Do this after so many seconds; a new reminder takes the place of the one before it."""

    seconds: float
    then: Callable[[float], Iterable["Effect"]]


Effect = (
    Say
    | Hang
    | Authenticate
    | Publish
    | Retract
    | Follow
    | Unfollow
    | Listen
    | Unlisten
    | Gather
    | GatherAll
    | UnfollowAll
    | Remind
)
