"""Committer: one transaction for all who ask at once, answers after it, and one bad change fails alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.activities import Posted, Remove, Upsert, source_of
from actors.committer import MOST, Committer
from actors.errors import Refused, Unavailable
from actors.keyvalues import SetPairs, Storage
from actors.messages.directory import Deliver
from actors.messages.keeper import Commit
from actors.messages.user import Keep, Report, Withdraw
from actors.presence import Claim, Kept, Source
from tests.clock import BEGINNING
from tests.stage import Stage


@dataclass
class Archive:
    """Keeps nothing: remembers the groups; `poison` cannot be stored, `absent` is unknown."""

    groups: list[list[str]] = field(default_factory=list)
    live: tuple[Posted, ...] = ()
    away: bool = False
    storages: dict[str, Storage] = field(default_factory=dict)

    def commit(self, changes: Sequence[Any]) -> tuple[Any, ...]:
        names = [getattr(change, "id", "pairs") for change in changes]
        self.groups.append(names)
        if self.away:
            raise Unavailable("store-away")
        if "poison" in names:
            raise ValueError("no JSON")
        return tuple(map(self._outcome, changes))

    def live_activities(self) -> tuple[Posted, ...]:
        if self.away:
            raise Unavailable("store-away")
        return self.live

    def storage_revisions(self) -> dict[str, int]:
        return {account: storage.revision for account, storage in self.storages.items()}

    def storage(self, account: str) -> Storage:
        return self.storages[account]

    def _outcome(self, change: Any) -> Any:
        if isinstance(change, SetPairs):
            return Storage(change.account, change.pairs, 7)
        if change.id == "absent":
            return Refused("unknown-activity")
        ends = BEGINNING + (300 if isinstance(change, Upsert) else 0)
        return Posted(change.id, change.account, None, {}, 5, ends, BEGINNING, BEGINNING)


def _claim(posted: Posted) -> Claim:
    return Claim(source_of(posted.id), posted.created_at, expires_at=posted.expires_at)


def _upsert(name: str) -> Upsert:
    return Upsert("u", name, None, {}, 5)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


def _asked(stage: Stage, archive: Archive, changes: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """What each asker got, a HouseError's code where it was refused; and what the directory was told."""
    house = stage.house()
    ref = stage.start(Committer, house, archive, _claim)
    futures = [ref.ask(Commit(change), block=False) for change in changes]
    stage.settle()
    answers = []
    for future in futures:
        try:
            answers.append(future.get(timeout=0.0).id)
        except (Refused, Unavailable) as error:
            answers.append(error.code)
    return answers, house.directory.mail


def test_who_asks_at_once_is_one_group_and_users_hear_in_its_order(stage: Stage) -> None:
    archive = Archive()
    answers, told = _asked(stage, archive, [_upsert("a"), _upsert("b"), Remove("u", "a", None)])
    assert archive.groups == [["a", "b", "a"]]
    assert answers == ["a", "b", "a"]
    sources = [type(parcel.message) for parcel in told]
    assert sources == [Report, Report, Withdraw]
    assert told[-1] == Deliver("u", Withdraw(source_of("a")))


@given(st.lists(st.sampled_from(["a", "b", "absent", "poison"]), max_size=8))
def test_whoever_cannot_be_stored_fails_alone(names: list[str]) -> None:
    with Stage() as stage:
        answers, told = _asked(stage, Archive(), [_upsert(name) for name in names])
        wanted = {"absent": "unknown-activity", "poison": "not-stored"}
        assert answers == [wanted.get(name, name) for name in names]
        assert [parcel.message.claim.source.id for parcel in told] == [n for n in names if n not in wanted]


def test_a_store_that_is_away_is_told_to_all_and_nothing_shows(stage: Stage) -> None:
    answers, told = _asked(stage, Archive(away=True), [_upsert("a"), _upsert("b")])
    assert answers == ["store-away"] * 2
    assert told == []


def test_a_crowd_is_split(stage: Stage) -> None:
    archive = Archive()
    answers, _ = _asked(stage, archive, [_upsert(str(number)) for number in range(MOST + 3)])
    assert [len(group) for group in archive.groups] == [MOST, 3]
    assert answers == [str(number) for number in range(MOST + 3)]


def test_one_that_falls_answers_those_who_wait(stage: Stage) -> None:
    house = stage.house()
    ref = stage.start(Committer, house, Archive(), _claim)
    stage.actor(ref).claim_of = None  # our own fault: calling it fells the actor
    futures = [ref.ask(Commit(_upsert(str(number))), block=False) for number in range(MOST + 1)]
    stage.settle()
    (fall,) = stage.fallen()
    assert fall.error == "TypeError"
    with pytest.raises(Unavailable):
        futures[-1].get(timeout=0.0)
    with pytest.raises(Unavailable):
        futures[0].get(timeout=0.0)


def test_each_life_begins_by_comparing_what_is_shown_with_what_is_kept(stage: Stage) -> None:
    house, archive = stage.house(), Archive(away=True)
    kept = [Posted(name, "u", None, {}, 5, BEGINNING + 300, BEGINNING, BEGINNING) for name in ("same", "stale", "new")]
    house.board.report("u", _claim(kept[0]))
    house.board.report("u", Claim(source_of("stale"), BEGINNING, expires_at=BEGINNING + 10))
    house.board.report("u", Claim(source_of("gone"), BEGINNING, expires_at=BEGINNING + 10))
    house.board.report("u", Claim(Source("session", "other"), BEGINNING))
    archive.live = tuple(kept)
    stage.start(Committer, house, archive, _claim)
    assert house.directory.mail == [], "the store is away"
    archive.away = False
    stage.clock.advance(1.0)
    reports = [Deliver("u", Report(_claim(posted))) for posted in kept[1:]]
    assert sorted(house.directory.mail, key=repr) == sorted(
        [*reports, Deliver("u", Withdraw(source_of("gone")))], key=repr
    )


def test_key_values_are_in_the_same_group_and_their_user_hears_of_them(stage: Stage) -> None:
    house, archive = stage.house(), Archive()
    ref = stage.start(Committer, house, archive, _claim)
    changes = (_upsert("a"), SetPairs("u", (("k", "v"),)))
    futures = [ref.ask(Commit(change), block=False) for change in changes]
    stage.settle()
    assert archive.groups == [["a", "pairs"]]
    stored = Storage("u", (("k", "v"),), 7)
    assert futures[1].get(timeout=0.0) == stored
    assert house.directory.mail[-1] == Deliver("u", Keep(stored))


def test_each_life_begins_by_telling_whose_key_values_are_newer_than_known(stage: Stage) -> None:
    house = stage.house()
    archive = Archive(storages={name: Storage(name, (("k", name),), 3) for name in ("same", "stale", "new")})
    house.register.kept |= {"same": Kept(revision=3), "stale": Kept(revision=2)}
    stage.start(Committer, house, archive, _claim)
    assert house.directory.mail == [Deliver(name, Keep(archive.storages[name])) for name in ("stale", "new")]
