"""Roll: whatever is learnt and forgotten, ids, places, tokens and figures agree."""

from hypothesis import given
from hypothesis import strategies as st

from actors.accounts import digest_of
from actors.courier import Destination
from actors.relay.registration import Registration
from actors.relay.roll import Roll
from actors.runtime import Address
from tests.actors.relay.cast import MAPS

IDS, TOKENS = ("1", "2", "3"), ("a", "b")
moves = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from((*TOKENS, None))), max_size=30)


def made(ident: str, token: str) -> Registration:
    return Registration(ident, "https://a.example", "app", f"tag-{ident}", token, f"https://c/{token}", None, 5.0)


@given(moves)
def test_whatever_happens_its_tables_agree(plot: list[tuple[str, str | None]]) -> None:
    roll, known = Roll(), {}
    for ident, token in plot:
        if token is None:
            assert roll.forget(ident) == known.pop(ident, None)
        else:
            known[ident] = made(ident, token)
            roll.learn(known[ident], 0.0)
    assert {each.id: each for each in roll} == known
    assert set(roll.figures) == set(known)
    assert len(roll) == len(known)
    for ident in IDS:
        assert roll.find(ident) == known.get(ident)
        assert roll.at(("https://a.example", "app", f"tag-{ident}")) == known.get(ident)
    for token in TOKENS:
        assert roll.has_token(digest_of(token)) is any(each.token == token for each in known.values())


def test_a_queue_leads_to_the_callback_of_now() -> None:
    roll, owner = Roll(maps=MAPS), Address("owner")
    assert roll.destination("relay:1", owner) is None
    roll.learn(made("1", "a"), 0.0)
    assert roll.destination("relay:1", owner) == Destination("https://c/a", owner, b"s1gn")
    roll.learn(made("1", "b"), 0.0)
    assert roll.destination("relay:1", owner) == Destination("https://c/b", owner, b"s1gn")
    roll.maps = type(MAPS)()
    assert roll.destination("relay:1", owner) == Destination("https://c/b", owner, None)
    assert roll.destination("webhook:1", owner) is None


def test_a_mark_goes_with_its_registration() -> None:
    roll = Roll()
    roll.note_mark("1", "41")
    assert not roll.marks, "it has ended meanwhile"
    roll.learn(made("1", "a"), 0.0)
    roll.note_mark("1", "41")
    roll.learn(made("1", "b"), 0.0)
    assert roll.marks == {"1": "41"}, "a renewal keeps it"
    roll.forget("1")
    assert not roll.marks
