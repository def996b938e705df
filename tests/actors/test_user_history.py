"""What a User lets be kept of its changes, and when it says that they cannot be trusted, on the Stage."""

import pytest

from actors import audience
from actors.messages.directory import Deliver
from actors.messages.user import Report, Unwatch, Withdraw
from actors.presence import Presence, Source
from tests.actors.home import ALICE, Home, Poison
from tests.actors.viewers import PlainEncoding


class NumberedEncoding(PlainEncoding):
    """Notes when everybody has been reached."""

    def __init__(self) -> None:
        super().__init__(coalesces=True)
        self.reached_of: list[str] = []

    def reached(self, user: str) -> None:
        self.reached_of.append(user)


@pytest.fixture
def encoding() -> NumberedEncoding:
    return NumberedEncoding()


def since(home: Home, user: str, number: int, presence: Presence) -> list[str] | None:
    entries = home.house.history.since(user, number, presence, home.stage.clock.monotonic())
    return None if entries is None else [entry.update.after.activities[0].name for entry in entries]


def _report(home: Home) -> Report:
    return Report(home.claim("chess"))


def test_nothing_is_kept_while_nobody_watches_by_number(home: Home) -> None:
    home.watch("alice")
    before = home.house.history.number
    home.report("alice", home.claim())
    assert len(home.house.history) == 0
    assert home.house.history.number == before


def test_changes_are_kept_also_after_the_last_reader_has_gone(home: Home, encoding: NumberedEncoding) -> None:
    lane = home.watch("alice", encoding)
    start = home.house.history.number
    home.report("alice", home.claim("chess"))
    home.report("alice", home.claim("chess"))  # a renewal is no change
    home.deliver("alice", Unwatch(lane))  # type: ignore[arg-type]
    home.report("alice", home.claim("go"))
    assert since(home, "alice", start, home.look("alice")) == ["chess", "go"]
    home.deliver("alice", Withdraw(Source("session", "1")))
    home.stage.clock.advance(1_000)
    home.watch("bob", encoding)
    assert home.house.history.number > start
    assert not home.house.history.keeps("alice")


def test_an_update_is_encoded_once_for_all_who_watch_by_number(home: Home, encoding: NumberedEncoding) -> None:
    lanes = [home.watch("alice", encoding) for _ in range(3)]
    encoding.encoded = 0
    home.report("alice", home.claim("chess"))
    assert encoding.encoded == 1
    assert all(lane.sent[-1] is lanes[0].sent[-1] for lane in lanes)


def test_everybody_is_reached_when_the_last_slice_is_sent(
    home: Home, encoding: NumberedEncoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "SLICE", 1)
    lanes = [home.watch("alice", encoding) for _ in range(2)]
    home.house.directory.tell(Deliver("alice", _report(home)))
    while lanes[0].sent[-1] != b"<update alice chess>":
        assert home.stage.step()
    assert (lanes[1].take(), encoding.reached_of) == (["snapshot alice"], [])
    home.stage.settle()
    assert (lanes[1].take(), encoding.reached_of) == (["update alice chess"], ["alice"])


def test_who_leaves_in_the_middle_is_waited_for_no_longer(
    home: Home, encoding: NumberedEncoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "SLICE", 1)
    lanes = [home.watch("alice", encoding) for _ in range(2)]
    user = home.user("alice")
    user.report(_report(home))
    assert encoding.reached_of == []
    for lane in lanes:
        user.watchers.unseat(lane)
    assert encoding.reached_of == ["alice"]


def test_a_user_that_falls_is_in_doubt_and_holds_up_nobody(
    home: Home, encoding: NumberedEncoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "SLICE", 1)
    for _ in range(2):
        home.watch("alice", encoding)
    home.user("alice").report(_report(home))
    home.house.register.refs["alice"].tell(Poison())
    home.stage.settle()
    home.watch("alice", encoding)
    assert encoding.reached_of[:1] == ["alice"]
    assert not home.house.history.keeps("alice")


def test_a_user_that_becomes_somebody_else_is_in_doubt_under_both_names(home: Home, encoding: NumberedEncoding) -> None:
    home.watch("alice", encoding)
    home.report("alice", home.claim("chess"))
    home.learn(ALICE)
    home.report("alice", home.claim("go"))
    assert not home.house.history.keeps("alice")
    assert not home.house.history.keeps(ALICE.id)
