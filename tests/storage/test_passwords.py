"""Passwords: kept as argon2id, hashed outside the hub, few at a time."""

from collections.abc import Iterator

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.errors import Malformed, Overrun
from storage import passwords
from storage.passwords import Passwords, hashed, password_fault
from tests.hub import watched_hub


@pytest.fixture(scope="module")
def hasher() -> Iterator[Passwords]:
    made = Passwords(threads=1)
    yield made
    made.close()


def test_a_password_is_known_again_and_no_other(hasher: Passwords) -> None:
    kept = hasher.hash("hunter2")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != hasher.hash("hunter2")
    assert hasher.verify(kept, "hunter2")
    assert not hasher.verify(kept, "hunter3")
    assert not hasher.verify(None, "hunter2")
    assert hasher.verify(hashed("ünï💀"), "ünï💀")


@pytest.mark.parametrize("password", ["", "x" * 1025, "\ud800"])
def test_what_is_no_password(hasher: Passwords, password: str) -> None:
    for make in (hasher.hash, hashed):
        with pytest.raises(Malformed) as refusal:
            make(password)
        assert refusal.value.code == "bad-password"
    assert not hasher.verify(None, password)


@settings(max_examples=10, deadline=None)
@given(st.text(st.characters(), max_size=1100))
def test_any_text_is_hashed_or_refused(password: str) -> None:
    if password_fault(password) is None:
        assert hashed(password).startswith("$argon2id$")
    else:
        with pytest.raises(Malformed):
            hashed(password)


def test_who_comes_when_too_many_wait_is_told_to_come_again(hasher: Passwords) -> None:
    waiting = [gevent.spawn(hasher.verify, None, "x") for _ in range(passwords.WAITING)]
    gevent.idle()
    with pytest.raises(Overrun) as over:
        hasher.hash("x")
    assert over.value.retry_after is not None
    gevent.joinall(waiting, raise_error=True)
    assert hasher.hash("x")


def test_the_hub_goes_on_while_passwords_are_hashed(hasher: Passwords) -> None:
    with watched_hub() as turns:
        hasher.hash("x")
    assert turns.seen > 3
