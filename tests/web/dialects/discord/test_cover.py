"""A song that another dialect's publisher tells of has its cover at the address that was given."""

from typing import Any

import pytest

from actors.presence import Activity, Claim, Kind, Picture, Presence, Source
from tests.web.dialects.discord.people import ANN
from web.dialects.discord.person import Person, person
from web.dialects.lantern import codec as lantern
from web.dialects.lanyard import codec as lanyard


def heard(source: str) -> Person:
    song = Activity("Spotify", kind=Kind.LISTENING, image=Picture(source, "Album"), id="spotify:1")
    shown = person(ANN, Presence((Claim(Source("native", "player"), 1.0, activities=(song,)),)))
    assert shown is not None
    return shown


@pytest.mark.parametrize("cover", ["https://img.example/cover.png", "data:image/png;base64,AA=="])
def test_the_cover_is_where_its_publisher_said(cover: str) -> None:
    song: dict[str, Any] = lantern.document(heard(cover), deployed=False)["active_platforms"]["spotify"]
    assert song["album_cover"] == cover
    assert lanyard.document(heard(cover))["spotify"]["album_art_url"] == cover
