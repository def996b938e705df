"""Route: one line of a dialect's table of routes, as data; web/__init__.py hangs it up."""

from dataclasses import dataclass

from web.views import View


@dataclass(frozen=True, slots=True)
class Route:
    """A view and where it is found.

    `rule` is in Flask's spelling; a hot route has no variable, or one `<name>` as its last segment, and is decided
    before Flask is asked.
    """

    method: str
    rule: str
    view: View
    websocket: bool = False
    hot: bool = False
    body: int = 0
    """Bytes that a request's body may have; 0 for the door's usual limit."""


@dataclass(frozen=True, slots=True)
class Hung:
    """A route as it was put up: `rule` with its dialect's prefix."""

    rule: str
    route: Route
