"""How large a body may be at which path."""

import pytest

from web.bodies import LargeBodies
from web.routing import Route
from web.views import Answer, Request


def _view(_request: Request) -> Answer:
    return Answer()


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("PUT", "/kv/alice/a", 300),
        ("PUT", "/kv/alice/a b", 300),
        ("POST", "/kv/alice/a", 7),
        ("PUT", "/kv/alice/a/b", 7),
        ("PUT", "/kv/alice/", 7),
        ("PUT", "/kvXalice/a", 7),
        ("PUT", "/other", 7),
        ("GET", "/other", 7),
    ],
)
def test_only_a_route_that_says_so_has_a_limit_of_its_own(method: str, path: str, limit: int) -> None:
    bodies = LargeBodies()
    bodies.learn(Route("PUT", "/kv/<name>/<key>", _view, body=300), "/kv/<name>/<key>")
    bodies.learn(Route("PUT", "/other", _view), "/other")
    assert bodies.limit(method, path, 7) == limit
