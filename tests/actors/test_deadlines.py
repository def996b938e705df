from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors.deadlines import Deadlines

keys = st.sampled_from("abcd")
instants = st.integers(0, 50).map(float)


class AgainstAPlainModel(RuleBasedStateMachine):
    """Deadlines is a dictionary from which `due` takes whatever is not later than now."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines: Deadlines[str] = Deadlines()
        self.model: dict[str, float] = {}
        self.now = 0.0

    @rule(key=keys, due=instants)
    def set(self, key: str, due: float) -> None:
        looking_at = self.deadlines.next()
        self.model[key] = due
        if not self.deadlines.set(key, due):  # no timer need be looked at
            assert looking_at is not None
            assert looking_at <= due

    @rule(key=keys)
    def drop(self, key: str) -> None:
        self.model.pop(key, None)
        self.deadlines.drop(key)

    @rule(passed=st.integers(0, 10))
    def take(self, passed: int) -> None:
        self.now += passed
        over = self.deadlines.due(self.now)
        assert sorted(over) == sorted((key, due) for key, due in self.model.items() if due <= self.now)
        self.model = {key: due for key, due in self.model.items() if due > self.now}

    @rule(most=st.integers(1, 3))
    def take_a_few(self, most: int) -> None:
        over = self.deadlines.due(self.now, most)
        due = {key: due for key, due in self.model.items() if due <= self.now}
        assert len(over) == min(most, len(due))
        for key, deadline in over:
            assert self.model.pop(key) == deadline

    @invariant()
    def it_knows_who_is_in_and_when_to_look(self) -> None:
        assert len(self.deadlines) == len(self.model)
        assert {key for key in "abcd" if key in self.deadlines} == set(self.model)
        if self.model:
            looking_at = self.deadlines.next()
            assert looking_at is not None
            assert looking_at <= min(self.model.values())


TestAgainstAPlainModel = AgainstAPlainModel.TestCase
TestAgainstAPlainModel.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_renewing_costs_no_entry_in_the_heap() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for due in range(10_000):
        deadlines.set("alice", float(due))
        deadlines.set("alice", float(due))
    assert len(deadlines._heap) == 1


def test_coming_sooner_and_sooner_leaves_no_entries_behind() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for due in range(1_000, 0, -1):
        deadlines.set("alice", float(due))
        assert len(deadlines._heap) <= 2 + 64


@given(st.lists(st.booleans(), max_size=60))
def test_coming_and_going_leaves_no_entries_behind(leaves: list[bool]) -> None:
    deadlines: Deadlines[str] = Deadlines()
    for round_, leave in enumerate(leaves * 40):
        deadlines.set("alice", 1e6 - round_ if leave else 1e6 + round_)
        if leave:
            deadlines.drop("alice")
    assert len(deadlines._heap) <= 2 * len(deadlines) + 64


def test_an_old_entry_does_not_multiply_those_to_come() -> None:
    """Seen to fail when an entry of the heap did not know whether its key had been set anew since."""
    deadlines: Deadlines[str] = Deadlines()
    for due in (50.0, 40.0, 30.0, 20.0, 10.0):
        deadlines.set("alice", due)
    deadlines.set("alice", 100.0)
    assert deadlines.due(60.0) == []
    assert len(deadlines._heap) == 1


def test_a_crowd_that_leaves_leaves_no_entries_behind() -> None:
    """Seen to fail when only the next one who came cleared out."""
    deadlines: Deadlines[int] = Deadlines()
    for key in range(1_000):
        deadlines.set(key, 1e6 + key)
    for key in range(1_000):
        deadlines.drop(key)
    assert len(deadlines._heap) <= 64
