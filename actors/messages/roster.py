"""Messages to the Roster (actors/roster.py)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actors.presence import Update

if TYPE_CHECKING:
    from actors.lane import Gap, Lane


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
