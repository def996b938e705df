"""An image is fetched once for all who want it, and a hostile one holds up nobody."""

import base64
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import gevent
import pytest
from gevent import monkey
from gevent.event import Event

from actors.clock import WallClock
from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from tests.clock import FakeClock
from tests.hub import WORST
from tests.web.pictures.samples import BLUE, chunk, encoded, flat, png
from web.outgoing import IMAGE, Response
from web.pictures import Album, Studio
from web.pictures import album as album_module
from web.pictures import studio as studio_module

pytestmark = pytest.mark.live

SKY = encoded(flat(20, 20, BLUE), "PNG")


@dataclass
class Shelf:
    """A Client that has what the test put there."""

    answers: dict[str, Response | HouseError]
    asked: list[str] = field(default_factory=list)
    gate: Event = field(default_factory=Event)

    def fetch(self, method: str, url: str, **options: object) -> Response:
        self.asked.append(url)
        assert (method, options["limits"]) == ("GET", IMAGE)
        self.gate.wait()
        answer = self.answers[url]
        if isinstance(answer, HouseError):
            raise answer
        return answer


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def studio(clock: FakeClock) -> Iterator[Studio]:
    made = Studio(clock)
    yield made
    made.close()


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf({"https://a/": Response(200, {}, SKY)})
    made.gate.set()
    return made


@pytest.fixture
def album(shelf: Shelf, studio: Studio, clock: FakeClock) -> Album:
    return Album(shelf, studio, clock)  # type: ignore[arg-type]


def test_an_image_is_fetched_once_within_the_hour(album: Album, shelf: Shelf, clock: FakeClock) -> None:
    assert album.palette("https://a/") == ("#0a14c8",)
    clock.advance(album_module.KEPT_SECONDS - 1)
    assert album.palette("https://a/") == ("#0a14c8",)
    assert len(shelf.asked) == 1
    clock.advance(1)
    assert album.palette("https://a/") == ("#0a14c8",)
    assert album.picture("https://a/").kind == "image/jpeg"
    assert len(shelf.asked) == 3


def test_whoever_comes_meanwhile_waits_for_the_same_fetch(album: Album, shelf: Shelf) -> None:
    shelf.gate.clear()
    asking = [gevent.spawn(album.palette, "https://a/") for _ in range(50)]
    gevent.idle()
    shelf.gate.set()
    assert [each.get(timeout=5) for each in asking] == [("#0a14c8",)] * 50
    assert shelf.asked == ["https://a/"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Response(404, {}, SKY), Unavailable("no-image-there")),
        (Response(200, {}, b"<html>"), Malformed("no-image")),
        (Response(200, {}, png(30_000, 30_000, pixels=b"")), Overrun("too-many-pixels")),
        (Refused("private-address"), Refused("private-address")),
    ],
)
def test_a_failure_is_remembered_for_a_while(
    album: Album, shelf: Shelf, clock: FakeClock, answer: Response | HouseError, failure: HouseError
) -> None:
    shelf.answers["https://b/"] = answer
    for _ in range(3):
        with pytest.raises(type(failure), match=failure.code):
            album.palette("https://b/")
    assert len(shelf.asked) == 1
    clock.advance(album_module.FAILURE_KEPT_SECONDS)
    shelf.answers["https://b/"] = Response(200, {}, SKY)
    assert album.palette("https://b/") == ("#0a14c8",)


def test_who_is_killed_leaves_the_others_an_answer(album: Album, shelf: Shelf) -> None:
    shelf.gate.clear()
    first = gevent.spawn(album.palette, "https://a/")
    gevent.idle()
    second = gevent.spawn(failure_of, lambda: album.palette("https://a/"))
    gevent.idle()
    first.kill()
    assert isinstance(second.get(timeout=5), Unavailable)
    shelf.gate.set()
    assert album.palette("https://a/") == ("#0a14c8",)


def test_an_image_in_its_address_is_not_fetched(album: Album, shelf: Shelf) -> None:
    text = base64.b64encode(SKY).decode()
    assert album.palette(f"data:image/png;base64,{text}") == ("#0a14c8",)
    assert album.palette("DATA:image/png," + "".join(f"%{byte:02x}" for byte in SKY)) == ("#0a14c8",)
    for url, code in (("data:", "bad-url"), ("data:;base64,A", "bad-url"), ("data:,x", "no-image")):
        with pytest.raises(Malformed, match=code):
            album.palette(url)
    with pytest.raises(Overrun, match="too-large"):
        album.palette("data:," + "x" * (4 * IMAGE.body_bytes))
    assert shelf.asked == []


def test_an_image_that_takes_too_long_is_given_up(
    studio: Studio, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = monkey.get_original("threading", "Event")()  # a native one: the studio's threads wait for it
    monkeypatch.setattr(studio_module.picture, "palette", lambda _: done.wait(10))
    asking = [gevent.spawn(failure_of, lambda: studio.palette(SKY)) for _ in range(studio_module.WAITING)]
    gevent.idle()
    with pytest.raises(Overrun, match="too-many-images"):
        studio.palette(SKY)
    clock.advance(studio_module.SECONDS)
    for each in asking:
        assert each.get(timeout=5).code == "too-slow"
    done.set()


HOSTILE = {
    "large png": png(3_160, 3_160),
    "large webp": encoded(flat(2_040, 2_040, (1, 2, 3, 4)), "WEBP", lossless=True),
    "large gif": encoded(flat(2_000, 2_000).convert("P"), "GIF"),
    "many chunks": png(4, 4, chunk(b"tEXt", b"a\0") * 70_000),
    "much text": png(4, 4, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))] * 8),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_image_does_not_hold_the_hub(name: str) -> None:
    """PROMISES: never above 50 ms. The best of up to ten, because the machine has other work."""
    studio = Studio(WallClock())
    kept = any(longest_gap(lambda: studio.verify(HOSTILE[name])) < WORST for _ in range(10))
    studio.close()
    assert kept


STRIPES = [flat(256, 256, (number, 255 - number, number % 7 * 30)) for number in range(240)]
RESTLESS = {
    "many frames": encoded(STRIPES[0], "WEBP", save_all=True, append_images=STRIPES[1:], duration=20),
    "large frames": encoded(
        flat(1_990, 2_000), "GIF", save_all=True, append_images=[flat(1_990, 2_000, (n, 0, 0)) for n in range(3)]
    ),
    "many chunks": encoded(flat(4, 4), "PNG", save_all=True, append_images=[flat(4, 4, (n, 0, 0)) for n in range(240)]),
}


@pytest.mark.parametrize("name", RESTLESS)
def test_a_restless_image_does_not_hold_the_hub(name: str) -> None:
    studio = Studio(WallClock())
    kept = any(longest_gap(lambda: studio.moving(RESTLESS[name], 128)) < WORST for _ in range(10))
    studio.close()
    assert kept


def test_of_one_address_there_is_a_still_and_what_moves(album: Album, shelf: Shelf) -> None:
    moves = encoded(flat(9, 9), "GIF", save_all=True, append_images=[flat(9, 9, (9, 9, 9))], duration=50)
    shelf.answers["https://m/"] = Response(200, {}, moves)
    assert album.thumbnail("https://m/", 64).kind == "image/jpeg"
    assert album.thumbnail("https://m/", 64, moving=True).kind == "image/webp"
    assert album.thumbnail_known("https://m/", 64, moving=True) == album.thumbnail("https://m/", 64, moving=True)
    with pytest.raises(Malformed, match="no-motion"):
        album.thumbnail("https://a/", 64, moving=True)
    assert album.thumbnail("https://a/", 64).kind == "image/jpeg"


def longest_gap(work: Callable[[], object]) -> float:
    """Seconds between two turns of the hub, at most, while the work is done elsewhere."""
    doing = gevent.spawn(failure_of, work)
    longest, last = 0.0, time.perf_counter()
    while not doing.ready():
        gevent.get_hub().wait(gevent.get_hub().loop.timer(0.001))
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


def failure_of(work: Callable[[], object]) -> HouseError | None:
    try:
        work()
    except HouseError as failure:
        return failure
    return None
