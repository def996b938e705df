import pytest

from actors.effects import Follow, Say, Unfollow
from actors.messages.connection import UserFell
from actors.messages.directory import Unlearn
from actors.presence import Claim, Subject
from tests.actors.connected import Connected
from tests.actors.home import ALICE, Home


def said(home: Home, what: str = "chess") -> Claim:
    return home.claim(what, source="socket", lasts=None)


def test_what_a_session_asks_for_at_its_opening_is_done(home: Home) -> None:
    connected = Connected(home, Say(b"hello"), Follow("alice"))
    assert connected.lane.take() == ["hello", "snapshot alice"]
    home.report("alice", said(home))
    assert connected.lane.take() == ["update alice chess"]


def test_two_names_of_one_user_are_watched_once_and_until_both_are_given_up(home: Home) -> None:
    home.learn(ALICE)
    connected = Connected(home, Follow("alice"), Follow("id-a"), Follow("alice"))
    assert connected.lane.take() == ["snapshot alice"]
    connected.does(Unfollow("id-a"))
    assert home.user("alice").watchers.lanes == [connected.lane]
    connected.does(Unfollow("nobody"), Unfollow("alice"))
    assert home.user("alice").watchers.lanes == []
    connected.does(Follow("alice"))
    assert connected.lane.take() == ["snapshot alice"]


def test_who_was_renamed_is_given_up_by_the_name_that_was_asked_for(home: Home) -> None:
    """Seen to fail when follows were kept by the id alone: after the renaming the old name meant nobody."""
    home.learn(ALICE)
    connected = Connected(home, Follow("alice"))
    home.learn(Subject("id-a", "bob", account=True))
    connected.does(Unfollow("alice"))
    assert home.user("bob").watchers.lanes == []


@pytest.mark.parametrize("ends", [True, False])
def test_whoever_was_bare_when_asked_for_is_let_go_by_the_account_it_became(home: Home, ends: bool) -> None:
    connected = Connected(home, Follow("alice"))
    home.learn(ALICE)
    if ends:
        connected.door.close(1000)
        home.stage.settle()
    else:
        connected.does(Unfollow("alice"))
    assert home.user("id-a").watchers.lanes == []


def test_a_user_that_fell_is_watched_again_whatever_its_id_is_by_now(home: Home) -> None:
    """Seen to fail when the fallen user's id was looked for among the ids of when they were asked for."""
    connected = Connected(home, Follow("alice"))
    home.learn(ALICE)
    home.fall("alice")
    assert connected.lane.heard == [("fell", "id-a")]
    assert connected.lane.take() == ["snapshot alice", "snapshot alice"]
    home.report("alice", said(home))
    assert connected.lane.take() == ["update alice chess"]


def test_who_is_merged_into_an_account_is_watched_there(home: Home) -> None:
    home.learn(ALICE)
    home.report("alice", said(home))
    connected = Connected(home, Follow("bob"))
    home.learn(Subject("id-a", "bob", account=True))
    assert connected.lane.take() == ["snapshot bob", "snapshot bob chess"]
    assert home.user("bob").watchers.lanes == [connected.lane]


def test_who_was_removed_is_watched_under_the_bare_name_and_then_under_the_next_account_of_it(home: Home) -> None:
    home.learn(ALICE)
    connected = Connected(home, Follow("alice"))
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    home.fall("alice")
    home.learn(Subject("id-b", "alice", account=True))
    connected.lane.take()
    home.report("id-b", said(home))
    assert connected.lane.take() == ["update alice chess"]


def test_one_who_does_not_watch_is_not_made_to(home: Home) -> None:
    connected = Connected(home)
    home.stage.tell(connected.ref, UserFell("alice"))
    assert home.user("alice") is None
