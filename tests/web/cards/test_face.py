"""What is to be seen of a person: Discord's profile, and activities of whatever dialect."""

from typing import Any

import pytest

from actors.presence import NOBODY, Activity, Claim, Kept, Kind, Link, Picture, Presence, Source, Status, Subject
from tests.web.dialects.discord.members import NOT_ACCOUNT, SPOTIFY, presence
from web.cards.face import NOBODY_KNOWN, Mood, face, without_profile

ANN = Subject("ann", "ann", account=True, listed=True)
CDN = "https://cdn.discordapp.com"


def test_a_member_of_the_guild() -> None:
    seen = face(NOT_ACCOUNT, presence("idle", SPOTIFY))
    assert (seen.name, seen.handle, seen.status) == ("Alice", "alice", "idle")
    assert seen.avatar == f"{CDN}/avatars/100000000000000001/abcdef1234567890abcdef1234567890.webp?size=256"
    assert seen.badges == ("HypeSquadOnlineHouse1", "ActiveDeveloper")
    assert seen.tag is not None
    assert (seen.tag.name, seen.tag.icon) == ("GGEZ", f"{CDN}/guild-tag-badges/987654321098765432/badgehash123.webp")
    (song,) = seen.doings
    assert (song.kind, song.details, song.state, song.album) == (Kind.LISTENING, "Song", "One; Two", "Album")
    assert song.picture == "https://i.scdn.co/image/cover"
    assert (song.started_ms, song.ends_ms, song.is_spotify) == (1_700_000_000_000, 1_700_000_200_000, True)


def test_of_what_moves_a_still_is_asked_for_too() -> None:
    restless = {"avatar": "a_abc", "avatar_decoration_data": {"asset": "a_def", "sku_id": "1"}}
    seen = face(NOT_ACCOUNT, presence("online", user=restless))
    avatars, decorations = f"{CDN}/avatars/100000000000000001", f"{CDN}/avatar-decoration-presets"
    assert seen.avatar == f"{avatars}/a_abc.webp?size=256"
    assert seen.moving_avatar == f"{avatars}/a_abc.gif?size=128"
    assert seen.decoration == f"{decorations}/a_def.png?size=240&passthrough=false"
    assert seen.moving_decoration == f"{decorations}/a_def.png?size=240&passthrough=true"


def test_what_stands_still_is_asked_for_once() -> None:
    seen = face(NOT_ACCOUNT, presence("online", user={"avatar_decoration_data": {"asset": "../x?"}}))
    assert (seen.moving_avatar, seen.moving_decoration) == (None, None)
    assert seen.decoration == f"{CDN}/avatar-decoration-presets/..%2Fx%3F.png?size=240&passthrough=false"


@pytest.mark.parametrize("said", [None, "x", {}, {"asset": None}, {"asset": ""}, {"asset": ["a_"]}])
def test_without_a_decoration_there_is_none(said: object) -> None:
    seen = face(NOT_ACCOUNT, presence("online", user={"avatar_decoration_data": said}))
    assert (seen.decoration, seen.moving_decoration) == (None, None)


def test_by_name_nothing_of_discords_is_shown() -> None:
    """A decoration is as good as a name to whoever has seen it at Discord."""
    restless = {"avatar": "a_abc", "avatar_decoration_data": {"asset": "a_def"}}
    seen = without_profile(face(NOT_ACCOUNT, presence("online", user=restless)), "ann")
    assert not any((seen.avatar, seen.moving_avatar, seen.decoration, seen.moving_decoration, seen.handle, seen.tag))


def test_what_lanterns_card_fails_at_is_left_out() -> None:
    """Section 4.6: no global name, no timestamps, a flag without an icon."""
    said = {"name": "X", "type": 0}
    seen = face(NOT_ACCOUNT, presence("online", said, user={"global_name": None, "public_flags": 1 << 20}))
    assert (seen.name, seen.badges, seen.doings[0].started_ms) == ("alice", ("Spammer",), None)


@pytest.mark.parametrize(
    ("emoji", "mood"),
    [
        (None, Mood("hello", "", None)),
        ({"name": "🔥"}, Mood("hello", "🔥", None)),
        ({"name": "cat", "id": "12", "animated": True}, Mood("hello", "", f"{CDN}/emojis/12.webp")),
    ],
)
def test_a_custom_status_is_no_activity(emoji: Any, mood: Mood) -> None:
    custom = {"name": "Custom Status", "type": 4, "state": "hello", "emoji": emoji}
    seen = face(NOT_ACCOUNT, presence("online", custom))
    assert (seen.mood, seen.doings) == (mood, ())


def test_what_another_dialect_says_of_somebody_without_a_discord_account() -> None:
    activity = Activity(
        "Reading",
        details=Link("A book"),
        state=(Link("page 5"), Link("of 9")),
        image=Picture("https://e.org/a"),
        paused=True,
    )
    seen = face(ANN, Presence((Claim(Source("session", "1"), 1.0, activities=(activity,)),)))
    assert (seen.name, seen.handle, seen.avatar, seen.status) == ("ann", None, None, "online")
    (doing,) = seen.doings
    assert (doing.name, doing.details, doing.state, doing.picture) == (
        "Reading",
        "A book",
        "page 5, of 9",
        "https://e.org/a",
    )
    assert doing.paused


def test_last_seen_belongs_to_who_is_offline() -> None:
    kept = Kept(last_seen_at=5.0)
    assert face(ANN, Presence(kept=kept)).last_seen_at == 5.0
    online = Presence((Claim(Source("session", "1"), 1.0, Status.ONLINE),), kept)
    assert face(ANN, online).last_seen_at is None


def test_who_hides_is_nobody() -> None:
    hidden = presence("online").with_claim(Claim(Source("session", "1"), 2.0, Status.INVISIBLE))
    assert face(NOT_ACCOUNT, hidden) == NOBODY_KNOWN
    assert face(ANN, NOBODY).status == "offline"
