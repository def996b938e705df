"""/openapi.json speaks of every REST route of the server; /docs/ is made of files as they were published."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from actors.clock import WallClock
from actors.house import House
from actors.settings import Limits, Settings
from storage.board import LocalBoard
from storage.database import open_database
from storage.passwords import Passwords
from storage.store import Store
from tests.serving import ROOT
from tests.web.outside import nothing_outside
from web.app import create_app
from web.front import Front
from web.openapi.catalogue import CHAPTERS, PAGES
from web.openapi.document import unsaid
from web.openapi.routes import Docs
from web.site import Hooks
from web.views import Answer, Request

PUBLISHED = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Of a server with every dialect."""
    folder = tmp_path_factory.mktemp("house")
    store, passwords = Store(open_database(folder / "house.sqlite"), WallClock()), Passwords()
    house, settings = House(WallClock(), LocalBoard()), Settings(limits=Limits(requests_per_second=0))
    hooks = Hooks(store, None)  # nothing is sent
    app = create_app(house, settings, store, passwords, nothing_outside(house.clock), hooks=hooks)
    assert isinstance(app, Front)
    yield app
    passwords.close()
    store.close()


def asked(docs: Docs, rule: str, name: str = "", **header: str) -> Answer:
    view = next(route.view for route in docs.routes() if route.rule == rule)
    answer = view(Request({f"HTTP_{field}": value for field, value in header.items()}, {"name": name}))
    assert isinstance(answer, Answer)
    return answer


def test_every_rest_route_is_spoken_of(front: Front) -> None:
    """Whoever hangs up a route says in its dialect's openapi.py what it takes and answers."""
    assert not unsaid(front.hung, CHAPTERS, PAGES)


def test_nothing_is_spoken_of_that_is_not_there(front: Front) -> None:
    up = {f"{each.route.method} {each.route.rule}" for each in front.hung}
    assert {key for chapter in CHAPTERS for key in chapter.operations} <= up
    assert {each.route.rule for each in front.hung} >= PAGES


def test_no_two_chapters_speak_of_the_same(front: Front) -> None:
    keys = [key for chapter in CHAPTERS for key in chapter.operations]
    assert len(keys) == len(set(keys))
    schemes = [name for chapter in CHAPTERS for name in chapter.schemes]
    assert len(schemes) == len(set(schemes))
    used = {name for chapter in CHAPTERS for each in chapter.operations.values() for name in each.opened_by}
    assert used <= set(schemes)


def test_the_document_is_served_with_its_tag(front: Front) -> None:
    docs = Docs(front.hung)
    first = asked(docs, "/openapi.json")
    document = orjson.loads(first.body)
    assert document["openapi"] == "3.1.1"
    identifiers = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(identifiers) == len(set(identifiers))
    again = asked(docs, "/openapi.json", IF_NONE_MATCH=dict(first.headers)["ETag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(("name", "digest"), PUBLISHED.items())
def test_files_are_served_as_they_were_published(front: Front, name: str, digest: str) -> None:
    answer = asked(Docs(front.hung), "/docs/<name>", name)
    assert hashlib.sha256(answer.body).hexdigest() == digest
    assert (ROOT / "web" / "openapi" / "static" / "swagger-ui" / "LICENSE").is_file()
    assert dict(answer.headers)["X-Content-Type-Options"] == "nosniff"


def test_the_page_may_load_nothing_from_elsewhere(front: Front) -> None:
    page = asked(Docs(front.hung), "/docs/")
    policy = dict(page.headers)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';")
    assert b"//" not in Path(ROOT / "web" / "openapi" / "static" / "docs.html").read_bytes()
    assert page.body == (ROOT / "web" / "openapi" / "static" / "docs.html").read_bytes()
