from actors.effects import Authenticate, Follow, Hang, Publish, Retract
from actors.errors import Malformed
from actors.messages.connection import Authenticated, Heard, SignedIn
from actors.messages.directory import DeliverAll
from actors.messages.warden import Verify
from actors.presence import Claim, Source, Subject
from actors.subscriber import VERIFIED_WITHIN, WAITING_MESSAGES
from tests.actors.connected import KEY, Connected
from tests.actors.home import ALICE, Home, Poison


def said(home: Home, what: str = "chess") -> Claim:
    return home.claim(what, source="socket", lasts=None)


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
    home.learn(ALICE)
    connected = Connected(home, Publish("alice", said(home)))
    home.learn(Subject("id-a", "bob", account=True))
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


def test_a_token_of_which_nobody_says_anything_closes_the_connection(home: Home) -> None:
    """The warden may have fallen over it. Seen to fail: the client waited for ever, and was pinged meanwhile."""
    connected = Connected(home, Authenticate("secret"))
    home.stage.clock.advance(VERIFIED_WITHIN - 1)
    assert connected.door.closed == []
    home.stage.clock.advance(1)
    assert connected.door.closed == [(1013, "try again later")]


def test_who_was_answered_may_take_as_long_as_it_likes(home: Home) -> None:
    connected = Connected(home, Authenticate("first"))
    home.stage.clock.advance(VERIFIED_WITHIN - 1)
    home.stage.tell(connected.ref, Authenticated(None))
    connected.does(Authenticate("second"))
    home.stage.clock.advance(VERIFIED_WITHIN - 1)
    home.stage.tell(connected.ref, Authenticated(None))
    home.stage.clock.advance(VERIFIED_WITHIN)
    assert connected.door.closed == []


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
