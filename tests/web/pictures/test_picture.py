"""What is an image, what is made of it, and what is refused before it costs anything."""

import io
import os
import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from actors.errors import HouseError, Malformed, Overrun
from tests.web.pictures.samples import BLUE, RED, chunk, encoded, flat, png
from web.pictures.picture import LARGEST, THUMBNAIL_BYTES, Picture, media_type, palette, thumbnail, verify

SIXTEEN_MEBI = zlib.compress(bytes(16 << 20), 9)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_four_kinds(kind: str) -> None:
    picture = verify(encoded(flat(40, 30), kind))
    assert (picture.kind, picture.width, picture.height) == ("image/jpeg", 40, 30)
    with Image.open(io.BytesIO(picture.data)) as again:
        assert (again.format, again.size) == ("JPEG", (40, 30))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(3, 5), (700, 500), (2100, 40)])
def test_every_mode_and_size(mode: str, size: tuple[int, int]) -> None:
    picture = verify(encoded(Image.new(mode, size), "PNG"))
    assert max(picture.width, picture.height) == min(LARGEST, max(size))
    assert len(palette(encoded(Image.new(mode, size), "PNG"))) <= 1


@pytest.mark.parametrize(("size", "made"), [((400, 200), (64, 32)), ((20, 30), (20, 30))])
def test_a_thumbnail_is_small_and_never_larger_than_it_was(size: tuple[int, int], made: tuple[int, int]) -> None:
    picture = thumbnail(encoded(flat(*size), "PNG"), 64)
    assert (picture.kind, picture.width, picture.height) == ("image/jpeg", *made)
    with Image.open(io.BytesIO(picture.data)) as again:
        assert again.size == made


def test_a_heavy_thumbnail_makes_do_with_few_colours_and_stays_clear() -> None:
    noise = Image.frombytes("RGBA", (300, 300), random.Random(1).randbytes(4 * 300 * 300))
    noise.putpixel((0, 0), (0, 0, 0, 0))
    picture = thumbnail(encoded(noise, "PNG"), 192)
    assert (picture.kind, picture.width) == ("image/png", 192)
    assert len(picture.data) < 2 * THUMBNAIL_BYTES
    with Image.open(io.BytesIO(picture.data)) as again:
        assert len(again.convert("RGBA").getcolors(300) or []) > 100
        assert again.convert("RGBA").getchannel("A").getextrema()[0] < 255


def test_a_thumbnail_is_refused_as_a_picture_is() -> None:
    with pytest.raises(Malformed, match="no-image"):
        thumbnail(b"<svg/>", 64)


def test_what_shines_through_stays_so() -> None:
    picture = verify(encoded(flat(20, 20, (*BLUE, 100)), "PNG"))
    assert picture.kind == "image/png"
    with Image.open(io.BytesIO(picture.data)) as again:
        assert again.getpixel((1, 1)) == (*BLUE, 100)


def test_nothing_but_the_pixels_is_taken_over() -> None:
    secret = b"51.5007N 0.1246W"
    comment = chunk(b"tEXt", b"Comment\x00" + secret)
    for data in (png(4, 4, comment), png(4, 4) + secret, encoded(flat(4, 4), "JPEG", comment=secret)):
        assert secret in data
        assert secret not in verify(data).data


def test_of_many_frames_the_first_is_taken() -> None:
    frames = [flat(30, 30, RED)] * 200
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(flat(30, 30, BLUE), kind, save_all=True, append_images=frames)
        assert palette(data) == palette(encoded(flat(30, 30, BLUE), kind))
        assert verify(data).width == 30


def test_the_palette_of_stripes_is_their_colours_the_broadest_first() -> None:
    image = flat(60, 60, BLUE)
    image.paste(RED, (0, 0, 60, 20))
    assert palette(encoded(image, "PNG")) == ("#0a14c8", "#c8140a")
    noise = palette(encoded(Image.effect_noise((64, 64), 90).convert("RGB"), "PNG"))
    assert 2 <= len(noise) <= 5


def test_what_is_transparent_has_no_colour() -> None:
    assert palette(encoded(flat(20, 20, (1, 2, 3, 0)), "PNG")) == ()


@pytest.mark.parametrize(
    "data",
    [
        png(30_000, 30_000, pixels=bytes(1000)),
        png(3_200, 3_200, pixels=bytes(1000)),
        png(9_000, 10, pixels=bytes(1000)),
        encoded(flat(2_100, 2_100), "WEBP"),
        encoded(flat(9_000, 1), "GIF"),
    ],
    ids=["bomb", "large", "wide", "webp", "gif"],
)
def test_too_many_pixels_are_refused_by_the_header(data: bytes) -> None:
    for look in (verify, palette):
        with pytest.raises(Overrun, match="too-many-pixels"):
            look(data)


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = encoded(Image.effect_noise((64, 64), 50), "JPEG", progressive=True)
    scan = data.index(b"\xff\xda")
    last = data[data.rindex(b"\xff\xda") : -2]
    assert verify(data).kind == "image/jpeg"
    with pytest.raises(Overrun, match="too-many-scans"):
        verify(data[:scan] + last * 1000 + data[scan:])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html>",
        b"%PDF-1.4",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        encoded(flat(4, 4), "BMP"),
        encoded(flat(4, 4), "TIFF"),
        encoded(flat(16, 16), "ICO"),
        encoded(flat(4, 4), "PPM"),
        png(4, 4)[:40],
        png(0, 4),
        png(400, 400, pixels=b""),
        encoded(flat(400, 400), "JPEG")[:100],
        png(4, 4, chunk(b"zTXt", b"a\0\0" + SIXTEEN_MEBI), chunk(b"iCCP", b"a\0\0" + SIXTEEN_MEBI)),
        png(4, 4)[:33] + os.urandom(5000),
    ],
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    for look in (verify, palette):
        with pytest.raises(Malformed, match="no-image"):
            look(data)


@given(st.data())
def test_a_damaged_image_is_an_image_or_refused(data: st.DataObject) -> None:
    sound = bytearray(data.draw(st.sampled_from(SOUND)))
    for _ in range(data.draw(st.integers(1, 4))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = verify(bytes(sound))
    except HouseError:
        return
    assert isinstance(picture, Picture)
    assert picture.width <= LARGEST


SOUND = [encoded(flat(9, 7), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")]


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("JPEG", {}), ("GIF", {}), ("WEBP", {}), ("MPO", {"save_all": True})]
)
def test_what_it_is_called_is_found_out(kind: str, options: dict[str, Any]) -> None:
    wanted = "jpeg" if kind == "MPO" else kind.lower()
    assert media_type(encoded(flat(8, 8), kind, **options)) == f"image/{wanted}"


def test_half_an_image_is_called_nothing() -> None:
    whole = encoded(flat(64, 64), "PNG")
    with pytest.raises(Malformed):
        media_type(whole[: len(whole) // 2])
    with pytest.raises(Overrun):
        media_type(png(20_000, 20_000, pixels=b""))
