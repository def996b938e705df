"""Sightings: a linked account at work is a claim while registration, token, link and lease all hold; and no longer."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from actors.accounts import Credential
from actors.messages.directory import Learn
from actors.messages.relay import Expired, Sighted, StreamRefused, Unregister
from actors.presence import Presence, Source, Status, Subject
from actors.relay.chronicle import EDITED_WITHIN, SEEN_EVERY, Chronicle
from actors.relay.maps import Maps
from actors.relay.registrar import Registrar
from actors.relay.registration import LEASE, Instance, Registration
from actors.relay.sightings import handles_at
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_effects import Seen
from actors.warden import revoke
from tests.actors.home import Home
from tests.actors.relay.cast import MAPS, WISH, Ledger
from tests.clock import BEGINNING
from tests.stage import Stage

SECONDS = 300.0
ALICE = Subject("id-a", "alice", account=True, links=(("mastodon", "@Alice@A.example"),))
TOKEN = Credential("token-1", b"1", "id-a", frozenset({"publish"}), BEGINNING)
OTHER = Credential("token-2", b"2", "id-a", frozenset({"publish"}), BEGINNING)
ASKED = replace(WISH, endpoint="user", presence=TOKEN.id)


class Town(Home):
    """A home where the relay works, and alice's account has a token."""

    def open(self, ledger: Ledger, maps: Maps = MAPS) -> "Town":
        self.house.registrations.maps = maps
        self.ledger = ledger
        self.stage.tell(self.house.directory, Learn(ALICE))
        for credential in (TOKEN, OTHER):
            self.house.keyring.learn(credential)
        wanted = {"end_on_410": False, "presence_seconds": SECONDS}
        self.house.relay.move_in(self.stage.start(Registrar, self.house, ledger, **wanted, path="relay"))
        return self

    def register(self, **changed: str | None) -> Registration:
        made: Registration = self.stage.ask(self.house.relay, replace(ASKED, **changed))
        return made

    def see(self, registration: Registration, author: str = "alice") -> None:
        self.stage.tell(self.house.relay, Sighted(registration.id, author))

    @property
    def alice(self) -> Presence:
        return self.house.known(ALICE.id)


@pytest.fixture
def town() -> Iterator[Town]:
    with Stage() as stage:
        yield Town(stage).open(Ledger())


def test_who_is_at_work_is_online_for_a_while_and_was_seen_last_at_its_end(town: Town) -> None:
    made = town.register()
    assert town.alice.claims == (), "to register says nothing of anybody"
    town.see(made)
    (claim,) = town.alice.claims
    assert (claim.source, claim.status) == (Source("mastodon", made.id), Status.ONLINE)
    assert (claim.expires_at, claim.credential, claim.activities) == (BEGINNING + SECONDS, TOKEN.id, ())
    town.stage.clock.advance(SECONDS - 1)
    assert town.alice.status is Status.ONLINE
    town.see(made, "ALICE")
    town.stage.clock.advance(SECONDS - 1)
    assert town.alice.status is Status.ONLINE
    town.stage.clock.advance(1.1)
    assert town.alice.status is Status.OFFLINE
    assert town.alice.kept.last_seen_at == pytest.approx(BEGINNING + 2 * SECONDS - 1, abs=0.2)


@pytest.mark.parametrize("author", ["bob", "alice@else.example", "alice@", "alice@a.example.net", "", "@alice"])
def test_who_else_is_at_work_says_nothing_of_alice(town: Town, author: str) -> None:
    town.see(town.register(), author)
    assert town.alice.claims == ()


def test_nobody_is_seen_whose_app_does_not_ask(town: Town) -> None:
    town.see(town.register(presence=None))
    town.see(town.register(presence="unknown"))
    assert town.alice.claims == ()


ENDS: dict[str, Callable[[Town, Registration], object]] = {
    "unregistered": lambda town, _: town.stage.ask(town.house.relay, Unregister(WISH.instance, WISH.app, WISH.tag)),
    "renewed without": lambda town, _: town.register(presence=None),
    "renewed with another": lambda town, _: town.register(presence=OTHER.id),
    "refused": lambda town, made: town.stage.tell(town.house.relay, StreamRefused(made.id, made.token, "401")),
    "revoked": lambda town, _: revoke(town.house, TOKEN.id),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_claim_ends_at_once_with_what_it_stands_on(town: Town, end: str) -> None:
    made = town.register()
    town.see(made)
    assert town.alice.status is Status.ONLINE
    ENDS[end](town, made)
    town.stage.settle()
    assert town.alice.claims == ()
    if end != "renewed with another":
        town.see(made)
        assert town.alice.claims == (), "what was under way comes too late"


def test_a_renewal_with_the_same_token_leaves_the_claim_alone(town: Town) -> None:
    town.see(town.register())
    before = town.alice
    town.register(callback_url="https://app.example/new")
    assert town.alice == before


def test_the_lease_of_the_registration_ends_it_too(town: Town) -> None:
    made = town.register()
    town.stage.clock.advance(LEASE - 10)
    town.see(made)
    assert town.alice.status is Status.ONLINE
    town.stage.clock.advance(10.1)
    town.stage.tell(town.house.relay, Expired(made.id, made.expires_at))
    assert town.alice.claims == ()


@pytest.mark.parametrize(
    ("credential", "links"),
    [
        (replace(TOKEN, scopes=frozenset({"read"})), ALICE.links),
        (replace(TOKEN, account=None, scopes=frozenset({"publish", "first-party"})), ALICE.links),
        (replace(TOKEN, expires_at=BEGINNING), ALICE.links),
        (TOKEN, ()),
        (TOKEN, (("mastodon", "alice@else.example"), ("heartbeat", "alice@a.example"))),
    ],
)
def test_token_and_link_count_as_they_are_now(
    town: Town, credential: Credential, links: tuple[tuple[str, str], ...]
) -> None:
    made = town.register()
    town.house.keyring.learn(credential)
    town.stage.tell(town.house.directory, Learn(replace(ALICE, links=links)))
    town.see(made)
    assert town.alice.claims == ()


def test_a_token_that_ends_sooner_ends_the_claim(town: Town) -> None:
    town.house.keyring.learn(replace(TOKEN, expires_at=BEGINNING + 10))
    town.see(town.register())
    assert town.alice.claims[0].expires_at == BEGINNING + 10


def test_the_next_start_goes_on_and_drops_what_the_maps_allow_no_more(town: Town) -> None:
    made = town.register()
    town.see(made)
    claims = town.alice.claims
    for maps, left in ((MAPS, claims), (Maps(), ())):
        later = Town(town.stage)
        for claim in claims:  # as read back from the store
            later.house.board.report(ALICE.id, claim)
        later.open(town.ledger, maps)
        assert later.alice.claims == left
        town.stage.clock.advance(1)
        later.see(made)
        assert [claim.expires_at for claim in later.alice.claims] == [BEGINNING + 1 + SECONDS] * len(left)


@pytest.mark.parametrize(
    ("instance", "handles"),
    [
        ("https://a.example", {"alice@a.example"}),
        ("https://a.example/", {"alice@a.example"}),
        ("http://127.0.0.1:3000", {"dev@127.0.0.1:3000"}),
        ("https://b.example", set()),
        ("nonsense", set()),
    ],
)
def test_handles(instance: str, handles: set[str]) -> None:
    links = (*ALICE.links, ("mastodon", "dev@127.0.0.1:3000"), ("discord", "1@b.example"), ("mastodon", "alice"))
    assert handles_at(instance, replace(ALICE, links=links)) == handles


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Seen("alice"), True),
        (Seen("bob"), False),
        (Seen("alice", BEGINNING - EDITED_WITHIN), True),
        (Seen("alice", BEGINNING - EDITED_WITHIN - 1), False),
        (Seen("alice", BEGINNING + EDITED_WITHIN + 1), False),
        (Seen("alice", 0.0), False),
    ],
)
def test_a_stream_tells_of_nobody_else_and_of_no_old_edit(town: Town, seen: Seen, told: bool) -> None:
    made = town.register()
    chronicle = Chronicle(town.house, made, Mastodon(made, Instance(made.instance)))
    chronicle.take(seen)
    assert town.probe("relay").got(Sighted) == [Sighted(made.id, "alice")] * told


def test_a_flood_is_told_once_a_second(town: Town) -> None:
    made = town.register()
    chronicle = Chronicle(town.house, made, Mastodon(made, Instance(made.instance)))
    for _ in range(1_000):
        chronicle.take(Seen("alice"))
    assert len(town.probe("relay").got(Sighted)) == 1
    town.stage.clock.advance(SEEN_EVERY)
    chronicle.take(Seen("alice"))
    assert len(town.probe("relay").got(Sighted)) == 2
