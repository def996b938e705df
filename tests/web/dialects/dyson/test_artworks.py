"""Artwork's views without a server: what is read from storage, and what an account may no more upload."""

from io import BytesIO

import pytest

from actors.artworks import LARGEST, Artwork
from actors.errors import Overrun, Refused
from tests.clock import FakeClock
from web.dialects.dyson.artworks import REMEMBERED_SECONDS, Artworks
from web.dialects.dyson.requests import Invalid
from web.views import Answer, Request

SMALL = Artwork("0a" * 32, "image/png", b"data")


class Shelf:
    """Storage with one image, which is counted each time it is read, and room for no other."""

    def __init__(self) -> None:
        self.read = 0

    def artwork(self, digest: str) -> Artwork | None:
        self.read += 1
        return SMALL if digest == SMALL.digest else None

    def add_artwork(self, _artwork: Artwork, _account: str) -> None:
        raise Refused("too-many-artworks")

    def refer_to_artworks(self, _digests: tuple[str, ...]) -> frozenset[str]:
        return frozenset()


class Busy:
    def media_type(self, data: bytes) -> str:
        if data == b"later":
            raise Overrun("too-many-images")
        return "image/png"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(lambda: None)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def artworks(shelf: Shelf, clock: FakeClock) -> Artworks:
    return Artworks(shelf, Busy(), clock)


def _get(artworks: Artworks, name: str) -> Answer:
    return artworks.get(Request({}, {"hash": name}))


def _post(artworks: Artworks, data: bytes) -> Answer:
    named = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/png'
    sent = b"%b\r\n\r\n%b\r\n--b--" % (named, data)
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.input": BytesIO(sent),
    }
    return artworks.post(Request(environ), lambda _request: "ann")


def test_an_image_is_read_once_in_a_while_and_an_unknown_one_each_time(
    artworks: Artworks, shelf: Shelf, clock: FakeClock
) -> None:
    for name in (SMALL.digest, f"sha256:{SMALL.digest}", SMALL.digest.upper()):
        assert _get(artworks, name).body == SMALL.data
    assert shelf.read == 1
    clock.advance(REMEMBERED_SECONDS + 1)
    assert _get(artworks, SMALL.digest).body == SMALL.data
    assert shelf.read == 2
    for number in (3, 4):
        with pytest.raises(Refused, match="unknown-artwork"):
            _get(artworks, "0b" * 32)
        assert shelf.read == number


def test_what_cannot_be_taken_now_or_any_more_is_told_apart(artworks: Artworks) -> None:
    with pytest.raises(Invalid, match="At most 500 images"):
        _post(artworks, b"one more")
    with pytest.raises(Overrun):
        _post(artworks, b"later")
    with pytest.raises(Invalid, match="1,048,576 bytes"):
        _post(artworks, b"x" * (LARGEST + 1))
