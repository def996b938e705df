from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from actors.accounts import Credential
from actors.errors import Malformed
from actors.messages import (
    Arrived,
    Authenticate,
    Authenticated,
    DeliverAll,
    Effect,
    Follow,
    Hang,
    Heard,
    Learn,
    Publish,
    Retract,
    Say,
    SignedIn,
    Unfollow,
    Unlearn,
    UserFell,
    Verify,
)
from actors.presence import Claim, Source, Subject
from actors.subscriber import WAITING_MESSAGES, Subscriber
from tests.actors.home import ALICE, Home, Poison
from tests.actors.viewers import NotingLane, PlainEncoding
from tests.stage import Stage

KEY = Credential("key", b"", "id-a", frozenset({"publish"}), created_at=0.0)


class ScriptedSession:
    """Does what it is told: a message is a list of effects; `heard` is what it heard."""

    publishes = False

    def __init__(self, encoding: PlainEncoding, *opening: Effect) -> None:
        self.encoding = encoding
        self.opening = opening
        self.heard: list[Any] = []
        self.then: Any = []

    def opened(self, _now: float) -> Iterable[Effect]:
        return self.opening

    def received(self, data: Any, _now: float) -> Iterable[Effect]:
        self.heard.append(data)
        if isinstance(data, Exception):
            raise data
        return data if isinstance(data, list) else []

    def authenticated(self, credential: Credential | None, _now: float) -> Iterable[Effect]:
        self.heard.append(credential)
        return self.then  # type: ignore[no-any-return]


@dataclass
class NotingDoor:
    """Notes how it was closed, and ends the subscriber as a real one does."""

    heard_at: float = 0.0
    answers_pings: bool = True
    silence: float = 29.5
    closed: list[tuple[int, str]] = field(default_factory=list)
    pings: int = 0
    aborted: bool = False
    ref: Any = None

    def ping(self) -> None:
        self.pings += 1

    def close(self, code: int, reason: str = "") -> None:
        if not self.closed:
            self.closed.append((code, reason))
            if self.ref.is_alive():
                self.ref.stop(block=False)

    def abort(self) -> None:
        self.aborted = True
        if self.ref.is_alive():
            self.ref.stop(block=False)


class SayingLane(NotingLane):
    def say(self, payload: bytes) -> None:
        self.send(self.frame(payload))

    def user_fell(self, user: str) -> None:
        super().user_fell(user)
        self.ref.tell(UserFell(user))

    ref: Any = None


class Connected:
    """A Subscriber on the Stage, with what stands around it."""

    def __init__(self, home: Home, *opening: Effect) -> None:
        self.home = home
        self.session = ScriptedSession(PlainEncoding(), *opening)
        self.lane = SayingLane(self.session.encoding)
        self.door = NotingDoor(home.stage.clock.monotonic())
        parts: Any = (self.session, self.lane, self.door, home.house)
        self.ref: Any = Subscriber.start(*parts, parent=home.house.connections, path="ws-1")
        self.door.ref = self.lane.ref = self.ref
        home.stage.tell(home.house.connections, Arrived(self.ref, self.door))

    def does(self, *effects: Effect) -> None:
        self.home.stage.tell(self.ref, Heard(list(effects)))  # type: ignore[arg-type]


@pytest.fixture
def home() -> Iterator[Home]:
    with Stage() as stage:
        yield Home(stage)


def said(home: Home, what: str = "chess") -> Claim:
    return home.claim(what, source="socket", lasts=None)


# Watching


def test_what_a_session_asks_for_at_its_opening_is_done(home: Home) -> None:
    connected = Connected(home, Say(b"hello"), Follow("alice"))
    assert connected.lane.take() == ["hello", "snapshot alice"]
    home.report("alice", said(home))
    assert connected.lane.take() == ["update alice chess"]


def test_two_names_of_one_user_are_watched_once_and_until_both_are_given_up(home: Home) -> None:
    home.stage.tell(home.house.directory, Learn(ALICE))
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
    home.stage.tell(home.house.directory, Learn(ALICE))
    connected = Connected(home, Follow("alice"))
    home.stage.tell(home.house.directory, Learn(Subject("id-a", "bob", account=True)))
    connected.does(Unfollow("alice"))
    assert home.user("bob").watchers.lanes == []


@pytest.mark.parametrize("ends", [True, False])
def test_whoever_was_bare_when_asked_for_is_let_go_by_the_account_it_became(home: Home, ends: bool) -> None:
    connected = Connected(home, Follow("alice"))
    home.stage.tell(home.house.directory, Learn(ALICE))
    if ends:
        connected.door.close(1000)
        home.stage.settle()
    else:
        connected.does(Unfollow("alice"))
    assert home.user("id-a").watchers.lanes == []


def test_a_user_that_fell_is_watched_again_whatever_its_id_is_by_now(home: Home) -> None:
    """Seen to fail when the fallen user's id was looked for among the ids of when they were asked for."""
    connected = Connected(home, Follow("alice"))
    home.stage.tell(home.house.directory, Learn(ALICE))
    home.deliver("alice", Poison())
    assert connected.lane.heard == [("fell", "id-a")]
    assert connected.lane.take() == ["snapshot alice", "snapshot alice"]
    home.report("alice", said(home))
    assert connected.lane.take() == ["update alice chess"]


def test_who_is_merged_into_an_account_is_watched_there(home: Home) -> None:
    home.stage.tell(home.house.directory, Learn(ALICE))
    home.report("alice", said(home))
    connected = Connected(home, Follow("bob"))
    home.stage.tell(home.house.directory, Learn(Subject("id-a", "bob", account=True)))
    assert connected.lane.take() == ["snapshot bob", "snapshot bob chess"]
    assert home.user("bob").watchers.lanes == [connected.lane]


def test_who_was_removed_is_watched_under_the_bare_name_and_then_under_the_next_account_of_it(home: Home) -> None:
    home.stage.tell(home.house.directory, Learn(ALICE))
    connected = Connected(home, Follow("alice"))
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    home.deliver("alice", Poison())
    home.stage.tell(home.house.directory, Learn(Subject("id-b", "alice", account=True)))
    connected.lane.take()
    home.report("id-b", said(home))
    assert connected.lane.take() == ["update alice chess"]


def test_one_who_does_not_watch_is_not_made_to(home: Home) -> None:
    connected = Connected(home)
    home.stage.tell(connected.ref, UserFell("alice"))
    assert home.user("alice") is None


# Publishing


def test_what_a_socket_says_dies_with_it(home: Home) -> None:
    """Law 4. Seen to fail with the Withdraws taken out of Subscriber._leave."""
    connected = Connected(home, Publish("alice", said(home)), Publish("bob", said(home, "go")))
    watcher = home.watch("alice")
    assert home.look("alice").claims
    connected.door.close(1000)
    home.stage.settle()
    assert watcher.take() == ["snapshot alice chess", "update alice"]
    assert home.look("bob").claims == ()
    assert home.house.board.claims("alice") == ()


def test_what_it_said_dies_with_a_fall_too(home: Home) -> None:
    connected = Connected(home, Publish("alice", said(home)), Follow("alice"))
    home.stage.tell(connected.ref, Poison())
    assert home.look("alice").claims == ()
    assert home.user("alice").watchers.lanes == []
    assert connected.door.closed == [(1011, "")]
    assert home.stage.actor(home.house.connections.ref).guests == {}
    assert home.stage.actor(home.house.connections.ref).fallen == 1


def test_a_claim_is_taken_back_from_who_it_was_made_about_even_after_a_renaming(home: Home) -> None:
    """Seen to fail when the name was looked up again at the end: by then it meant nobody, and the claim was a ghost."""
    home.stage.tell(home.house.directory, Learn(ALICE))
    connected = Connected(home, Publish("alice", said(home)))
    home.stage.tell(home.house.directory, Learn(Subject("id-a", "bob", account=True)))
    connected.door.close(1000)
    home.stage.settle()
    assert home.look("bob").claims == ()


def test_a_retracted_claim_is_gone_and_not_withdrawn_again(home: Home) -> None:
    connected = Connected(home, Publish("alice", said(home)))
    connected.does(Retract("alice", Source("session", "socket")))
    assert home.look("alice").claims == ()
    home.probe("directory").take()
    connected.door.close(1000)
    home.stage.settle()
    assert home.probe("directory").got(DeliverAll) == []


def test_a_connection_that_leaves_says_so_in_one_message(home: Home) -> None:
    """Seen to fail with a message for each of its users: 600 such connections overflow the Directory's mailbox."""
    connected = Connected(home, *(Follow(f"user-{number}") for number in range(200)))
    home.probe("directory").take()
    connected.door.close(1000)
    home.stage.settle()
    leaving = [message for message in home.probe("directory").mail if not hasattr(message, "path")]
    assert [len(message.parcels) for message in leaving] == [200]


# The conversation


def test_messages_wait_for_the_answer_about_a_token_and_keep_their_order(home: Home) -> None:
    connected = Connected(home, Authenticate("secret"))
    for number in range(3):
        home.stage.tell(connected.ref, Heard(str(number)))
    assert connected.session.heard == []
    assert home.probe("warden").got(Verify) == [Verify("secret", connected.ref)]
    home.stage.tell(connected.ref, Authenticated(KEY))
    assert connected.session.heard == [KEY, "0", "1", "2"]
    assert home.probe("connections").got(SignedIn) == [SignedIn(connected.ref, "key")]


def test_a_second_token_among_those_that_waited_makes_the_rest_wait_again(home: Home) -> None:
    """Seen to fail when what had waited was heard in one go: a message came between a question and its answer."""
    connected = Connected(home, Authenticate("first"))
    for data in ([Authenticate("second")], "then"):
        home.stage.tell(connected.ref, Heard(data))  # type: ignore[arg-type]
    home.stage.tell(connected.ref, Authenticated(None))
    assert connected.session.heard == [None, [Authenticate("second")]]
    home.stage.tell(connected.ref, Authenticated(KEY))
    assert connected.session.heard[2:] == [KEY, "then"]


def test_a_client_that_says_too_much_before_the_answer_is_closed(home: Home) -> None:
    connected = Connected(home, Authenticate("secret"))
    for number in range(WAITING_MESSAGES + 1):
        home.stage.tell(connected.ref, Heard(str(number)))
    assert connected.door.closed == [(1008, "too many messages before the greeting")]


def test_a_client_at_fault_is_closed_with_the_causes_word(home: Home) -> None:
    connected = Connected(home)
    home.stage.tell(connected.ref, Heard(Malformed("malformed-body", "a text for the log")))  # type: ignore[arg-type]
    assert connected.door.closed == [(1008, "malformed-body")]
    assert not connected.ref.is_alive()


def test_the_house_and_the_session_may_hang_up(home: Home) -> None:
    assert Connected(home, Hang(4001, "enough")).door.closed == [(4001, "enough")]
    other = Connected(home)
    home.stage.tell(other.ref, Hang(1008, "token revoked"))
    assert other.door.closed == [(1008, "token revoked")]


def test_nothing_is_heard_once_nothing_can_be_said(home: Home) -> None:
    connected = Connected(home)
    connected.lane.alive = False
    connected.does(Publish("alice", said(home)))
    assert connected.session.heard == []
    assert home.user("alice") is None
