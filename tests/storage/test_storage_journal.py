import pytest

from actors.clock import Clock
from actors.messages.keeper import Record
from storage import journal
from storage.journal import KEPT, Filter, Line
from storage.store import Store

RECORDS = [
    Record(10.0, "presence/directory/alice", "User", "started"),
    Record(20.0, "presence/directory/alice", "User", "fell", {"class": "ValueError", "traceback": "a\n\tb\0\ud800"}),
    Record(30.0, "presence/directory/al%", "User", "fell", {"n": 1}),
    Record(40.0, "presence/directory/älice", "User", "restarted"),
    Record(50.0, "presence/leases", "LeaseSupervisor", "lease-expired", {"renewals": 3, "of": ["a", None]}),
]


@pytest.fixture
def lines(store: Store) -> tuple[Line, ...]:
    store.write_behind(RECORDS[:2])
    store.write_behind(RECORDS[2:])
    return store.journal(Filter())


def test_lines_come_back_in_order_with_growing_numbers(lines: tuple[Line, ...]) -> None:
    assert [line.record for line in lines] == RECORDS
    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(path="presence/directory/"), [0, 1, 2, 3]),
        (Filter(path="presence/directory/al"), [0, 1, 2]),
        (Filter(path="presence/directory/al%"), [2]),
        (Filter(path="presence/directory/ä"), [3]),
        (Filter(path="presence/directory/_"), []),
        (Filter(path="PRESENCE"), []),
        (Filter(kind="LeaseSupervisor"), [4]),
        (Filter(kind="User", event="fell"), [1, 2]),
        (Filter(event="fell' OR 1=1 --"), []),
        (Filter(since=20.0, until=40.0), [1, 2]),
        (Filter(limit=2), [3, 4]),
        (Filter(path="presence/directory", event="fell", since=15.0, until=31.0, limit=1), [2]),
    ],
)
def test_each_filter_narrows(store: Store, lines: tuple[Line, ...], wanted: Filter, expected: list[int]) -> None:
    assert store.journal(wanted) == tuple(lines[index] for index in expected)


def test_a_reader_follows_by_the_last_number_it_saw(store: Store, lines: tuple[Line, ...]) -> None:
    seen: list[Line] = []
    last = 0
    while page := store.journal(Filter(after=last, limit=2)):
        seen += page
        last = page[-1].number
    assert tuple(seen) == lines


def test_many_old_lines_go_in_several_transactions(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "AT_A_TIME", 3)
    now = clock.now()
    store.write_behind([Record(now - KEPT - 1, "presence", "Branch", "started") for _ in range(8)])
    store.write_behind([Record(now, "presence", "Branch", "stopped")])
    assert store.prune() == 8
    assert [line.record.event for line in store.journal(Filter())] == ["stopped"]
    assert store.prune() == 0


def test_after_thirty_days_a_line_is_gone_and_its_number_stays_used(store: Store, clock: Clock) -> None:
    now = clock.now()
    store.write_behind([Record(at, "presence", "Branch", "started") for at in (now - KEPT - 1, now - KEPT, now)])
    numbers = [line.number for line in store.journal(Filter())]
    assert store.prune() == 1
    assert [line.number for line in store.journal(Filter())] == numbers[1:]
    store.write_behind([Record(now, "presence", "Branch", "stopped")])
    assert store.journal(Filter(limit=1))[0].number > numbers[-1]
