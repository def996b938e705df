from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actors.accounts import LiveClaim
from actors.messages.keeper import Behind, Forget, LastSeen, Record, Remember, Renew
from actors.presence import Activity, Claim, Native, Source, Status
from storage import claims, journal
from storage.database import Database
from storage.store import Store
from storage.tables import Tables
from tests.clock import FakeClock

SOURCES = st.sampled_from([Source("session", "1"), Source("session", "2"), Source("socket", "1")])
USERS = st.sampled_from(["alice", "älice", "\ud800\0", "123456789012345678"])
INSTANTS = st.sampled_from([1.0, 30.0, 60.5, 90.0])
CLAIMS = st.builds(
    Claim,
    source=SOURCES,
    since=INSTANTS,
    status=st.none() | st.sampled_from(Status),
    activities=st.lists(st.builds(Activity, name=st.text(max_size=3)), max_size=1).map(tuple),
    expires_at=st.none() | INSTANTS,
)
WORDS: st.SearchStrategy[Behind] = (
    st.builds(Remember, USERS, CLAIMS, INSTANTS)
    | st.builds(Forget, USERS, SOURCES)
    | st.builds(Renew, INSTANTS)
    | st.builds(
        Record, INSTANTS, USERS, st.just("User"), st.just("fell"), st.dictionaries(st.text(max_size=2), INSTANTS)
    )
)


@dataclass
class Plain:
    """The model: each word does its work at once, on a dictionary."""

    claims: dict[tuple[str, Source], LiveClaim]
    lines: list[Record]

    def take(self, word: Behind) -> None:
        match word:
            case Remember(user, claim, until):
                self.claims[user, claim.source] = LiveClaim(user, claim, until)
            case Forget(user, source):
                self.claims.pop((user, source), None)
            case Renew(until):
                for key, live in self.claims.items():
                    if live.claim.expires_at is None:
                        self.claims[key] = LiveClaim(live.user, live.claim, until)
            case Record():
                self.lines.append(word)


def _empty(tables: Tables) -> None:
    tables.execute("DELETE FROM claims")
    tables.execute("DELETE FROM journal")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(WORDS, max_size=12), max_size=4))
def test_a_batch_leaves_what_its_words_in_order_would(
    store: Store, database: Database, batches: list[list[Behind]]
) -> None:
    database.run(_empty)
    model = Plain({}, [])
    for batch in batches:
        store.write_behind(batch)
        for word in batch:
            model.take(word)
        kept = {(live.user, live.claim.source): live for live in database.read(claims.live, 0.0)}
        assert kept == model.claims
        assert [line.record for line in store.journal(journal.Filter())] == model.lines


def test_a_claim_is_read_until_the_very_instant_and_then_deleted(store: Store, database: Database) -> None:
    claim = Claim(Source("session", "1"), 5.0, native=Native("presenti", {"text": "a\0"}))
    store.write_behind([Remember("alice", claim, 10.0), Remember("bob", claim, 11.0)])
    alice, bob = LiveClaim("alice", claim, 10.0), LiveClaim("bob", claim, 11.0)

    assert sorted(database.read(claims.live, 9.999), key=lambda live: live.user) == [alice, bob]
    assert database.run(claims.delete_expired, 9.999) == 0
    assert database.read(claims.live, 10.0) == (bob,)
    assert database.run(claims.delete_expired, 10.0) == 1
    assert database.read(claims.live, 0.0) == (bob,)


def test_claims_are_read_oldest_source_first(store: Store) -> None:
    since = {"3": 3.0, "1": 1.0, "2": 2.0}
    store.write_behind([Remember("alice", Claim(Source("session", id_), at), 2e9) for id_, at in since.items()])
    assert [live.claim.source.id for live in store.live_claims()] == ["1", "2", "3"]


def test_a_batch_that_fails_writes_nothing(store: Store) -> None:
    good = Remember("alice", Claim(Source("session", "1"), 1.0), 2e9)
    no_record = Record(None, "presence", "Branch", "started")  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)not null"):
        store.write_behind([good, no_record])
    assert store.live_claims() == ()
    assert store.journal(journal.Filter()) == ()


def _nested(depth: int) -> list[object]:
    document: list[object] = []
    for _ in range(depth):
        document = [document]
    return document


@pytest.mark.parametrize("document", [object(), _nested(100_000), {(1, 2): 3}], ids=["object", "deep", "key"])
def test_a_claim_that_is_no_json_holds_nothing_else_up(store: Store, document: object) -> None:
    source = Source("session", "1")
    told = Record(1.0, "presence", "User", "fell", {"of": object})
    earlier = [Remember(user, Claim(source, 1.0), 2e9) for user in ("alice", "bob")]
    store.write_behind(earlier)
    with capture_logs() as logged:
        store.write_behind([Remember("bob", Claim(source, 1.0, native=Native("presenti", document)), 2e9), told])

    assert [live.user for live in store.live_claims()] == ["alice"]
    assert [line.record.details for line in store.journal(journal.Filter())] == [{"of": "<class 'object'>"}]
    assert [(line["log_level"], line["kind"]) for line in logged] == [("error", "session")]


def test_an_account_whose_claims_ran_out_unseen_was_seen_until_then(store: Store, clock: FakeClock) -> None:
    now = clock.now()
    ann, bob, carl = (store.add_account(name).id for name in ("ann", "bob", "carl"))
    shown, hidden = (
        Claim(Source("session", "1"), now, Status.IDLE),
        Claim(Source("session", "2"), now, Status.INVISIBLE),
    )
    store.write_behind([LastSeen(bob, now + 15)])
    for user, claim, until in ((ann, shown, now + 10), (ann, hidden, now + 20), (bob, shown, now + 5)):
        store.write_behind([Remember(user, claim, until)])
    store.write_behind([Remember("stranger", shown, now + 10), Remember(carl, shown, now + 31)])
    clock.advance(30)
    assert store.delete_expired_claims() == 4
    assert {user: kept.last_seen_at for user, kept in store.kept().items()} == {ann: now + 10, bob: now + 15}
