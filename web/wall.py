"""Wall: where routes are hung up, all in Flask and the hot ones before it; and what is said where none hangs."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Rule, WebsocketMismatch

from actors.errors import HouseError, Malformed, Refused
from web import errors
from web.front import Front
from web.routing import Hung, Route
from web.views import Request
from web.words import EVERYWHERE, Refuse, Words


class Wall:
    """One Flask behind one Front."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._app = _create_flask(front.words)
        front.behind = self._app.wsgi_app

    def hang(self, routes: Iterable[Route], refuse: Refuse, at: str = "", *, own: str = "") -> None:
        """Put routes up below the prefix `at`; `own` is a folder of paths that is all theirs."""
        if own:
            self.front.words.own(at + own, refuse)
        for route in routes:
            rule = at + route.rule
            self.front.words.learn(rule, refuse, route.methods)
            self.front.hung.append(Hung(rule, route))
            self.front.bodies.learn(route, rule)
            self._app.add_url_rule(
                rule,
                endpoint=f"{route.method} {rule}",
                view_func=_flask_view(self.front, route, refuse),
                methods=route.methods,
                websocket=route.websocket,
                provide_automatic_options=False,
            )
            if route.hot:
                self.front.hang(route, rule, refuse)


class _Rule(Rule):
    """A rule for the methods that it names alone: Werkzeug's own lets HEAD do whatever GET does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.methods = set(options["methods"])


class _Flask(flask.Flask):
    url_rule_class = _Rule


def _create_flask(words: Words) -> flask.Flask:
    """A Flask that answers what no view was found for in the words of whose path it is."""
    app = _Flask(__name__, static_folder=None)
    # A redirect would repeat the query, and with it a token, in an address.
    app.url_map.merge_slashes = False

    @app.before_request
    def spelt_as_it_is() -> None:
        """RFC 9110 section 9.1: "The method token is case-sensitive", but Werkzeug takes `get` for GET.

        It takes `//path` for `/path` too, and a proxy's rule for `/ops` would not hold for `//ops`.
        """
        if flask.request.environ["PATH_INFO"].startswith("//"):
            raise NotFound
        if flask.request.url_rule is not None and not flask.request.environ["REQUEST_METHOD"].isupper():
            raise MethodNotAllowed

    @app.errorhandler(HTTPException)
    def without_view(failure: HTTPException) -> flask.Response:
        _let_go(failure)
        request = Request(flask.request.environ)
        allow = ("Allow", ", ".join(words.allowed(request.environ["PATH_INFO"])))
        error = _cause(failure)
        everywhere = request.environ["PATH_INFO"] == EVERYWHERE
        if request.environ["REQUEST_METHOD"] == "OPTIONS" and (everywhere or error.code == errors.WRONG_METHOD):
            return flask.Response(status="204 No Content", headers=[allow])
        errors.note(error, request.environ)
        answer = words.refuse(error, request)
        fields = answer.fields()
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            # RFC 9110 section 15.5.6: "must generate an Allow header field".
            fields.append(allow)
        return flask.Response(answer.body, answer.status_line, fields)

    return app


def _let_go(failure: HTTPException) -> None:
    """Flask keeps the failure in its request, and the frames of the traceback keep the request.

    Without this sixty objects, the body's buffer among them, waited for a collection at each path that is not there.
    What is left waits as after every request: the eight that Werkzeug's router makes, as it calls itself by its own
    closure (StateMachineMatcher.match). The hot routes are found without it.
    """
    failure.__traceback__ = failure.__context__ = None


def _cause(failure: HTTPException) -> HouseError:
    if isinstance(failure, NotFound):
        return Refused(errors.UNKNOWN_PATH)
    if isinstance(failure, MethodNotAllowed | WebsocketMismatch):
        return Refused(errors.WRONG_METHOD)
    return Malformed("malformed-request")


def _flask_view(front: Front, route: Route, refuse: Refuse) -> Callable[..., flask.Response]:
    def view(**path: str) -> flask.Response:
        started: list[Any] = []
        request = Request(flask.request.environ, path)
        body = front.serve(route.view, refuse, request, lambda status, fields: started.extend((status, fields)))
        answer = flask.Response(body, started[0], started[1])
        if route.method == "OPTIONS":
            answer.headers["Allow"] = ", ".join(front.words.allowed(request.environ["PATH_INFO"]))
        return answer

    return view
