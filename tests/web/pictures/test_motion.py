"""What moves: every frame of it within limits, or it is no motion; and the hub is not held."""

import io
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from actors.errors import HouseError, Malformed, Overrun
from tests.web.pictures.samples import BLUE, RED, chunk, encoded, flat
from web.pictures.motion import LONGEST_MS, MOST_BYTES, MOST_FRAMES, USUAL_MS, moving
from web.pictures.picture import Picture, thumbnail

GREEN = (20, 200, 10)
COLOURS = (BLUE, RED, GREEN)


def animated(kind: str, *frames: Image.Image, **options: object) -> bytes:
    first, *rest = frames or [flat(40, 30, colour) for colour in COLOURS]
    return encoded(first, kind, **{"save_all": True, "append_images": rest, "duration": 50, "loop": 0, **options})


def noise(count: int, side: int) -> list[Image.Image]:
    chance = random.Random(1)
    return [Image.frombytes("RGB", (side, side), chance.randbytes(3 * side * side)) for _ in range(count)]


def frames_of(data: bytes) -> list[tuple[tuple[int, ...], int]]:
    """Of each frame the colour in its middle and how long it is seen."""
    with Image.open(io.BytesIO(data)) as image:
        return [
            (each.convert("RGBA").getpixel((each.width // 2, each.height // 2)), each.info["duration"])  # type: ignore[misc]
            for each in ImageSequence.Iterator(image)
        ]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_every_frame_is_taken_over_with_its_time(kind: str) -> None:
    made = moving(animated(kind, duration=[50, 70, 90]), 20)
    assert (made.kind, made.width, made.height) == ("image/webp", 20, 15)
    frames = frames_of(made.data)
    assert [time for _, time in frames] == [50, 70, 90]
    for (seen, _), colour in zip(frames, COLOURS, strict=True):
        assert max(abs(one - other) for one, other in zip(seen, (*colour, 255), strict=True)) < 12


def test_what_shines_through_stays_so() -> None:
    made = moving(animated("PNG", *[flat(20, 20, (*colour, 0)) for colour in COLOURS], flat(20, 20, (*RED, 255))), 20)
    assert frames_of(made.data)[0][0][3] == 0


@pytest.mark.parametrize(("asked", "shown"), [(0, USUAL_MS), (10, USUAL_MS), (20, 20), (500_000, LONGEST_MS)])
def test_a_frame_is_seen_as_long_as_browsers_show_it(asked: int, shown: int) -> None:
    assert {time for _, time in frames_of(moving(animated("GIF", duration=asked), 20).data)} == {shown}


def test_a_still_that_stands_apart_is_no_frame() -> None:
    data = animated("PNG", flat(20, 20, RED), flat(20, 20, BLUE), flat(20, 20, GREEN), default_image=True)
    assert len(frames_of(moving(data, 20).data)) == 2
    with Image.open(io.BytesIO(thumbnail(data, 20).data)) as still:
        red, _, blue = still.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert red > blue


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "JPEG"])
def test_what_has_one_frame_does_not_move(kind: str) -> None:
    with pytest.raises(Malformed, match="no-motion"):
        moving(encoded(flat(20, 20), kind), 20)


def test_several_photographs_in_one_file_are_no_motion() -> None:
    with pytest.raises(Malformed, match="no-motion"):
        moving(encoded(flat(20, 20), "MPO", save_all=True, append_images=[flat(20, 20, RED)]), 20)


def test_limits() -> None:
    many = [flat(2, 2, (number, 0, 0)) for number in range(MOST_FRAMES + 1)]
    assert moving(animated("WEBP", *many[:-1], lossless=True), 20).width == 2
    large = [flat(2_000, 1_000, (number, 0, 0)) for number in range(9)]
    for frames in (many, large):
        with pytest.raises(Overrun, match="too-many-frames"):
            moving(animated("PNG", *frames), 20)
    with pytest.raises(Overrun, match="too-large"):
        moving(animated("WEBP", *noise(60, 128)), 128)
    assert len(moving(animated("WEBP", *noise(20, 128)), 128).data) <= MOST_BYTES


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"GIF89a", animated("GIF")[:60], encoded(flat(9, 9), "BMP")])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match="no-"):
        moving(data, 20)


def test_an_apng_that_promises_more_frames_than_it_has_is_refused() -> None:
    sound = animated("PNG")
    place = sound.index(b"acTL") - 4
    lying = sound[:place] + chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)) + sound[place + 20 :]
    with pytest.raises(Malformed, match="no-image"):
        moving(lying, 20)


@given(st.data())
def test_a_damaged_animation_is_one_or_refused(data: st.DataObject) -> None:
    sound = bytearray(data.draw(st.sampled_from(SOUND)))
    for _ in range(data.draw(st.integers(1, 4))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = moving(bytes(sound), 20)
    except HouseError:
        return
    assert isinstance(made, Picture)
    assert max(made.width, made.height) <= 20


SOUND = [animated(kind, *[flat(9, 7, colour) for colour in COLOURS]) for kind in ("GIF", "PNG", "WEBP")]
