import hashlib
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.accounts import Credential, digest_of, name_fault
from tests.texts import any_text

_ALLOWED = string.ascii_letters + string.digits + "_.-"


@given(st.text(_ALLOWED, min_size=1, max_size=64))
def test_what_the_rules_allow_is_a_name_unless_it_means_something_else(name: str) -> None:
    looks_like_an_id = (name.isdigit() and 17 <= len(name) <= 19) or (len(name) == 36 and _is_uuid(name))
    assert (name_fault(name) is None) == (not looks_like_an_id and name != "refresh")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


@given(st.text(min_size=1).filter(lambda text: not set(text) <= set(_ALLOWED)))
def test_any_other_character_makes_it_no_name(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize(
    "name", ["", "a" * 65, "refresh", "@me", "1" * 17, "1" * 19, "alice\n", "ålice", str(uuid.UUID(int=7))]
)
def test_these_are_no_names(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize("name", ["a", "a" * 64, "1" * 16, "1" * 20, "Refresh", "me", "_.-"])
def test_these_are_names(name: str) -> None:
    assert name_fault(name) is None


def test_a_credential_grants_its_scopes_until_its_very_instant() -> None:
    credential = Credential("1", b"", None, frozenset({"publish"}), created_at=0.0, expires_at=10.0)
    assert credential.allows("publish", 9.999)
    assert not credential.allows("operator", 9.999)
    assert not credential.allows("publish", 10.0)


def test_one_without_an_end_holds_until_it_is_revoked() -> None:
    assert Credential("1", b"", None, frozenset({"read"}), created_at=0.0).allows("read", 1e12)


@given(any_text())
def test_any_text_has_a_digest(token: str) -> None:
    assert digest_of(token) == hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
