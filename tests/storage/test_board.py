from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.house import Board
from actors.presence import Claim, Source
from storage.board import LocalBoard

USERS = st.sampled_from(["alice", "bob", ""])
SOURCES = st.builds(Source, st.sampled_from(["session", "socket"]), st.sampled_from(["1", "2"]))
REPORTS = st.tuples(USERS, st.builds(Claim, SOURCES, st.floats(0, 9)))
WITHDRAWALS = st.tuples(USERS, SOURCES)


@pytest.fixture(params=[LocalBoard])
def new_board(request: pytest.FixtureRequest) -> Callable[[], Board]:
    make: Callable[[], Board] = request.param
    return make


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(REPORTS | WITHDRAWALS, max_size=20))
def test_one_source_has_one_place(
    new_board: Callable[[], Board], steps: list[tuple[str, Claim] | tuple[str, Source]]
) -> None:
    board = new_board()
    model: dict[tuple[str, Source], Claim] = {}
    for user, what in steps:
        if isinstance(what, Claim):
            board.report(user, what)
            model[user, what.source] = what
        else:
            board.withdraw(user, what)
            model.pop((user, what), None)
    assert set(board.users()) == {user for user, _source in model}
    for user in ("alice", "bob", "", "carol"):
        expected = {source: claim for (whose, source), claim in model.items() if whose == user}
        held = board.claims(user)
        assert {claim.source: claim for claim in held} == expected
        assert len(held) == len(expected)


def test_users_may_be_withdrawn_while_they_are_listed(new_board: Callable[[], Board]) -> None:
    board = new_board()
    source = Source("session", "1")
    for user in ("alice", "bob"):
        board.report(user, Claim(source, 1.0))
    for user in board.users():
        board.withdraw(user, source)
    assert list(board.users()) == []
