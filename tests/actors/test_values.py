"""What a module keeps: a mapping of small JSON values, written through, whatever is tried."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.backlog import Backlog
from actors.errors import Unavailable
from actors.keeper import Keeper
from actors.messages.keeper import KeepValue, RecallValues, Renew
from actors.values import LARGEST_VALUE, LONGEST_NAME, MOST_VALUES, Values
from tests.stage import Stage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(min_size=1, max_size=LONGEST_NAME)
STEPS = st.lists(st.tuples(NAMES, st.none() | JSON.map(lambda value: [value])), max_size=12)


class Store:
    """A Ledger of one module's values, which may be away."""

    def __init__(self):
        self.kept, self.writes, self.reads, self.away = {}, 0, 0, False

    def write_behind(self, batch):
        """The Keeper's other work, of which there is none here but renewals."""
        assert all(isinstance(each, Renew) for each in batch)

    def module_values(self, module):
        assert module == "cellar"
        self.reads += 1
        return dict(self.kept)

    def keep_module_value(self, module, name, text):
        assert module == "cellar"
        if self.away:
            raise Unavailable("store-away")
        self.writes += 1
        if text is None:
            del self.kept[name]
        else:
            self.kept[name] = text


class Asked:
    """The Keeper's address on the stage: what is asked is answered at once."""

    def __init__(self, stage, store):
        self.stage = stage
        self.ref = stage.start(Keeper, stage.house(), store, Backlog())

    def ask(self, message):
        return self.stage.ask(self.ref, message)


@pytest.fixture
def stage():
    with Stage() as opened:
        yield opened


def values(stage, store):
    return Values("cellar", Asked(stage, store))


@given(STEPS)
def test_it_is_a_mapping_and_the_next_life_finds_the_same(steps):
    with Stage() as stage:
        store, model = Store(), {}
        kept = values(stage, store)
        for name, given_ in steps:
            if given_ is not None:
                kept[name] = model[name] = given_[0]
            elif name in model:
                del kept[name], model[name]
            else:
                with pytest.raises(KeyError):
                    del kept[name]
            assert dict(kept) == dict(values(stage, store)) == model
            assert len(kept) == len(model)
        assert all(text.isascii() for text in store.kept.values())


def test_it_is_read_once_and_what_stays_the_same_is_not_written(stage):
    store = Store()
    kept = values(stage, store)
    for _ in range(3):
        kept["cursor"] = {"page": 5}
        assert kept["cursor"] == {"page": 5}
    assert (store.reads, store.writes) == (1, 1)


def test_what_is_read_is_ones_own(stage):
    kept = values(stage, Store())
    kept["list"] = [1]
    kept["list"].append(2)
    assert kept["list"] == [1]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("", 1, ValueError),
        ("x" * (LONGEST_NAME + 1), 1, ValueError),
        (5, 1, ValueError),
        ("x", "y" * (LARGEST_VALUE - 1), ValueError),
        ("x", float("nan"), ValueError),
        ("x", float("inf"), ValueError),
        ("x", {1, 2}, TypeError),
        ("x", b"bytes", TypeError),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(stage, name, value, error):
    store = Store()
    kept = values(stage, store)
    kept["before"] = 1
    with pytest.raises(error):
        kept[name] = value
    assert store.kept == {"before": "1"}
    assert dict(kept) == {"before": 1}


def test_as_much_as_is_allowed_is_kept_and_no_value_more(stage):
    store = Store()
    kept = values(stage, store)
    for number in range(MOST_VALUES):
        kept[f"value {number}"] = "y" * (LARGEST_VALUE - 2)
    with pytest.raises(ValueError, match="64 values at most"):
        kept["one more"] = 1
    kept["value 0"] = 1
    del kept["value 1"]
    kept["one more"] = 2
    assert len(values(stage, store)) == MOST_VALUES


def test_a_store_that_is_away_is_told_and_nothing_is_changed(stage):
    store = Store()
    kept = values(stage, store)
    kept["cursor"] = 1
    store.away = True
    with pytest.raises(Unavailable):
        kept["cursor"] = 2
    with pytest.raises(Unavailable):
        del kept["cursor"]
    assert kept["cursor"] == 1
    store.away = False
    kept["cursor"] = 2
    assert json.loads(store.kept["cursor"]) == 2


def test_the_keeper_answers_after_the_store_did(stage):
    store = Store()
    keeper = Asked(stage, store)
    keeper.ask(KeepValue("cellar", "a", "1"))
    assert keeper.ask(RecallValues("cellar")) == {"a": "1"} == store.kept
