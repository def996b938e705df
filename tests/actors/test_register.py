from hypothesis import given
from hypothesis import strategies as st

from actors.presence import Subject
from actors.register import Register

ALICE = Subject("id-a", "alice", account=True, links=(("discord", "1" * 18),))


def test_a_link_comes_before_the_id_then_the_name_then_the_bare_name() -> None:
    register = Register()
    register.learn(ALICE)
    register.learn(Subject("id-b", "1" * 18, account=True))
    assert register.resolve("1" * 18, "discord") == "id-a"
    assert register.resolve("1" * 18) == "id-b"
    assert register.resolve("id-a") == "id-a"
    assert register.resolve("alice") == "id-a"
    assert register.resolve("alice", "heartbeat") == "id-a"
    assert register.resolve("nobody") == "nobody"


def test_a_uuid_is_read_in_either_case_and_a_name_is_not() -> None:
    """Seen to fail: the command line found what the wires did not."""
    register, ident = Register(), "01a4c0de-5e11-4b1d-9d0e-0123456789ab"
    register.learn(Subject(ident, "alice", account=True))
    assert register.resolve(ident.upper()) == ident
    assert register.find(ident.upper()) == ident
    other = ident.replace("a", "b").upper()
    assert register.resolve(other) == other
    assert register.resolve("ALICE") == "ALICE"


def test_who_was_renamed_is_found_by_the_new_name_alone() -> None:
    register = Register()
    register.learn(ALICE)
    register.learn(Subject("id-a", "bob", account=True))
    assert register.resolve("bob") == "id-a"
    assert register.resolve("alice") == "alice"
    assert register.resolve("1" * 18, "discord") == "1" * 18


def test_whoever_still_knows_a_removed_account_by_its_id_reaches_who_has_its_name_now() -> None:
    register = Register()
    register.learn(ALICE)
    register.forget("id-a")
    assert register.resolve("id-a") == "alice"
    register.learn(Subject("id-b", "alice", account=True))
    assert register.resolve("id-a") == "id-b"


def test_a_name_that_went_to_somebody_else_is_not_taken_from_them() -> None:
    register = Register()
    register.learn(ALICE)
    register.learn(Subject("id-b", "alice", account=True, links=ALICE.links))
    register.learn(Subject("id-a", "carol", account=True))
    assert register.resolve("alice") == "id-b"
    assert register.resolve("1" * 18, "discord") == "id-b"


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "alice", "Alice", "ALICE", "bob"]))))
def test_in_any_case_the_very_name_comes_first(changes: list[tuple[str, str]]) -> None:
    register = Register()
    for user, name in changes:
        if name:
            register.learn(Subject(user, name, account=True))
        else:
            register.forget(user)
    for name in ("alice", "Alice", "aLiCe", "BOB", "carol"):
        spelled = sorted(known for known in register.names if known.lower() == name.lower())
        best = name if name in spelled else next(iter(spelled), None)
        assert register.in_any_case(name) == (None if best is None else register.names[best])
    assert {known for spelled in register.spellings.values() for known in spelled} == set(register.names)


@given(st.lists(st.tuples(st.sampled_from(["id-a", "id-b"]), st.sampled_from(["", "alice", "bob", "carol"]))))
def test_whoever_was_learned_last_under_a_name_is_found_by_it(changes: list[tuple[str, str]]) -> None:
    register, owner = Register(), {}
    for user, name in changes:
        owner = {taken: whose for taken, whose in owner.items() if whose != user}
        if name:
            register.learn(Subject(user, name, account=True))
            owner[name] = user
        else:
            register.forget(user)
    for name in ("alice", "bob", "carol"):
        assert register.resolve(name) == owner.get(name, name)
