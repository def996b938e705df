"""Messages to a User (actors/user.py)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors.deeds import Done
from actors.keyvalues import Storage
from actors.messages.fit import MustFit
from actors.presence import Claim, Source, Subject
from actors.transformations import Shaping

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.lane import Lane


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
class Withdraw(MustFit):
    """A source takes back what it said; answered with whether it had said anything that was still to be believed."""

    source: Source


@dataclass(frozen=True, slots=True)
class Once:
    """Do this, and have it written together with it that it was done; answered as it is. Only ever asked."""

    deed: Report | Withdraw
    done: Done


@dataclass(frozen=True, slots=True)
class Disown(MustFit):
    """The credential of this id opens nothing any more: withdraw what is said by its grace."""

    credential: str


@dataclass(frozen=True, slots=True)
class Keep:
    """From whoever wrote or read it: what the user keeps, committed. What is older than what is known is void."""

    storage: Storage


@dataclass(frozen=True, slots=True)
class Reshape:
    """From whoever changed them: the account's rules, committed. What is older than what is known is void."""

    shaping: Shaping


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
class Unwatch(MustFit):
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
class Lapsed(MustFit):
    """From the leases: what this source said must not be believed any more. `user` says whose claim it was."""

    user: str
    source: Source
    expires_at: float
