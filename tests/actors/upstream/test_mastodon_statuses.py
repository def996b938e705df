"""Whom a status event shows at work: its author, an editor only by the time of the edit, and nobody by garbage."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.relay.registration import Instance, Registration
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_address import Info
from actors.upstream.mastodon_effects import Seen
from actors.upstream.mastodon_frames import StatusEvent
from actors.upstream.mastodon_statuses import seen_in

ALICE = {"id": "1", "account": {"acct": "alice"}}
BOOST = {"id": "2", "account": {"acct": "alice"}, "reblog": {"account": {"acct": "bob@else.example"}}}
EDITED = {**ALICE, "edited_at": "2026-01-05T10:00:00.500Z"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda kids: st.lists(kids, max_size=3) | st.dictionaries(st.text(), kids, max_size=3),
)


@pytest.mark.parametrize(
    ("status", "altered", "seen"),
    [
        (ALICE, False, [Seen("alice")]),
        (BOOST, False, [Seen("alice")]),
        (EDITED, False, [Seen("alice")]),
        (EDITED, True, [Seen("alice", 1_767_607_200.5)]),
        (ALICE, True, []),
        ({**ALICE, "edited_at": None}, True, []),
        ({**ALICE, "edited_at": "yesterday"}, True, []),
        ({**ALICE, "edited_at": "2026-01-05T10:00:00"}, True, []),
        ({**ALICE, "edited_at": "0001-01-01T00:00:00+14:00"}, True, [Seen("alice", -62135647200.0)]),
        ({"account": {"acct": ""}}, False, []),
        ({"account": {"acct": 5}}, False, []),
        ({"account": "alice"}, False, []),
        ({}, False, []),
    ],
)
def test_who_is_seen(status: object, altered: bool, seen: list[Seen]) -> None:
    assert seen_in(StatusEvent(json.dumps(status), altered)) == seen
    assert seen_in(StatusEvent(status, altered)) == seen, "some servers send the document itself"


@pytest.mark.parametrize("payload", [None, "5", "{", "[]", "\ud800", 5, ["alice"], b"{}"])
def test_what_is_no_status_shows_nobody(payload: object) -> None:
    assert seen_in(StatusEvent(payload, altered=False)) == []


@given(
    st.dictionaries(st.sampled_from(["account", "edited_at", "id"]), JSON | st.just({"acct": "alice"})), st.booleans()
)
def test_whatever_a_status_holds_it_is_somebody_or_nobody(status: dict[str, object], altered: bool) -> None:
    seen = seen_in(StatusEvent(status, altered))
    named = isinstance(status.get("account"), dict) and status["account"].get("acct") == "alice"
    assert len(seen) <= 1
    assert altered or not named or seen == [Seen("alice")]


@pytest.mark.parametrize(("presence", "effects"), [(None, []), ("credential", [Seen("alice")])])
def test_only_who_asks_is_seen(presence: str | None, effects: list[Seen]) -> None:
    made = Registration("r", "https://a.example", "app", "tag", "t", "https://c.example", "user", 0.0)
    protocol = Mastodon(made, Instance(made.instance))
    protocol.begin(0.0)
    protocol.may_connect(Info("4.5.7"), 0.0)
    protocol.opened(0.0)
    protocol.renewed(replace(made, presence=presence), 1.0)
    assert protocol.event("update", json.dumps(ALICE), 2.0) == effects
    assert protocol.event("delete", "1", 3.0) == [], "whose status that was is not said"
