"""Lantern's document against the examples and tables of its specification."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.presence import NOBODY, Activity, Claim, Kept, Kind, Link, Picture, Presence, Source, Status, Subject
from tests.web.dialects.discord.members import NOT_ACCOUNT, SPOTIFY, presence
from web.dialects.discord.book import Book
from web.dialects.discord.flags import names
from web.dialects.discord.person import person
from web.dialects.lantern import codec

CODE = {
    "id": "5e7",
    "name": "Visual Studio Code",
    "type": 0,
    "state": "Workspace: x",
    "details": "Editing main.py",
    "application_id": "383226320970055681",
    "created_at": 1795223844348,
    "assets": {
        "large_image": "565945077491433494",
        "large_text": "Editing",
        "small_image": "mp:external/aBcD/https/example.com/a.png",
        "small_text": "VS Code",
    },
    "timestamps": {"start": 1795220144348},
}


def document(shown: Presence, subject: Subject = NOT_ACCOUNT, *, deployed: bool = True) -> Any:
    known = person(subject, shown)
    assert known is not None
    return orjson.loads(orjson.dumps(codec.document(known, deployed=deployed)))


def test_the_example_of_section_5_is_met_to_the_key() -> None:
    shown = presence("online").keeping(Kept(pairs=(("location", "Izmir"),)))
    avatar = "https://cdn.discordapp.com/avatars/100000000000000001/abcdef1234567890abcdef1234567890.webp"
    expected = {
        "metadata": {
            "id": "100000000000000001",
            "username": "alice",
            "discriminator": "0",
            "global_name": "Alice",
            "avatar": "abcdef1234567890abcdef1234567890",
            "avatar_url": avatar,
            "display_avatar_url": avatar,
            "bot": False,
            "flags": {"human_readable": ["HypeSquadOnlineHouse1", "ActiveDeveloper"], "bitfield": 4194368},
            "monitoring_since": {"unix": 1700000000, "raw": "2023-11-14T22:13:20.000Z"},
        },
        "active_platforms": {"desktop": "online", "mobile": "idle", "web": "offline", "spotify": None},
        "activities": [],
        "storage": {"location": "Izmir"},
        "server_tag": {
            "guild_id": "987654321098765432",
            "name": "GGEZ",
            "icon_url": "https://cdn.discordapp.com/guild-tag-badges/987654321098765432/badgehash123.webp",
        },
        "status": "online",
        "last_seen_at": {"unix": None, "raw": None},
    }
    found = document(shown)
    assert found == expected
    assert [list(found), list(found["metadata"])] == [list(expected), list(expected["metadata"])]  # type: ignore[call-overload]


def test_an_ordinary_activity_in_both_wires() -> None:
    (deployed,) = document(presence("online", CODE))["activities"]
    start = {"unix": 1795220144, "raw": "2026-11-21T00:15:44.348Z"}
    assert deployed == {
        "name": "Visual Studio Code",
        "type": 0,
        "state": "Workspace: x",
        "details": "Editing main.py",
        "application_id": "383226320970055681",
        "created_at": 1795223844348,
        "assets": {
            "large_image": {
                "hash": "565945077491433494",
                "image_url": "https://cdn.discordapp.com/app-assets/383226320970055681/565945077491433494.webp",
                "text": "Editing",
            },
            "small_image": {
                "hash": "mp:external/aBcD/https/example.com/a.png",
                "image_url": "https://media.discordapp.net/external/aBcD/https/example.com/a.png",
                "text": "VS Code",
            },
        },
        "timestamps": {"start_time": start},
    }
    (documented,) = document(presence("online", CODE), deployed=False)["activities"]
    assert documented == {**deployed, "id": "5e7", "type": "PLAYING", "created_at": 1795223844, "start_time": start}


@pytest.mark.parametrize(
    ("asset", "large", "small"),
    [
        (
            "abc",
            "https://cdn.discordapp.com/app-assets/null/abc.webp",
            "https://cdn.discordapp.com/app-assets/null/abc.webp",
        ),
        (
            "mp:attachments/a/b.png",
            "https://media.discordapp.net/attachments/a/b.png",
            "https://media.discordapp.net/attachments/a/b.png",
        ),
        ("spotify:id", "https://i.scdn.co/image/id", None),
        ("spotify:id:more", "https://i.scdn.co/image/id", None),
        ("youtube:id", "https://i.ytimg.com/vi/id/hqdefault_live.jpg", None),
        ("twitch:id", "https://static-cdn.jtvnw.net/previews-ttv/live_user_id.png", None),
        ("https://example.com/a.png", None, None),
        ("other:id", None, None),
    ],
)
def test_where_pictures_are(asset: str, large: str | None, small: str | None) -> None:
    (activity,) = document(presence("online", {"name": "x", "assets": {"large_image": asset, "small_image": asset}}))[
        "activities"
    ]
    assert activity["assets"]["large_image"]["image_url"] == large
    assert activity["assets"]["small_image"]["image_url"] == small


@pytest.mark.parametrize(
    ("user", "avatar", "shown"),
    [
        ({"avatar": "a_1"}, "https://cdn.discordapp.com/avatars/100000000000000001/a_1.gif", None),
        ({"avatar": None}, None, "https://cdn.discordapp.com/embed/avatars/0.png"),
        ({"avatar": None, "discriminator": "1234"}, None, "https://cdn.discordapp.com/embed/avatars/4.png"),
        ({"avatar": None, "discriminator": 1237}, None, "https://cdn.discordapp.com/embed/avatars/2.png"),
    ],
)
def test_avatars(user: dict[str, Any], avatar: str | None, shown: str | None) -> None:
    metadata = document(presence("online", user=user))["metadata"]
    assert (metadata["avatar_url"], metadata["display_avatar_url"]) == (avatar, shown or avatar)


def test_flags_of_every_name_in_ascending_order() -> None:
    assert names((1 << 64) - 1)[:3] == ["Staff", "Partner", "Hypesquad"]
    assert names(1 << 51 | 1 << 44 | 1 << 13) == ["HasUnreadUrgentMessages", "Quarantined", "RestrictedCollaborator"]
    assert len(names((1 << 64) - 1)) == 23
    assert document(presence("online", user={"public_flags": "64"}))["metadata"]["flags"] == {
        "human_readable": ["HypeSquadOnlineHouse1"],
        "bitfield": 64,
    }
    assert "bitfield" not in document(presence("online", user={"public_flags": None}))["metadata"]["flags"]


def test_custom_status_with_an_emoji_of_either_kind() -> None:
    custom = {"name": "Custom Status", "type": 4, "state": "hello", "created_at": 1700000000123}
    emoji = {"name": "cat", "id": "123456789012345678", "animated": True}
    (shown,) = document(presence("online", {**custom, "emoji": emoji}))["activities"]
    assert shown == {
        "name": "Custom Status",
        "type": 4,
        "text": "hello",
        "start_time": {"unix": 1700000000, "raw": "2023-11-14T22:13:20.123Z"},
        "end_time": None,
        "emoji": {
            "animated": True,
            "name": "cat",
            "id": "123456789012345678",
            "createdTimestamp": 1449504792216,
            "identifier": "a:cat:123456789012345678",
            "imageURL": "https://cdn.discordapp.com/emojis/123456789012345678.webp",
        },
    }
    (plain,) = document(presence("online", {**custom, "emoji": {"name": "🔥"}}))["activities"]
    assert plain["emoji"]["identifier"] == "%F0%9F%94%A5"
    assert [plain["emoji"][key] for key in ("animated", "id", "createdTimestamp", "imageURL")] == [None] * 4
    (bare,) = document(presence("online", {"name": "Custom Status", "type": 4}), deployed=False)["activities"]
    assert (bare["text"], bare["emoji"], bare["type"]) == (None, None, "CUSTOM")


def test_spotify() -> None:
    book = Book(codec.deployed)
    page = book.page(NOT_ACCOUNT, presence("online", SPOTIFY))
    assert page is not None
    song = orjson.loads(page.at(1_700_000_065.9))["active_platforms"]["spotify"]
    assert song == {
        "track_id": "track",
        "song": "Song",
        "artist": ["One", "Two"],
        "album": "Album",
        "album_cover": "https://i.scdn.co/image/cover",
        "start_time": {"unix": 1700000000, "raw": "2023-11-14T22:13:20.000Z"},
        "end_time": {"unix": 1700000200, "raw": "2023-11-14T22:16:40.000Z"},
        "time": {"current_human_readable": "01:05", "end_human_readable": "03:20"},
    }
    assert page.etag.startswith('W/"')
    for now, heard in ((1_600_000_000, "00:00"), (1_800_000_000, "03:20")):
        time = orjson.loads(page.at(now))["active_platforms"]["spotify"]["time"]
        assert time["current_human_readable"] == heard


def test_spotify_of_a_local_file_of_one_artist() -> None:
    song = document(presence("online", {"name": "Spotify", "details": "S", "state": "One"}))["active_platforms"][
        "spotify"
    ]
    assert (song["track_id"], song["artist"], song["start_time"]) == (None, "One", {"unix": None})
    assert not {"album", "album_cover"} & set(song)


def test_a_trap_in_the_storage_is_no_hole() -> None:
    shown = presence("online", SPOTIFY).keeping(Kept(pairs=(("current_human_readable", "@"),)))
    page = Book(codec.deployed).page(NOT_ACCOUNT, shown)
    assert page is not None
    assert orjson.loads(page.at(0))["storage"] == {"current_human_readable": "@"}


def test_an_activity_with_an_end_alone_breaks_nothing() -> None:
    (shown,) = document(presence("online", {"name": "x", "timestamps": {"end": 5}}))["activities"]
    assert shown["timestamps"] == {"start_time": None}


def test_last_seen_is_told_while_offline_only() -> None:
    kept = Kept(last_seen_at=1795224435.77)
    assert document(presence("offline").keeping(kept))["last_seen_at"] == {
        "unix": 1795224435,
        "raw": "2026-11-21T01:27:15.770Z",
    }
    assert document(presence("idle").keeping(kept))["last_seen_at"] == {"unix": None, "raw": None}


def test_a_claim_of_another_dialect_is_shown_through_the_canonical_activity() -> None:
    activity = Activity(
        "Song",
        Kind.LISTENING,
        Link("by J. S. Bach", "https://example.org"),
        (Link("one"), Link("two")),
        Picture("https://example.org/a.png", "art"),
        started_ms=1_700_000_000_000.0,
    )
    subject = Subject("u", "ann", account=True, links=(("discord", "200000000000000002"),))
    shown = Presence((Claim(Source("session", "1"), 1.0, Status.IDLE, (activity,), "mobile"),))
    found = document(shown, subject)
    assert found["metadata"]["id"] == "200000000000000002"
    assert (found["metadata"]["username"], found["status"]) == ("ann", "idle")
    assert found["active_platforms"] == {"desktop": "offline", "mobile": "idle", "web": "offline", "spotify": None}
    (seen,) = found["activities"]
    assert (seen["name"], seen["type"], seen["details"], seen["state"]) == ("Song", 2, "by J. S. Bach", "one, two")
    assert seen["assets"]["large_image"]["image_url"] == "https://example.org/a.png"
    assert seen["timestamps"]["start_time"]["unix"] == 1_700_000_000


def test_who_has_no_document() -> None:
    assert person(Subject("x", "x"), NOBODY) is None
    hidden = presence("online").with_claim(Claim(Source("session", "1"), 2.0, Status.INVISIBLE))
    assert person(NOT_ACCOUNT, hidden) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = ("name", "type", "state", "details", "assets", "timestamps", "emoji", "application_id", "created_at", "sync_id")


@given(
    st.fixed_dictionaries({}, optional={key: anything | st.just("Spotify") | st.just("Custom Status") for key in KEYS}),
    st.dictionaries(st.sampled_from(("large_image", "small_image", "start", "end", "large_text")), anything),
    anything,
)
def test_types_are_not_validated_by_discord(activity: dict[str, Any], inner: dict[str, Any], flags: Any) -> None:
    for said in (activity, {**activity, "assets": inner, "timestamps": inner, "emoji": inner}):
        shown = presence("online", said, user={"public_flags": flags, "avatar": flags, "primary_guild": inner})
        for form in (codec.documented, codec.deployed):
            page = Book(form).page(NOT_ACCOUNT, shown)
            assert page is not None
            assert len(orjson.loads(page.at(1.0))["activities"]) == 1
