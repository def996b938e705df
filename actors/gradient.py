"""Gradient: whose image gives a page its colours, and which colour is shown when (presenti.md section 7.2). Pure."""

from dataclasses import dataclass
from typing import Any

from actors.presence import Activity, Claim, Presence, Status
from actors.unread import Unread

ADAPTER = "gradient"
"""Its name among the states."""

EVERY = 16.5
"""Seconds for which a colour is shown."""
AT_ONCE_MS, SLOWLY_MS = 2_000, 16_000
"""How long a page fades: to the first colour of an image or of a visit, and to each further one."""
MOST_IMAGES = 3
"""Of so many presences the images are tried; further ones must do without."""

_RANK = {"first-party": 0, "socket": 1, "session": 2, "first-party-session": 2, "module": 3}


def wished_images(presence: Presence) -> tuple[str, ...]:
    """The images to try, in presenti's merged order: the first that can be read wins. Nearly always none."""
    for claim in presence.claims:
        if not isinstance(claim.activities, Unread) and any(_image(each) is not None for each in claim.activities):
            return _in_order(presence)
    return ()


def _image(activity: Activity) -> str | None:
    return activity.image.source if activity.gradient and activity.image is not None else None


def _in_order(presence: Presence) -> tuple[str, ...]:
    if presence.status is Status.INVISIBLE:
        return ()
    wished = (_image(activity) for claim in sorted(presence.claims, key=_rank) for activity in claim.activities)
    return tuple(dict.fromkeys(image for image in wished if image is not None))[:MOST_IMAGES]


def _rank(claim: Claim) -> int:
    """Section 5.6; sorting keeps the age among equals."""
    return _RANK.get(claim.source.kind, len(_RANK))


@dataclass(frozen=True, slots=True)
class Shade:
    """One colour of an image that is being shown; `place` counts from 0 and goes round."""

    colours: tuple[str, ...]
    place: int = 0
    transition_ms: int = AT_ONCE_MS

    def next(self) -> "Shade":
        """The next colour, to which a page fades slowly."""
        return Shade(self.colours, (self.place + 1) % len(self.colours), SLOWLY_MS)

    @property
    def document(self) -> dict[str, Any]:
        """As the README day's server said it."""
        return {ADAPTER: {"color": self.colours[self.place], "transition": self.transition_ms, "paused": False}}


def seen_first(state: dict[str, Any]) -> dict[str, Any]:
    """A state for who has just come: a page fades to the colour at once."""
    gradient = state.get(ADAPTER)
    return state if gradient is None else {**state, ADAPTER: {**gradient, "transition": AT_ONCE_MS}}
