"""Waking: the house as it was left, made of what is stored."""

from collections.abc import Callable
from dataclasses import replace

from actors.activities import ClaimOf
from actors.burst import Burst
from actors.clock import WallClock
from actors.house import House
from actors.messages.keeper import Forget, Remember
from actors.transformations import Shaping, Transformations
from storage.board import LocalBoard
from storage.store import Store


def build_house(
    store: Store, claim_of: ClaimOf, burst: Burst, shaping_of: Callable[[Transformations], Shaping]
) -> tuple[House, int]:
    """The house with everything that is remembered, and the number of the newest change in it."""
    house = House(WallClock(), LocalBoard(), burst)
    census = store.census()
    for subject in census.subjects:
        house.register.learn(subject)
    for credential in census.credentials:
        house.keyring.learn(credential)
    store.delete_expired_claims()
    house.register.kept.update(store.kept())
    _take_up_rules(house, store, shaping_of)
    _take_up_claims(house, store, claim_of)
    store.prune()
    for done in store.deeds():
        house.deeds.add(done)
    return house, census.change


def _take_up_rules(house: House, store: Store, shaping_of: Callable[[Transformations], Shaping]) -> None:
    """Rules before claims."""
    for kept in store.all_transformations():
        house.register.shapings[kept.account] = shaping_of(kept)


def _take_up_claims(house: House, store: Store, claim_of: ClaimOf) -> None:
    """Claims of the last life; one that lived as long as its socket now ends when its stored lease does.

    What was said by a token that has been revoked meanwhile is not believed any more.
    """
    corrections: list[Remember | Forget] = []
    for live in store.live_claims():
        claim = live.claim
        if claim.credential is not None and claim.credential not in house.keyring.by_id:
            corrections.append(Forget(live.user, claim.source))
            continue
        if claim.expires_at is None:
            claim = replace(claim, expires_at=live.until)
            corrections.append(Remember(live.user, claim, live.until))
        house.board.report(house.register.resolve(live.user), claim)
    for posted in store.live_activities():
        house.board.report(posted.account, claim_of(posted))
    if corrections:
        store.write_behind(corrections)
