"""How it looks from outside: create_app(house) hangs up every dialect's routes and says how errors are answered."""

from collections.abc import Callable, Iterable
from typing import Any

import flask

from actors.errors import HouseError
from actors.house import House
from actors.settings import Settings
from actors.warden import Records
from web.dialects.discord import routes as shared
from web.dialects.discord.finding import Finding
from web.dialects.lantern import routes as lantern
from web.dialects.lantern import wires as lantern_wires
from web.dialects.lanyard import routes as lanyard
from web.dialects.lanyard import wires as lanyard_wires
from web.dialects.presenti import codec as presenti_codec
from web.dialects.presenti import routes as presenti
from web.front import Front
from web.gate import Gate
from web.pages import routes as pages
from web.routing import Route
from web.views import Answer, Request

Refuse = Callable[[HouseError, Request], Answer]


def create_app(house: House, settings: Settings, records: Records) -> Front:
    """The server's WSGI application."""
    app = flask.Flask(__name__, static_folder=None)
    front = Front(house, settings.limits)
    front.behind = app.wsgi_app
    gate = Gate(house, records)
    spoken = settings.dialects
    if spoken.presenti.enabled:
        pause = settings.presenti.coalesce_ms / 1000
        wires = presenti_codec.wires(pause)
        views = presenti.Presenti(house, gate, settings, documented=wires[0], deployed=wires[1])
        _hang(app, front, views.routes(), presenti.refuse, spoken.presenti.prefix)
    finding = Finding(house)
    wires_of_lantern, wires_of_lanyard = lantern_wires.wires(house.clock.now), lanyard_wires.wires(house.clock.now)
    if spoken.lantern.enabled:
        rest = lantern.Lantern(finding, settings, wires_of_lantern)
        _hang(app, front, rest.routes(), lantern.refuse, spoken.lantern.prefix)
    if spoken.lanyard.enabled:
        readers = lanyard.Lanyard(finding, gate, wires_of_lanyard)
        _hang(app, front, readers.routes(), lanyard.refuse, spoken.lanyard.prefix)
    if spoken.lantern.enabled and spoken.lanyard.enabled:
        _hang(app, front, shared.Shared(rest, readers).routes(), lantern.refuse, "")
    _hang(app, front, pages.Profile(house).routes(), pages.refuse, "")
    return front


def _hang(app: flask.Flask, front: Front, routes: Iterable[Route], refuse: Refuse, prefix: str) -> None:
    """Put a dialect's routes up: all of them in Flask, the hot ones before it as well."""
    for route in routes:
        rule = prefix + route.rule
        app.add_url_rule(
            rule,
            endpoint=f"{route.method} {rule}",
            view_func=_flask_view(front, route, refuse),
            methods=[route.method],
            websocket=route.websocket,
            provide_automatic_options=False,
        )
        if route.hot:
            front.hang(route, rule, refuse)


def _flask_view(front: Front, route: Route, refuse: Refuse) -> Callable[..., flask.Response]:
    def view(**path: str) -> flask.Response:
        started: list[Any] = []
        request = Request(flask.request.environ, path)
        body = front.serve(route.view, refuse, request, lambda status, fields: started.extend((status, fields)))
        return flask.Response(body, started[0], started[1])

    return view
