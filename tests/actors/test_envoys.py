"""Envoys by a hand-moved clock: one lease for all that a first party's session said."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import envoys
from actors.envoys import MOST_USERS, Envoys, Roll
from actors.errors import Overrun, Refused
from actors.house import House
from actors.leases import MOST_PAUSE
from actors.messages.directory import Deliver, DeliverAll
from actors.messages.envoys import Accredit, Accredited, Disavow, Dismiss, Prolong, Speak
from actors.messages.user import Report, Withdraw
from actors.presence import Activity, Source, Subject
from tests.stage import Stage

ONE, TWO = Source("session", "one"), Source("session", "two")
READING = (Activity("Reading"),)


class Play:
    """The actor, its house, and what the directory was told, in short."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.house: House = stage.house()
        self.roll: Roll = {}
        self.ref = stage.start(Envoys, self.house, self.roll)

    def ask(self, message: object) -> object:
        return self.stage.ask(self.ref, message)

    def open(self, source: Source, seconds: float = 10) -> None:
        self.ask(Accredit(source, self.stage.clock.now() + seconds, "key"))

    def speak(self, source: Source, user: str, seconds: float = 10) -> None:
        self.ask(Speak(source, user, READING, self.stage.clock.now() + seconds))

    def told(self) -> list[tuple[str, str, Source]]:
        said = []
        mail = self.house.directory.take()  # type: ignore[attr-defined]
        for delivery in chain.from_iterable(each.parcels if isinstance(each, DeliverAll) else [each] for each in mail):
            assert isinstance(delivery, Deliver)
            message = delivery.message
            source = message.source if isinstance(message, Withdraw) else message.claim.source
            said.append((type(message).__name__, delivery.user, source))
        return said


def test_what_it_says_names_its_credential() -> None:
    """After a kill -9 claims return and no envoy: a token that was revoked says nothing then. Seen to fail."""
    with Stage() as stage:
        play = Play(stage)
        play.ask(Accredit(ONE, stage.clock.now() + 10, "token"))
        play.ask(Speak(ONE, "ann", READING, stage.clock.now() + 10))
        (delivery,) = play.house.directory.take()  # type: ignore[attr-defined]
        assert delivery.message.claim.credential == "token"


def test_what_it_said_is_taken_back_of_whom_it_was_said() -> None:
    """Seen to fail when the name was kept, which may be somebody else's by then."""
    with Stage() as stage:
        play = Play(stage)
        play.house.register.learn(Subject("id-a", "ann", account=True))
        play.open(ONE)
        play.speak(ONE, "ann")
        play.house.register.learn(Subject("id-a", "anna", account=True))
        play.house.register.learn(Subject("id-b", "ann", account=True))
        play.ask(Dismiss(ONE))
        assert play.told() == [("Report", "id-a", ONE), ("Withdraw", "id-a", ONE)]


def test_it_ends_with_the_credential_that_opened_it() -> None:
    with Stage() as stage:
        play = Play(stage)
        for source, credential in ((ONE, "revoked"), (TWO, "other")):
            play.ask(Accredit(source, stage.clock.now() + 10, credential))
            play.speak(source, "ann")
        play.speak(ONE, "bob")
        play.told()
        play.ask(Disavow("revoked"))
        assert sorted(play.told()) == [("Withdraw", "ann", ONE), ("Withdraw", "bob", ONE)]
        assert (play.ask(Accredited(ONE)), play.ask(Accredited(TWO))) == (False, True)


def test_what_it_says_lives_as_long_as_it_does() -> None:
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE)
        since = stage.clock.now()
        stage.clock.advance(4)
        play.ask(Speak(ONE, "ann", READING, stage.clock.now() + 10))
        (delivery,) = play.house.directory.mail  # type: ignore[attr-defined]
        assert isinstance(delivery.message, Report)
        claim = delivery.message.claim
        assert (claim.source, claim.since, claim.activities, claim.expires_at) == (ONE, since, READING, None)
        play.told()
        play.speak(ONE, "bob")
        stage.clock.advance(9.9)
        assert play.told() == [("Report", "bob", ONE)]
        assert play.ask(Accredited(ONE)) is True
        stage.clock.advance(0.2)
        assert sorted(play.told()) == [("Withdraw", "ann", ONE), ("Withdraw", "bob", ONE)]
        assert play.ask(Accredited(ONE)) is False
        assert [record.event for record in play.house.journal.mail] == ["lease-expired"]  # type: ignore[attr-defined]


def test_prolonging_moves_the_end_for_all_and_tells_nobody() -> None:
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE)
        play.speak(ONE, "ann")
        play.told()
        for _ in range(3):
            stage.clock.advance(8)
            play.ask(Prolong(ONE, stage.clock.now() + 10))
        assert play.told() == []
        stage.clock.advance(11)
        assert play.told() == [("Withdraw", "ann", ONE)]


def test_one_that_is_given_less_time_ends_sooner() -> None:
    """Seen to fail: it opened nothing any more, and what it had said was believed up to its first end."""
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE, 86_400)
        play.speak(ONE, "ann", 86_400)
        play.told()
        for lasts in (5, 20, 10):
            play.ask(Prolong(ONE, stage.clock.now() + lasts))
        stage.clock.advance(9.9)
        assert play.told() == []
        stage.clock.advance(0.2)
        assert play.told() == [("Withdraw", "ann", ONE)]
        assert stage.clock.pending == []


def test_a_clock_that_jumps_ahead_ends_nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a machine's sleep, which timers do not count. Seen to fail."""
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE, 86_400)
        play.speak(ONE, "ann", 86_400)
        play.told()
        ahead = stage.clock.now
        monkeypatch.setattr(stage.clock, "now", lambda: ahead() + 86_400)
        stage.clock.advance(MOST_PAUSE)
        assert play.told() == [("Withdraw", "ann", ONE)]


def test_one_who_spoke_of_a_crowd_takes_it_back_in_few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: ten envoys with ten thousand users each filled the directory's mailbox, and ghosts were left."""
    monkeypatch.setattr(envoys, "CROWD", 10)
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE)
        for number in range(25):
            play.speak(ONE, f"user-{number}")
        play.told()
        play.ask(Dismiss(ONE))
        mail = play.house.directory.mail  # type: ignore[attr-defined]
        assert [len(message.parcels) for message in mail] == [10, 10, 5]
        assert {user for _, user, _ in play.told()} == {f"user-{number}" for number in range(25)}


def test_one_that_is_dismissed_is_gone_at_once_and_leaves_others_alone() -> None:
    with Stage() as stage:
        play = Play(stage)
        for source in (ONE, TWO):
            play.open(source)
            play.speak(source, "ann")
        play.told()
        assert play.ask(Dismiss(ONE)) is True
        assert play.told() == [("Withdraw", "ann", ONE)]
        assert play.ask(Dismiss(ONE)) is False
        for message in (Prolong(ONE, 1e12), Speak(ONE, "ann", READING, 1e12)):
            with pytest.raises(Refused) as refusal:
                play.ask(message)
            assert refusal.value.code == "unknown-source"
        assert play.told() == []
        assert play.ask(Accredited(TWO)) is True


def test_it_speaks_of_so_many_and_no_more() -> None:
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE)
        play.roll[ONE].users.update(map(str, range(MOST_USERS)))
        with pytest.raises(Overrun):
            play.speak(ONE, "one more")
        play.speak(ONE, "5")


def test_a_fall_ends_nobodys_session() -> None:
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE)
        play.speak(ONE, "ann")
        stage.tell(play.ref, object())  # nobody's message: it falls
        stage.fallen()
        play.told()
        play.ref = stage.start(Envoys, play.house, play.roll)
        assert play.ask(Accredited(ONE)) is True
        stage.clock.advance(10)
        assert play.told() == [("Withdraw", "ann", ONE)]


@given(st.lists(st.tuples(st.sampled_from("spda"), st.floats(0, 6)), max_size=30))
def test_it_ends_when_it_is_due_and_never_early(steps: list[tuple[str, float]]) -> None:
    with Stage() as stage:
        play = Play(stage)
        play.open(ONE, 5)
        ends = stage.clock.now() + 5
        for step, pause in steps:
            stage.clock.advance(pause)
            alive = stage.clock.now() < ends
            assert play.ask(Accredited(ONE)) is alive
            if not alive:
                break
            if step == "s":
                play.speak(ONE, "ann", 5)
                ends = stage.clock.now() + 5
            elif step == "p":
                play.ask(Prolong(ONE, stage.clock.now() + 5))
                ends = stage.clock.now() + 5
            elif step == "d":
                assert play.ask(Dismiss(ONE)) is True
                ends = stage.clock.now()
        stage.clock.advance(6)
        assert play.ask(Accredited(ONE)) is False
        said = [verb for verb, _, _ in play.told()]
        assert said.count("Withdraw") == (1 if "Report" in said else 0)
