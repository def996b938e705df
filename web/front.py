"""Front: carries out what a view answers, and decides the few hot routes before Flask is asked."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from actors.errors import Overrun
from actors.house import House
from actors.settings import Limits
from web import errors
from web.bodies import LargeBodies
from web.budget import Budget
from web.doors import open_event_stream, open_websocket
from web.frames import binary_frame, event_frame, finished, text_frame
from web.proxies import Proxies
from web.routing import Hung, Route
from web.views import Accept, Environ, Request, View
from web.words import Refuse, Words

StartResponse = Callable[..., Any]
EVENT_STREAM_HEAD = [
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache"),
    ("X-Accel-Buffering", "no"),
]


class Front:
    """A WSGI application: hot routes first, Flask for the rest."""

    def __init__(self, house: House, limits: Limits, proxies: Proxies, bodies: LargeBodies, words: Words) -> None:
        self.house = house
        self.limits = limits
        self.proxies = proxies
        self.words = words
        self.hung: list[Hung] = []
        """Every route that is up, hot or not."""
        self.bodies = bodies
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
        """Carry out what a view answers; `refuse` words what it raises in the dialect's shape."""
        try:
            answer = view(request)
            if isinstance(answer, Accept):
                self._count_for_client(request.environ)
        except errors.FORESEEN as error:
            errors.note(error, request.environ)
            answer = refuse(error, request)
        except Exception:  # noqa: BLE001 - the boundary of our own faults: told once to the log, never to the client
            answer = refuse(errors.failed(request.environ), request)
        if isinstance(answer, Accept):
            return self._accept(answer, request.environ, start_response)
        start_response(answer.status_line, answer.fields())
        return [answer.body]

    def _count_for_client(self, environ: Environ) -> None:
        """A connection that stays, and came through a proxy, is one of its client's and not one of the proxy's."""
        if "HTTP_X_FORWARDED_FOR" in environ and not environ["presently.ticket"].move(self.proxies.client(environ)):
            raise Overrun("too-many-connections", retry_after=5.0)

    def _accept(self, accept: Accept, environ: Environ, start_response: StartResponse) -> list[bytes]:
        house, session = self.house, accept.session
        if accept.event_stream:
            events = finished if accept.finished else event_frame
            environ["presently.takeover"] = lambda sock, early, ticket: open_event_stream(
                house, sock, early, ticket, session=session, frame=events
            )
            start_response("200 OK", [*EVENT_STREAM_HEAD, *accept.headers])
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
        frame = finished if accept.finished else binary_frame if accept.binary else text_frame
        environ["presently.takeover"] = lambda sock, early, ticket: open_websocket(
            house, sock, early, ticket, session=session, budget=budget, frame=frame
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
