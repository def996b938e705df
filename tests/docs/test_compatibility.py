"""docs/compatibility.md: the limits that it names are those of the code."""

import re

import pytest

from actors.artworks import LARGEST
from actors.connections import PONG_WITHIN, SILENCE
from actors.keyvalues import MOST_BYTES
from actors.lane import OUTBOX_BYTES
from actors.settings import Limits
from tests.serving import ROOT
from web.dialects.lantern.words import MESSAGE_BYTES as LANTERNS_BYTES
from web.doors import CONTROL_FRAMES
from web.edge.limits import EdgeLimits
from web.frames import MESSAGE_BYTES

EDGE, LIMITS, KIB = EdgeLimits(), Limits(), 1024
TEXT = (ROOT / "docs" / "compatibility.md").read_text("utf-8").partition("\n### Limits\n")[2].partition("\n### ")[0]


def row(about: str) -> str:
    """The second cell of the row about this."""
    (found,) = re.findall(rf"^\| {about}[^|]*\| ([^|]*) \|", TEXT, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize(
    ("about", "numbers"),
    [
        ("requests", [LIMITS.requests_per_second]),
        ("connections", [LIMITS.connections_per_address, LIMITS.connections]),
        ("the request line", [EDGE.request_line // KIB]),
        ("header fields", [EDGE.header_fields, EDGE.header_bytes // KIB]),
        ("a body", [EDGE.body // KIB, MOST_BYTES // KIB, LARGEST // KIB**2]),
        ("time for", [EDGE.head_time, EDGE.body_time]),
        ("a connection kept open", [EDGE.idle_time]),
        ("a message on", [MESSAGE_BYTES // KIB, LANTERNS_BYTES]),
        ("messages of a watcher", [LIMITS.messages_per_minute]),
        ("messages of a publisher", [LIMITS.publisher_messages_per_second]),
        ("pings", [CONTROL_FRAMES]),
        ("what a watcher", [OUTBOX_BYTES // KIB]),
        ("silence", [SILENCE, PONG_WITHIN]),
    ],
)
def test_a_limit_is_what_the_page_says(about: str, numbers: list[float]) -> None:
    told = re.sub(r"\(.*?\)", "", row(about))
    assert [float(each.replace(",", "")) for each in re.findall(r"\d[\d,.]*\d|\d", told)] == numbers


def test_every_row_is_looked_at() -> None:
    assert len(re.findall(r"^\| (?!what \||---)", TEXT, re.MULTILINE)) == 13
