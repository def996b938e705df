"""What is left of requests to Flask, those that found no view included: nothing but what the router itself makes."""

import gc
import io
from collections.abc import Iterator

import flask
import pytest
from structlog.testing import capture_logs

from actors.clock import WallClock
from actors.house import House
from actors.settings import Limits
from storage.board import LocalBoard
from web import errors
from web.bodies import LargeBodies
from web.front import Front
from web.proxies import Proxies
from web.routing import Route
from web.views import Answer
from web.wall import Wall
from web.words import Words

OF_A_REQUEST = (flask.Request, flask.ctx.RequestContext, io.BytesIO)
OF_THE_ROUTER = 8
"""Five cells, a function, a tuple and a set, by which Werkzeug's calls itself at each request."""


@pytest.fixture
def front() -> Front:
    """One route, found by the router alone."""
    front = Front(House(WallClock(), LocalBoard()), Limits(), Proxies(()), LargeBodies(), Words())
    Wall(front).hang([Route("GET", "/known", lambda _request: Answer(b"here"))], errors.refuse)
    return front


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def ask(front: Front, method: str, path: str) -> str:
    """The status."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8138",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"body"),
    }
    told: list[str] = []
    list(front(environ, lambda status, _fields: told.append(status)))
    return told[0][:3]


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", "404"), ("PUT", "/known", "405"), ("OPTIONS", "/known", "204"), ("GET", "/known", "200")],
)
def test_a_request_is_freed_at_once(front: Front, method: str, path: str, status: str) -> None:
    """Seen to fail when Flask's request kept the failure to find a view, and the failure's frames the request."""
    with capture_logs():
        assert ask(front, method, path) == status
        gc.collect()
        before = sum(isinstance(each, OF_A_REQUEST) for each in gc.get_objects())
        for _ in range(10):
            ask(front, method, path)
    assert sum(isinstance(each, OF_A_REQUEST) for each in gc.get_objects()) == before
    assert gc.collect() <= 10 * OF_THE_ROUTER
