"""Identities: whoever is linked is found by the link in any spelling, and by nothing that is not theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.identities import PROVIDERS, identities, identity_in
from actors.presence import Subject
from actors.register import Register

DISCORD = "100000000000000001"
LINKS = (("discord", DISCORD), ("heartbeat", "u-1"), ("mastodon", "alice@social.example"), ("dyson", "alice:2"))
ALICE = Subject("id-a", "alice", account=True, links=LINKS)
words = st.text(st.sampled_from("ab:1"), max_size=4)
subjects = st.builds(
    Subject,
    st.sampled_from(["id-a", "id-b"]),
    st.sampled_from(["alice", "bob"]),
    st.just(True),
    links=st.lists(st.tuples(st.sampled_from(PROVIDERS), words), max_size=3).map(tuple),
)


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        (DISCORD, ("discord", DISCORD)),
        (f"discord:{DISCORD}", ("discord", DISCORD)),
        ("mastodon:alice@social.example", ("mastodon", "alice@social.example")),
        ("heartbeat:a:b", ("heartbeat", "a:b")),
        ("alice", None),
        ("discord:", None),
        (":alice", None),
        ("twitter:alice", None),
        ("Discord:1", None),
        ("1" * 16, None),
    ],
)
def test_what_names_a_link(name: str, identity: tuple[str, str] | None) -> None:
    assert identity_in(name) == identity


def test_an_account_is_found_by_each_of_its_links() -> None:
    register = Register()
    register.learn(ALICE)
    for name in ("alice", "id-a", DISCORD, *(f"{provider}:{ident}" for provider, ident in LINKS)):
        assert register.find(name) == "id-a"
    assert register.find("heartbeat:alice") == "id-a", "an unlinked id equal to an account's name is that account"
    assert register.resolve(DISCORD) == DISCORD, "in other dialects only their own links count"


def test_who_is_linked_to_nobody_is_found_as_their_dialect_finds_them() -> None:
    register = Register()
    assert register.find(f"discord:{DISCORD}") == register.find(DISCORD) == DISCORD
    assert register.find("heartbeat:u-1") == "u-1"
    assert register.find("twitter:u-1") == "twitter:u-1"


def test_the_identities_of_an_account() -> None:
    known = set(identities(ALICE))
    assert known >= {"id-a", "alice", DISCORD, f"discord:{DISCORD}", "mastodon:alice@social.example", "dyson:alice:2"}
    assert known >= {f"{provider}:{each}" for provider in PROVIDERS for each in ("id-a", "alice")}
    assert "u-1" not in known, "a bare id is Discord's alone"


@given(
    st.lists(subjects, max_size=4),
    words | st.sampled_from(["alice", "bob", "id-a", "id-b"]),
    st.sampled_from(PROVIDERS),
)
def test_whoever_is_found_by_a_name_knows_it_as_theirs(known: list[Subject], word: str, provider: str) -> None:
    """Else a webhook that asks for that name would hear nothing of them."""
    register = Register()
    for subject in known:
        register.learn(subject)
    for name in (word, f"{provider}:{word}"):
        assert name in set(identities(register.subject(register.find(name))))
