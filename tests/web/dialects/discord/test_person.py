"""Person: another dialect's words as Discord's, and who has a document at all."""

from typing import Any

import pytest

from actors.presence import NOBODY, Activity, Claim, Kind, Link, Picture, Presence, Source, Status, Subject
from tests.web.dialects.discord.members import ALICE, NOT_ACCOUNT, presence
from tests.web.dialects.discord.people import ANN
from web.dialects.discord.person import Person, discord_id, is_there, person

SESSION = Source("session", "s")
FULL = Activity(
    name="Suite",
    kind=Kind.LISTENING,
    details=Link("Prelude", "https://a.example/prelude"),
    state=(Link("one"), Link("two", "https://a.example/two"), Link("three", "https://a.example/three")),
    image=Picture("https://a.example/large.png", "Album", "https://a.example/album"),
    small_image=Picture("https://a.example/small.png"),
    started_ms=5.9,
    ends_ms=10.0,
    id="x",
)


def shown(*claims: Claim, of: Subject = ANN) -> Person:
    known = person(of, Presence(claims))
    assert known is not None
    return known


def test_everything_that_another_dialect_says_has_its_place() -> None:
    (doing,) = shown(Claim(SESSION, 1.0, activities=(FULL,))).activities
    assert doing.document == {
        "id": "x",
        "name": "Suite",
        "type": 2,
        "details": "Prelude",
        "details_url": "https://a.example/prelude",
        "state": "one, two, three",
        "state_url": "https://a.example/two",
        "timestamps": {"start": 5, "end": 10},
        "assets": {
            "large_image": "https://a.example/large.png",
            "large_text": "Album",
            "large_url": "https://a.example/album",
            "small_image": "https://a.example/small.png",
        },
    }
    assert (doing.large_url, doing.small_url) == ("https://a.example/large.png", "https://a.example/small.png")


def test_what_another_dialect_does_not_say_has_none() -> None:
    (doing,) = shown(Claim(SESSION, 1.0, activities=(Activity("x", details=Link("y")),))).activities
    assert doing.document == {"id": "0", "name": "x", "type": 0, "state": None, "details": "y"}
    assert (doing.large_url, doing.small_url) == (None, None)


def test_what_clients_count_on_is_there_of_whoever_is_no_member() -> None:
    assert shown().user == {
        "id": "100000000000000001",
        "username": "Ann",
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": False,
        "public_flags": 0,
        "avatar_decoration_data": None,
        "primary_guild": None,
        "collectibles": None,
    }


@pytest.mark.parametrize(
    ("statuses", "platform"),
    [(("idle", "online"), "online"), (("online", "idle"), "online"), (("dnd", "idle"), "idle"), (("offline",), None)],
)
def test_a_platform_shows_the_most_available_who_names_it(statuses: tuple[str, ...], platform: str | None) -> None:
    claims = (Claim(Source("session", str(n)), n, Status(said), (), "mobile") for n, said in enumerate(statuses))
    assert shown(*claims).platforms.get("mobile") == platform


@pytest.mark.parametrize(
    ("subject", "known", "there"),
    [
        (ANN, NOBODY, True),
        (ANN, Presence((Claim(SESSION, 1.0, Status.INVISIBLE),)), False),
        (NOT_ACCOUNT, presence(), True),
        (Subject("bob", "bob"), Presence((Claim(SESSION, 1.0, Status.ONLINE),)), False),
    ],
)
def test_who_is_there(subject: Subject, known: Any, there: bool) -> None:
    assert is_there(subject, known) is there
    assert (person(subject, known) is not None) is there


def test_a_link_goes_before_what_a_member_is() -> None:
    linked = Subject("id", "ann", account=True, links=(("mastodon", "m"), ("discord", "7")))
    assert discord_id(linked, presence()) == "7"
    assert discord_id(NOT_ACCOUNT, presence()) == ALICE["id"]
