"""Route: one line of a dialect's table of routes, as data; web/wall.py hangs it up."""

from dataclasses import dataclass

from web.views import View


@dataclass(frozen=True, slots=True)
class Route:
    """A view and where it is found.

    `rule` is in Flask's spelling; a hot route has no variable, or one `<name>` as its last segment, and is decided
    before Flask is asked. HEAD is answered where GET is, unless that is a deed or a WebSocket.
    """

    method: str
    rule: str
    view: View
    websocket: bool = False
    hot: bool = False
    body: int = 0
    """Bytes that a request's body may have; 0 for the door's usual limit."""
    deed: bool = False
    """A GET that changes something, or that takes the connection: who only asks for the head must not do it."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are answered here."""
        echoed = self.method == "GET" and not self.deed and not self.websocket
        return ("GET", "HEAD") if echoed else (self.method,)


@dataclass(frozen=True, slots=True)
class Hung:
    """A route as it was put up: `rule` with its dialect's prefix."""

    rule: str
    route: Route
