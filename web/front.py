"""Front: carries out what a view answers, and decides the few hot routes before Flask is asked."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from actors.errors import HouseError
from actors.house import House
from actors.settings import Limits
from web.budget import Budget
from web.doors import open_event_stream, open_websocket
from web.routing import Route
from web.views import Accept, Answer, Environ, Request, View

StartResponse = Callable[..., Any]
Refuse = Callable[[HouseError, Request], Answer]
EVENT_STREAM_HEAD = [
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache"),
    ("X-Accel-Buffering", "no"),
]


class Front:
    """A WSGI application: hot routes first, Flask for the rest."""

    def __init__(self, house: House, limits: Limits) -> None:
        self.house = house
        self.limits = limits
        self.exact: dict[tuple[str, str], tuple[Route, Refuse]] = {}
        self.prefixes: dict[tuple[str, str], tuple[Route, Refuse]] = {}
        self.behind: Callable[[Environ, StartResponse], Iterable[bytes]] | None = None

    def hang(self, route: Route, rule: str, refuse: Refuse) -> None:
        """Put a hot route up; see web/routing.py for which rules can be."""
        folder, variable, _ = rule.partition("/<")
        table = self.prefixes if variable else self.exact
        table[route.method, folder] = (route, refuse)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        known = self.exact.get((method, path))
        variables: Mapping[str, str] = {}
        if known is None:
            folder, _, name = path.rpartition("/")
            known = self.prefixes.get((method, folder))
            if known is None or not name:
                return self._ask_flask(environ, start_response)
            variables = {"name": name.encode("latin-1").decode()}
        route, refuse = known
        if route.websocket and not environ["presently.websocket"]:
            return self._ask_flask(environ, start_response)
        return self.serve(route.view, refuse, Request(environ, variables), start_response)

    def serve(self, view: View, refuse: Refuse, request: Request, start_response: StartResponse) -> list[bytes]:
        """Carry out what a view answers; `refuse` words a HouseError in the dialect's shape."""
        try:
            answer = view(request)
        except HouseError as error:
            answer = refuse(error, request)
        if isinstance(answer, Accept):
            return self._accept(answer, request.environ, start_response)
        start_response(answer.status_line, answer.fields())
        return [answer.body]

    def _accept(self, accept: Accept, environ: Environ, start_response: StartResponse) -> list[bytes]:
        house, session = self.house, accept.session
        if accept.event_stream:
            environ["presently.takeover"] = lambda sock, early, ticket: open_event_stream(
                house, sock, early, ticket, session
            )
            start_response("200 OK", EVENT_STREAM_HEAD)
            return []
        limits = self.limits
        budget = (
            Budget(limits.publisher_messages_per_second, 1.0)
            if session.publishes
            else Budget(limits.messages_per_minute, 60.0)
        )
        environ["presently.socket"] = "websocket"
        if accept.subprotocol is not None:
            environ["presently.subprotocol"] = accept.subprotocol
        environ["presently.takeover"] = lambda sock, early, ticket: open_websocket(
            house, sock, early, ticket, session=session, budget=budget, binary=accept.binary
        )
        start_response("101 Switching Protocols", [])
        return []

    def _ask_flask(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self.behind is None:
            raise RuntimeError("the front has no Flask behind it")
        return self.behind(environ, start_response)


def connection_id() -> str:
    """A name for one connection as a source of claims: 128 random bits."""
    return secrets.token_hex(16)
