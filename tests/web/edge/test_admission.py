import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.edge.admission import Admission
from web.edge.limits import EdgeLimits


def test_a_cap_in_all_and_its_release() -> None:
    admission = Admission(2, 0)
    first, second = admission.admit("1.1.1.1"), admission.admit("1.1.1.2")
    assert first
    assert second
    assert admission.admit("1.1.1.3") is None
    assert admission.full
    first.release()
    first.release()
    assert admission.open == 1
    assert admission.admit("1.1.1.3")


def test_room_for_one_is_room_for_one() -> None:
    admission = Admission(1, 0)
    ticket = admission.admit("1.1.1.1")
    assert ticket
    assert admission.full
    assert admission.admit("1.1.1.2") is None
    ticket.release()
    assert not admission.full
    assert admission.admit("1.1.1.2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.1.1.1", "1.1.1.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:0:ff00::1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:1.1.1.1", "1.1.1.1", True),
        ("::ffff:1.1.1.1", "::ffff:1.1.1.2", False),
        ("fe80::1%lo", "fe80::2%lo", True),
    ],
)
def test_a_cap_by_neighbourhood(one: str, other: str, same: bool) -> None:
    admission = Admission(0, 1)
    assert admission.admit(one)
    assert (admission.admit(other) is None) is same
    assert not admission.full


@given(st.lists(st.tuples(st.sampled_from(["1.1.1.1", "::1", "2001:db8::1"]), st.booleans()), max_size=60))
def test_the_counts_are_those_of_the_living(steps: list[tuple[str, bool]]) -> None:
    admission = Admission(5, 2)
    living: list[tuple[str, object]] = []
    for address, leaves in steps:
        if leaves and living:
            ticket = living.pop(0)[1]
            ticket.release()
        else:
            allowed = len(living) < 5 and sum(1 for known, _ in living if known == address) < 2
            ticket = admission.admit(address)
            assert (ticket is not None) is allowed
            if ticket is not None:
                living.append((address, ticket))
        assert admission.open == len(living)


@pytest.mark.parametrize("wrong", [{"connections": -1}, {"head_time": 0}, {"header_fields": 0}, {"body": -1}])
def test_limits_that_nobody_can_obey(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must"):
        EdgeLimits(**wrong)


def test_a_ticket_moves_to_the_client_behind_a_proxy_and_back_out_with_it() -> None:
    admission = Admission(0, 2)
    through_proxy = [admission.admit("10.0.0.1"), admission.admit("10.0.0.1")]
    assert admission.admit("10.0.0.1") is None
    assert [ticket.move("192.0.2.7") for ticket in through_proxy] == [True, True]
    assert admission.admit("192.0.2.7") is None
    third = admission.admit("10.0.0.1")
    assert not third.move("192.0.2.7")
    assert third.move("10.0.0.1")
    assert admission.open == 3
    for ticket in (*through_proxy, third):
        ticket.release()
        assert ticket.move("192.0.2.8")
    assert admission.open == 0
    assert admission._by_neighbours == {}
