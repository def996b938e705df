"""Avatars by `/{id}.png` and its kin, against spec/lanyard.md section 4."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from actors.errors import HouseError, Refused, Unavailable
from actors.house import House
from actors.presence import Claim, Source, Status
from storage.board import LocalBoard
from tests.clock import FakeClock
from tests.web.dialects.discord.members import ALICE, presence
from web.dialects.discord.finding import Finding
from web.dialects.lanyard.quicklinks import EXTENSIONS, Quicklinks
from web.outgoing import Response
from web.views import Answer, Request

CDN = "https://cdn.discordapp.com"
IMAGE = Response(
    200, {"content-type": "image/png", "etag": '"x"', "set-cookie": "a=b", "content-length": "9"}, b"\x89PNG"
)


@dataclass
class World:
    """A house with Alice in it, and a CDN that says what the test wants."""

    says: Response | HouseError = IMAGE
    asked: list[str] = field(default_factory=list)
    house: House = field(default_factory=lambda: House(FakeClock(), LocalBoard()))

    def fetch(self, method: str, url: str, **_options: Any) -> Response:
        assert method == "GET"
        self.asked.append(url)
        if isinstance(self.says, HouseError):
            raise self.says
        return self.says

    def member(self, **user: Any) -> "World":
        (claim,) = presence("online", user=user).claims
        self.house.board.report(ALICE["id"], claim)
        return self

    def get(self, path: str, **environ: str) -> Answer:
        name, _, extension = path.rpartition(".")
        assert extension in EXTENSIONS
        links = Quicklinks(Finding(self.house), self.fetch)
        (view,) = (route.view for route in links.routes() if route.rule == f"/<name>.{extension}")
        answer = view(Request({"REQUEST_METHOD": "GET", "PATH_INFO": f"/{path}", **environ}, {"name": name}))
        assert isinstance(answer, Answer)
        return answer


@pytest.mark.parametrize(
    ("avatar", "extension", "address"),
    [
        ("abc", "png", f"avatars/{ALICE['id']}/abc.png?size=1024"),
        ("abc", "jpeg", f"avatars/{ALICE['id']}/abc.jpeg?size=1024"),
        ("abc", "gif", f"avatars/{ALICE['id']}/abc.jpg?size=1024"),
        ("a_abc", "gif", f"avatars/{ALICE['id']}/a_abc.gif?size=1024"),
        (None, "webp", f"embed/avatars/{(int(ALICE['id']) >> 22) % 6}.png"),
    ],
)
def test_what_the_cdn_is_asked_for(avatar: str | None, extension: str, address: str) -> None:
    world = World().member(avatar=avatar)
    answer = world.get(f"{ALICE['id']}.{extension}", HTTP_ORIGIN="https://e.org")
    assert world.asked == [f"{CDN}/{address}"]
    assert (answer.status, answer.body, answer.content_type) == (200, b"\x89PNG", "image/png")
    fields = dict(answer.headers)
    assert fields["Etag"] == '"x"'
    assert (fields["X-Content-Type-Options"], fields["Access-Control-Allow-Origin"]) == ("nosniff", "*")
    assert not {"Set-Cookie", "Content-Length"} & set(fields)


def test_who_is_unknown_or_hides_is_not_monitored_and_nobody_is_asked() -> None:
    world = World()
    unknown = world.get(f"{ALICE['id']}.png")
    world.member()
    world.house.board.report(ALICE["id"], Claim(Source("session", "1"), 2.0, Status.INVISIBLE))
    hidden = world.get(f"{ALICE['id']}.png")
    assert unknown == hidden
    assert (unknown.status, orjson.loads(unknown.body)["error"]["code"]) == (404, "user_not_monitored")
    assert world.asked == []


def test_a_name_with_a_dot_is_no_route() -> None:
    answer = World().member().get("1.2.png")
    assert (answer.status, orjson.loads(answer.body)["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "said",
    [
        Unavailable("unreachable"),
        Refused("bad-url"),
        Response(302, {"location": "http://10.0.0.1/"}),
        Response(200, {"content-type": "text/html"}, b"<script>"),
        Response(599, {}),
    ],
)
def test_what_cannot_be_had_is_an_error_of_upstream(said: Response | HouseError) -> None:
    answer = World(said).member().get(f"{ALICE['id']}.png")
    assert (answer.status, orjson.loads(answer.body)["error"]["code"]) == (502, "upstream_error")


def test_another_status_of_the_cdn_is_passed_on() -> None:
    answer = World(Response(404, {"content-type": "text/plain"}, b"gone")).member().get(f"{ALICE['id']}.png")
    assert (answer.status, answer.body, answer.content_type) == (404, b"gone", "text/plain")
    assert dict(answer.headers)["Content-Security-Policy"] == "default-src 'none'; sandbox"
