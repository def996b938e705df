"""Cards over HTTP: fresh, harmless, with art from a CDN that the configuration names, and without a stranger's."""

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from tests.serving import Served, start, user_add

pytestmark = pytest.mark.live

ID, OTHER = "100000000000000001", "100000000000000002"
CARD = f"/api/v1/users/{ID}?svg=1"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Cdn:
    """Gives a picture for every path, but `/slow`, for which it waits."""

    asked: list[str] = field(default_factory=list)
    gate: Event = field(default_factory=Event)
    port: int = 0

    def serve(self) -> ThreadingHTTPServer:
        cdn, written = self, io.BytesIO()
        Image.new("RGB", (300, 300), (10, 20, 200)).save(written, "PNG")

        class Shop(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cdn.asked.append(self.path)
                if self.path == "/slow":
                    cdn.gate.wait(10)
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(written.getvalue())))
                self.end_headers()
                self.wfile.write(written.getvalue())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
        self.port = server.server_port
        return server


@dataclass
class Town:
    """A server, its CDN, and a session of Alice's."""

    server: Served
    cdn: Cdn
    session: str

    def put(self, *presences: Any) -> None:
        body = json.dumps({"presences": presences}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.session, body, method="PUT")) as answer:
            assert answer.status == 200

    def get(self, path: str, **headers: str) -> tuple[int, Any, bytes]:
        try:
            with urllib.request.urlopen(urllib.request.Request(self.server.url + path, headers=headers)) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.status, answer.headers, answer.read()

    def card(self, path: str = CARD) -> tuple[list[str], int]:
        """Its texts, and how many pictures it has."""
        status, _, body = self.get(path)
        assert status == 200
        card = ET.fromstring(body)
        return [node.text or "" for node in card.iter(f"{SVG}text")], len(list(card.iter(f"{SVG}image")))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data, cdn = tmp_path_factory.mktemp("cards") / "data", Cdn()
    shop = cdn.serve()
    serving = Thread(target=shop.serve_forever, args=(0.05,))
    serving.start()
    token = user_add(data, "alice", "--discord", ID).token
    config = f'[presenti]\nexpires_ms = 600000\n[discord]\ncdn_base = "http://127.0.0.1:{cdn.port}"\n'
    with start(data, config=config) as server:
        session = f"{server.url}/session?token={token}"
        with urllib.request.urlopen(session) as answer:
            session += f"&id={json.load(answer)['sessionID']}"
        yield Town(server, cdn, session)
    cdn.gate.set()
    shop.shutdown()
    serving.join()
    shop.server_close()


@pytest.fixture(autouse=True)
def _nothing_on(town: Town) -> None:
    town.put()


def test_the_head_makes_readmes_ask_again_and_lets_nothing_in(town: Town) -> None:
    status, head, body = town.get(CARD)
    assert (status, head["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert head["Cache-Control"] == "no-cache, max-age=0, s-maxage=0, must-revalidate"
    assert head["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    assert (head["X-Content-Type-Options"], head["Access-Control-Allow-Origin"]) == ("nosniff", "*")
    assert head["ETag"].startswith('"')
    again, head_again, nothing = town.get(CARD, **{"If-None-Match": head["ETag"]})
    assert (again, head_again["ETag"], nothing) == (304, head["ETag"], b"")
    assert head_again["Cache-Control"] == head["Cache-Control"]
    town.put({"title": "Reading"})
    changed, other, card = town.get(CARD, **{"If-None-Match": head["ETag"]})
    assert (changed, other["ETag"] != head["ETag"], b"Reading" in card) == (200, True, True)
    assert b"Reading" not in body


def test_art_comes_from_where_the_configuration_says_the_cdn_is(town: Town) -> None:
    town.put({"title": "Reading", "image": "https://cdn.discordapp.com/book.png"})
    texts, pictures = town.card()
    assert "Reading" in texts
    assert pictures == 2
    town.card()
    assert town.cdn.asked.count("/book.png") == 1
    assert any(path.startswith("/embed/avatars/") for path in town.cdn.asked)


def test_a_strangers_address_leads_to_no_private_host(town: Town) -> None:
    before = len(town.cdn.asked)
    for image in (f"http://127.0.0.1:{town.cdn.port}/x", f"https://localhost:{town.cdn.port}/x", "https://10.0.0.1/x"):
        town.put({"title": "Reading", "image": image})
        assert town.card()[1] == 1, "the avatar alone"
    assert len(town.cdn.asked) == before


def test_slow_art_holds_the_card_for_a_moment_only_and_is_there_later(town: Town) -> None:
    town.put({"title": "Reading", "image": "https://cdn.discordapp.com/slow"})
    assert town.card()[1] == 1, "told while the art's one request, which is given up after 5 s, was still waiting"
    town.cdn.gate.set()
    assert town.card()[1] == 2
    assert town.cdn.asked.count("/slow") == 1


def test_a_bad_option_is_told_in_lanterns_words_also_without_svg(town: Town) -> None:
    for path in (f"{CARD}&theme=blue", f"/api/v1/users/{ID}?theme=blue"):
        status, head, body = town.get(path)
        sentence = 'Theme must be either "light" or "dark".'
        assert (status, json.loads(body)) == (400, {"error": sentence, "errors": sentence})
        assert head["Access-Control-Allow-Origin"] == "*"
    assert json.loads(town.get("/api/v1/users/me?svg=1")[2])["error"] == "user_id must be a number."
    status, head, body = town.get("/u/alice/card.svg?borderRadius=round")
    assert (status, head["Content-Type"], body) == (
        400,
        "text/plain; charset=utf-8",
        b"borderRadius must be a number.\n",
    )


def test_svg_0_and_svg_twice_are_the_document(town: Town) -> None:
    for query in ("svg=0", "svg=1&svg=1", "cachebuster=1"):
        assert json.loads(town.get(f"/api/v1/users/{ID}?{query}")[2])["metadata"]["id"] == ID


def test_an_unknown_user_is_a_neutral_card(town: Town) -> None:
    texts, pictures = town.card(f"/api/v1/users/{OTHER}?svg=1")
    assert (texts, pictures) == (["Unknown user", "Whoever this is has no presence here."], 0)


def test_a_card_by_name_says_no_more_than_the_page(town: Town) -> None:
    """Who is offline looks as somebody whom nobody knows (PROMISES 3.13)."""
    alice, carol = (town.get(f"/u/{name}/card.svg")[2].decode() for name in ("alice", "aliax"))
    assert alice.replace("alice", "aliax").count("aliax") == carol.count("aliax")
    assert ID not in alice
    town.put({"title": "Reading"})
    assert "Reading" in town.card("/u/alice/card.svg")[0]


def test_a_name_that_looks_like_markup_is_text(town: Town) -> None:
    texts, _ = town.card("/u/%3Cscript%3E%E2%80%AE/card.svg")
    assert "<script>" in texts


def test_the_avatar_is_fetched_from_there_too(town: Town) -> None:
    status, head, body = town.get(f"/{ID}.png")
    assert (status, head["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
    status, _, body = town.get(f"/{OTHER}.gif")
    assert (status, json.loads(body)["error"]["code"]) == (404, "user_not_monitored")
    assert json.loads(town.get("/1.2.png")[2])["error"]["code"] == "not_found"
    assert town.get("/x/1.png")[0] == town.get(f"/{ID}.PNG")[0] == 404
