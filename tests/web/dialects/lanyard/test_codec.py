"""Lanyard's presence object against its specification."""

from typing import Any

import orjson
import pytest

from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.presence import NOBODY, Activity, Claim, Kept, Kind, Link, Picture, Presence, Source, Subject
from tests.web.dialects.discord.members import ALICE, NOT_ACCOUNT, SPOTIFY, presence
from tests.web.dialects.discord.people import ANN
from web.dialects.discord.person import person
from web.dialects.lanyard import codec

KEYS = {
    *("discord_user", "discord_status", "activities", "kv", "listening_to_spotify", "spotify"),
    *(f"active_on_discord_{platform}" for platform in ("web", "desktop", "mobile", "embedded", "vr")),
}


def document(*args: Any, **said: Any) -> Any:
    known = person(NOT_ACCOUNT, presence(*args, **said))
    assert known is not None
    return orjson.loads(orjson.dumps(codec.document(known)))


def test_always_exactly_eleven_keys_and_discords_user_passed_on() -> None:
    found = document("online", user={"clan": None, "display_name_styles": {"x": 1}})
    assert set(found) == KEYS
    assert found["discord_user"].items() >= {**ALICE, "clan": None, "display_name_styles": {"x": 1}}.items()
    assert found["discord_user"].keys() >= {"avatar_decoration_data", "collectibles", "primary_guild"}


def test_platforms_are_true_when_the_key_is_there_whatever_its_value() -> None:
    found = document("online", client_status={"vr": "offline", "embedded": "online"})
    active = {key.rpartition("_")[2] for key in found if key.startswith("active_on") and found[key]}
    assert active == {"vr", "embedded"}


def test_activities_are_raw_but_for_ids_that_are_numbers() -> None:
    raw = {"name": "x", "type": 0, "application_id": 12, "emoji": {"id": 34, "name": "e"}, "buttons": ["a"], "new": [1]}
    (shown,) = document("dnd", raw)["activities"]
    assert shown == {**raw, "application_id": "12", "emoji": {"id": "34", "name": "e"}}


@pytest.mark.parametrize("none", [1e308, -1e308, -1.0, 2.0**63, float("inf"), float("nan")])
def test_a_time_that_no_calendar_has_is_left_out(none: float) -> None:
    """Seen to fail: one publisher's `"start": 1e308` closed all who watch everybody with 1011."""
    for started, ends, timestamps in ((none, 5.0, {"end": 5}), (4.6, none, {"start": 4}), (none, none, None)):
        activity = Activity(name="x", started_ms=started, ends_ms=ends)
        known = person(ANN, Presence((Claim(Source("session", "s"), 1.0, activities=(activity,)),)))
        assert known is not None
        (shown,) = orjson.loads(orjson.dumps(codec.document(known)))["activities"]
        assert shown.get("timestamps") == timestamps


def test_spotify_goes_by_its_id() -> None:
    found = document("online", SPOTIFY)
    assert found["listening_to_spotify"] is True
    assert found["spotify"] == {
        "track_id": "track",
        "song": "Song",
        "artist": "One; Two",
        "album": "Album",
        "album_art_url": "https://i.scdn.co/image/cover",
        "timestamps": {"start": 1_700_000_000_000, "end": 1_700_000_200_000},
    }
    assert document("online", {**SPOTIFY, "id": "x"})["spotify"] is None


@pytest.mark.parametrize(
    ("asset", "address"),
    [("spotify:a", "https://i.scdn.co/image/a"), ("any:a", "https://i.scdn.co/image/a"), ("a", None), ("a:b:c", None)],
)
def test_album_art(asset: str, address: str | None) -> None:
    assert document("online", {**SPOTIFY, "assets": {"large_image": asset}})["spotify"]["album_art_url"] == address


@pytest.mark.parametrize("source", ["https://a.example/b.png", "http://a.example/b.png", "data:image/png;base64,aa=="])
def test_art_that_another_dialect_gives_an_address_for_is_there(source: str) -> None:
    song = Activity("Suite", Kind.LISTENING, details=Link("Prelude"), image=Picture(source), id=codec.SPOTIFY)
    known = person(ANN, Presence((Claim(Source("session", "s"), 1.0, activities=(song,)),)))
    assert known is not None
    assert codec.document(known)["spotify"]["album_art_url"] == source


def test_a_member_without_a_presence() -> None:
    subject = Subject("u", "ann", account=True, links=(("discord", "1"),))
    known = person(subject, NOBODY.keeping(Kept(pairs=(("location", "LA"),))))
    assert known is not None
    found = codec.document(known)
    assert (found["discord_status"], found["activities"], found["spotify"]) == ("offline", [], None)
    assert found["kv"] == {"location": "LA"}
    assert not any(found[key] for key in found if key.startswith("active_on"))


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (Refused("no-permission"), 401, "no_permission", "You do not have permission to access this resource"),
        (Malformed("malformed-json"), 404, "invalid_kv_value", "body must be an object"),
        (Malformed(codec.BROKEN_RULE, "too long"), 404, "kv_validation_failed", "too long"),
        (Refused("upgrade-failed"), 400, "upgrade_failed", "Request failed to upgrade"),
        (Refused("unknown-path"), 404, "not_found", "Route does not exist"),
        (Refused("wrong-method"), 404, "not_found", "Route does not exist"),
        (Overrun("too-many-requests"), 429, "rate_limited", "Too many requests"),
        (Unavailable("store-away"), 503, "unavailable", "Temporarily unavailable"),
        (HouseError("broken"), 500, "internal", "Internal Server Error"),
    ],
)
def test_errors(error: HouseError, status: int, code: str, message: str) -> None:
    assert codec.error(error) == (status, {"success": False, "error": {"code": code, "message": message}})
