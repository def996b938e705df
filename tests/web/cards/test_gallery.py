"""Art is waited for a moment and no longer, fetched once for everybody, and what cannot be had is left out."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import gevent
import pytest
from gevent.event import Event
from PIL import Image

from actors.errors import Unavailable
from tests.clock import FakeClock
from tests.web.pictures.samples import BLUE, RED, encoded, flat
from web.cards import gallery as gallery_module
from web.cards.gallery import MOMENT, Gallery
from web.outgoing import Response
from web.pictures import Album, Studio

pytestmark = pytest.mark.live

SKY = encoded(flat(400, 200, BLUE), "PNG")
STORM = encoded(flat(300, 300), "GIF", save_all=True, append_images=[flat(300, 300, RED)], duration=50)


@dataclass
class Shelf:
    """A Client that has one picture at `https://a/...`, and says nothing until its gate is open."""

    asked: list[str] = field(default_factory=list)
    gate: Event = field(default_factory=Event)
    heard: Event = field(default_factory=Event)

    def fetch(self, _method: str, url: str, **_options: object) -> Response:
        self.asked.append(url)
        self.heard.set()
        self.gate.wait()
        if not url.startswith("https://a/"):
            raise Unavailable("unreachable")
        return Response(200, {}, STORM if "storm" in url else SKY)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def gallery(clock: FakeClock, shelf: Shelf) -> Iterator[Gallery]:
    studio = Studio(clock)
    made = Gallery(Album(shelf, studio, clock), clock)
    yield made
    made.close()
    studio.close()


def size(url: str) -> tuple[int, int]:
    head, _, data = url.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return image.size


def test_a_picture_comes_verified_and_small_and_is_asked_for_once(gallery: Gallery, shelf: Shelf) -> None:
    shelf.gate.set()
    hung = gallery.hang({"https://a/1": 192, "https://b/1": 64})
    assert {url: size(found) for url, found in hung.items()} == {"https://a/1": (192, 96)}
    assert gallery.hang({"https://a/1": 192, "https://b/1": 64}) == hung
    assert sorted(shelf.asked) == ["https://a/1", "https://b/1"]
    assert size(gallery.hang({"https://a/1": 64})["https://a/1"]) == (64, 32)


def test_what_moves_comes_beside_its_still_and_what_does_not_is_left_out(gallery: Gallery, shelf: Shelf) -> None:
    shelf.gate.set()
    wanted = {"https://a/sky": 192, "https://a/storm": 192}
    hung = gallery.hang(wanted, {"https://a/storm?moves": 128, "https://a/sky?moves": 128})
    kinds = {url: found.partition(";")[0] for url, found in hung.items()}
    assert kinds == {**dict.fromkeys(wanted, "data:image/jpeg"), "https://a/storm?moves": "data:image/webp"}
    gallery.hang(wanted, {"https://a/storm?moves": 128, "https://a/sky?moves": 128})
    assert len(shelf.asked) == 4, "also that it does not move is remembered"


def test_a_slow_one_holds_the_card_for_a_moment_and_is_there_for_the_next(
    gallery: Gallery, shelf: Shelf, clock: FakeClock
) -> None:
    first = gevent.spawn(gallery.hang, {"https://a/1": 192})
    assert shelf.heard.wait(5)
    second = gevent.spawn(gallery.hang, {"https://a/1": 192})
    clock.advance(MOMENT - 0.01)
    assert not first.ready()
    while len(clock.pending) < 2:
        gevent.idle()
    clock.advance(0.01)
    assert first.get(timeout=5) == {}
    clock.advance(MOMENT)
    assert second.get(timeout=5) == {}
    shelf.gate.set()
    assert list(gallery.hang({"https://a/1": 192})) == ["https://a/1"]
    assert shelf.asked == ["https://a/1"]


def test_while_too_many_are_fetched_further_ones_are_not_begun(
    gallery: Gallery, shelf: Shelf, clock: FakeClock
) -> None:
    wanted = {f"https://a/{number}": 64 for number in range(gallery_module.AT_ONCE + 1)}
    waiting = gevent.spawn(gallery.hang, wanted)
    while len(shelf.asked) < gallery_module.AT_ONCE:
        gevent.idle()
    assert gallery.hang({"https://a/further": 64}) == {}
    clock.advance(MOMENT)
    assert waiting.get(timeout=5) == {}
    assert len(shelf.asked) == gallery_module.AT_ONCE


def test_the_end_leaves_nobody_waiting(gallery: Gallery, shelf: Shelf, clock: FakeClock) -> None:
    waiting = gevent.spawn(gallery.hang, {"https://a/1": 192})
    assert shelf.heard.wait(5)
    gallery.close()
    assert waiting.get(timeout=5) == {}
