"""Who is in the guild and what Discord says of each: what every event changes (spec/discord.md sections 4 to 8)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.presence import Source, Status
from actors.upstream.discord_listings import FULL_EVERY, PATIENCE
from actors.upstream.discord_members import SETTLED, Members
from actors.upstream.discord_people import Ask, Change, Gone, Shown, Told
from tests.fakes.discord import member, presence

HERE, THERE = "100000000000000000", "100000000000000001"
ANN, BOB, CAT = (f"20000000000000000{number}" for number in range(3))
CHESS = {"id": "a", "name": "Chess", "type": 0, "created_at": 1}


class Guild:
    """Members, a clock, and what a gateway would say."""

    def __init__(self, base: str | None = HERE) -> None:
        self.members = Members(base)
        self.now = 100.0

    def event(self, name: str, data: Any) -> list[Change]:
        return [each for each in self.members.event(name, data, self.now) if each is not None]

    def after(self, seconds: float) -> list[Change]:
        self.now += seconds
        return [each for each in self.members.due(self.now) if each is not None]

    def ready(self, *guilds: str) -> list[Change]:
        return self.event("READY", {"guilds": [{"id": each, "unavailable": True} for each in guilds or (HERE,)]})

    def create(self, *members: Any, presences: Any = (), guild: str = HERE, **more: Any) -> list[Change]:
        data = {"id": guild, "member_count": len(members), "members": list(members), "presences": list(presences)}
        return self.event("GUILD_CREATE", {**data, **more})

    def update(self, ident: str, *said: Any, guild: str = HERE, **more: Any) -> list[Change]:
        return self.event("PRESENCE_UPDATE", {**presence(ident, *said), "guild_id": guild, **more})

    def chunk(self, nonce: Any, *members: Any, **more: Any) -> list[Change]:
        data = {"guild_id": HERE, "members": list(members), "presences": [], "chunk_index": 0, "chunk_count": 1}
        return self.event("GUILD_MEMBERS_CHUNK", {**data, "nonce": nonce, **more})

    def status(self, ident: str) -> Status | None:
        return self.members.claim(ident, Source("discord", ident), 1.0).status


def asked(changes: list[Change]) -> list[dict[str, Any]]:
    return [orjson.loads(each.text)["d"] for each in changes if isinstance(each, Ask)]


def people(changes: list[Change]) -> list[Change]:
    return [each for each in changes if isinstance(each, Shown | Gone)]


@pytest.fixture
def guild() -> Guild:
    """Ann is there, playing; Bob is not."""
    guild = Guild()
    guild.ready()
    guild.create(member(ANN, "ann"), member(BOB, "bob"), presences=[presence(ANN, "idle", CHESS)])
    return guild


def test_a_guild_with_its_members_and_who_is_not_listed_is_offline() -> None:
    guild = Guild()
    assert guild.ready() == []
    changes = guild.create(member(ANN, "ann"), member(BOB, "bob"), presences=[presence(ANN, "idle", CHESS)])
    assert people(changes) == [Shown(ANN), Shown(BOB)]
    assert Told("members-listed", {"guild": HERE, "members": 2}) in changes
    assert changes[-1] == Told("loaded", {"guilds": 1, "members": 2})
    assert guild.members.complete
    claim = guild.members.claim(ANN, Source("discord", ANN), 1.0)
    assert (claim.status, claim.activities[0].name) == (Status.IDLE, "Chess")
    assert claim.native is not None
    assert claim.native.document["user"]["username"] == "ann"
    assert claim.native.document["joined_at"] == "2023-11-14T22:13:20+00:00"
    assert guild.status(BOB) is Status.OFFLINE


def test_where_nobody_can_know_it_is_only_told_who_it_is(guild: Guild) -> None:
    claim = guild.members.claim(ANN, Source("discord", ANN), 1.0, doubtful=True)
    assert (claim.status, claim.activities) == (None, ())
    assert claim.native is not None
    assert claim.native.document["user"]["username"] == "ann"


def test_a_new_session_tells_only_what_has_changed(guild: Guild) -> None:
    assert guild.ready() == []
    changes = guild.create(member(ANN, "ann"), member(CAT, "cat"), presences=[presence(ANN, "idle", CHESS)])
    assert people(changes) == [Shown(CAT), Gone(BOB)]


def test_of_two_presences_for_one_the_last_counts() -> None:
    guild = Guild()
    guild.ready()
    guild.create(member(ANN, "ann"), presences=[presence(ANN, "dnd"), presence(ANN, "idle"), 7, {"user": 1}])
    assert guild.status(ANN) is Status.IDLE


@pytest.mark.parametrize("odd", [{}, {"members": None}, {"members": []}, {"members": [], "member_count": 2}])
def test_a_guild_without_members_is_one_that_has_not_told_of_them(guild: Guild, odd: Any) -> None:
    changes = guild.event("GUILD_CREATE", {"id": HERE, **odd})
    assert people(changes) == []
    assert len(asked(changes)) == 1


def test_an_outage_changes_nothing_and_the_end_of_the_guild_everything(guild: Guild) -> None:
    assert guild.event("GUILD_DELETE", {"id": HERE, "unavailable": True}) == []
    assert guild.event("GUILD_CREATE", {"id": HERE, "unavailable": True}) == []
    assert guild.status(ANN) is Status.IDLE
    assert people(guild.create(member(ANN, "ann"), member(BOB, "bob"), presences=[presence(ANN, "idle", CHESS)])) == []
    assert guild.event("GUILD_DELETE", {"id": HERE}) == [Gone(ANN), Gone(BOB)]


def test_a_guild_that_ready_does_not_name_is_gone_once_all_have_come(guild: Guild) -> None:
    assert guild.ready(THERE) == [Gone(ANN), Gone(BOB), Told("not-in-guild", {"guild": HERE}), guild_loaded(0, 0)]


def guild_loaded(guilds: int, members: int) -> Told:
    return Told("loaded", {"guilds": guilds, "members": members})


def test_a_guild_that_is_named_and_does_not_come_is_not_waited_for(guild: Guild) -> None:
    guild.ready()
    assert guild.members.next_due() == guild.now + SETTLED
    assert guild.after(SETTLED) == [guild_loaded(1, 2)]
    assert guild.status(ANN) is Status.IDLE, "nobody said that they have gone"
    assert guild.members.next_due() == float("inf")


def test_another_guild_is_nobodys_business_unless_every_guild_is() -> None:
    guild = Guild(HERE)
    guild.ready(HERE, THERE)
    assert guild.create(member(ANN, "ann"), guild=THERE) == []
    everywhere = Guild(None)
    everywhere.ready(HERE, THERE)
    assert people(everywhere.create(member(ANN, "ann"))) == [Shown(ANN)]
    assert people(everywhere.create(member(ANN, "ann"), member(BOB, "bob"), guild=THERE)) == [Shown(BOB)]
    assert everywhere.event("GUILD_MEMBER_REMOVE", {"guild_id": HERE, "user": {"id": ANN}}) == []
    assert everywhere.event("GUILD_MEMBER_REMOVE", {"guild_id": THERE, "user": {"id": ANN}}) == [Gone(ANN)]


def test_who_shares_two_guilds_is_told_of_once() -> None:
    guild = Guild(None)
    guild.ready(HERE, THERE)
    guild.create(member(ANN, "ann"))
    guild.create(member(ANN, "ann"), guild=THERE)
    assert guild.update(ANN, "dnd") == [Shown(ANN)]
    assert guild.update(ANN, "dnd", guild=THERE) == []


@pytest.mark.parametrize(
    ("said", "status", "names"),
    [
        ({"status": "dnd"}, Status.DND, ["Chess"]),
        ({"status": 7}, Status.IDLE, ["Chess"]),
        ({"status": "asleep"}, Status.OFFLINE, ["Chess"]),
        ({"activities": []}, Status.IDLE, []),
        ({"activities": None}, Status.IDLE, ["Chess"]),
        ({"activities": [7, {"name": "Go", "type": "x"}]}, Status.IDLE, ["Go"]),
        ({"client_status": {}}, Status.IDLE, ["Chess"]),
        ({"client_status": []}, Status.IDLE, ["Chess"]),
        ({"status": "offline", "activities": [], "client_status": {}}, Status.OFFLINE, []),
        ({}, Status.IDLE, ["Chess"]),
    ],
)
def test_a_bad_field_loses_itself_alone(guild: Guild, said: Any, status: Status, names: list[str]) -> None:
    guild.event("PRESENCE_UPDATE", {"user": {"id": ANN}, "guild_id": HERE, **said})
    claim = guild.members.claim(ANN, Source("discord", ANN), 1.0)
    assert (claim.status, [activity.name for activity in claim.activities]) == (status, names)


@pytest.mark.parametrize("user", [None, {}, {"id": None}, {"id": "x"}, {"id": True}, {"id": "²"}, [], "1"])
def test_an_event_of_nobody_changes_nothing(guild: Guild, user: Any) -> None:
    for name in ("PRESENCE_UPDATE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_UPDATE"):
        assert guild.event(name, {"user": user, "guild_id": HERE, "status": "dnd"}) == []


def test_ids_may_be_numbers_and_the_guild_left_out(guild: Guild) -> None:
    data = {"user": {"id": int(ANN)}, "status": "dnd", "activities": [], "client_status": {}}
    assert guild.event("PRESENCE_UPDATE", data) == [Shown(ANN)]


def test_a_user_is_merged_key_by_key_and_null_is_a_value(guild: Guild) -> None:
    guild.update(ANN, "idle", CHESS, user={"id": ANN, "avatar": "abc"})
    assert guild.members.users[ANN].user["avatar"] == "abc"
    assert guild.update(ANN, "idle", CHESS, user={"id": ANN, "avatar": None}) == [Shown(ANN)]
    assert guild.members.users[ANN].user["username"] == "ann"


def test_a_profile_that_changes_leaves_the_presence(guild: Guild) -> None:
    renamed = {**member(ANN, "anna"), "guild_id": HERE}
    assert guild.event("GUILD_MEMBER_UPDATE", renamed) == [Shown(ANN)]
    assert guild.event("GUILD_MEMBER_UPDATE", renamed) == []
    assert guild.members.users[ANN].user["username"] == "anna"
    assert guild.status(ANN) is Status.IDLE
    assert guild.event("USER_UPDATE", {"id": ANN, "avatar": "x"}) == [Shown(ANN)]


def test_who_joins_is_there_at_once_and_asked_for_with_others() -> None:
    guild = Guild()
    guild.ready()
    guild.create()
    for ident in (ANN, BOB):
        assert guild.event("GUILD_MEMBER_ADD", {**member(ident, "new"), "guild_id": HERE}) == [Shown(ident)]
    (question,) = asked(guild.after(1.0))
    assert (question["user_ids"], question["presences"], question["limit"]) == ([ANN, BOB], True, 0)
    found = guild.chunk(question["nonce"], member(ANN, "new"), presences=[presence(ANN, "dnd")], not_found=[BOB])
    assert found == [Shown(ANN)]
    assert guild.status(ANN) is Status.DND
    assert guild.members.next_due() == float("inf")


def test_hundreds_who_join_are_asked_for_a_hundred_at_a_time() -> None:
    guild = Guild()
    guild.ready()
    guild.create()
    for number in range(250):
        guild.event("GUILD_MEMBER_ADD", {**member(str(10**17 + number), "new"), "guild_id": HERE})
    assert [len(each["user_ids"]) for each in asked(guild.after(1.0))] == [100, 100, 50]


def test_a_stranger_who_does_something_is_asked_for_and_shown_with_it(guild: Guild) -> None:
    assert guild.update(CAT, "dnd") == []
    (question,) = asked(guild.after(1.0))
    assert question["user_ids"] == [CAT]
    assert guild.update(CAT, "idle") == []
    assert guild.chunk(question["nonce"], member(CAT, "cat"), presences=[presence(CAT, "dnd")]) == [Shown(CAT)]
    assert guild.status(CAT) is Status.IDLE, "which is newer than the answer"


# Large guilds


@pytest.fixture
def large() -> tuple[Guild, str]:
    """Only Ann has come; all are asked for by this nonce."""
    guild = Guild()
    guild.ready()
    changes = guild.create(member(ANN, "ann"), presences=[presence(ANN)], large=True, member_count=3)
    (question,) = asked(changes)
    assert (question["query"], question["limit"], question["presences"]) == ("", 0, True)
    assert people(changes) == [Shown(ANN)]
    assert not guild.members.complete
    return guild, question["nonce"]


def test_a_large_guild_comes_in_parts_of_any_order(large: tuple[Guild, str]) -> None:
    guild, nonce = large
    last = guild.chunk(nonce, member(CAT, "cat"), chunk_index=1, chunk_count=2, presences=[presence(CAT, "dnd")])
    assert last == [Shown(CAT)]
    assert not guild.members.complete
    first = guild.chunk(nonce, member(ANN, "ann"), member(BOB, "bob"), chunk_count=2, presences=[presence(ANN)])
    assert first == [Shown(BOB), Told("members-listed", {"guild": HERE, "members": 3})]
    assert guild.members.complete


def test_who_is_in_no_part_is_a_member_no_more(large: tuple[Guild, str]) -> None:
    guild, nonce = large
    assert Gone(ANN) in guild.chunk(nonce, member(BOB, "bob"))


def test_an_update_is_newer_than_a_part_that_was_asked_for_before(large: tuple[Guild, str]) -> None:
    guild, nonce = large
    guild.update(ANN, "dnd")
    guild.update(BOB, "idle")
    guild.chunk(nonce, member(ANN, "ann"), member(BOB, "bob"), presences=[presence(ANN), presence(BOB)])
    assert (guild.status(ANN), guild.status(BOB)) == (Status.DND, Status.IDLE)


def test_without_progress_it_is_asked_for_once_more_and_then_not(large: tuple[Guild, str]) -> None:
    guild, nonce = large
    guild.now += 20
    guild.chunk(nonce, member(BOB, "bob"), chunk_count=2)
    assert guild.after(20) == []
    (question,) = asked(guild.after(10))
    assert question["nonce"] != nonce
    late = guild.chunk(nonce, member(CAT, "cat"), chunk_index=1, chunk_count=2)
    assert late == [Shown(CAT)], "who is no part of the second try's answer"
    assert guild.after(PATIENCE) == [Told("listing-given-up", {"guild": HERE, "of": "all"})]
    assert {ANN, BOB, CAT} <= guild.members.users.keys()
    assert guild.members.next_due() == float("inf")


def test_discord_may_want_to_be_asked_later(large: tuple[Guild, str]) -> None:
    guild, nonce = large
    limited = {"opcode": 8, "retry_after": 7.5, "meta": {"guild_id": HERE, "nonce": nonce}}
    assert guild.event("RATE_LIMITED", limited) == []
    assert guild.after(7) == []
    assert len(asked(guild.after(1))) == 1
    for junk in (None, {}, {"meta": 7}, {"retry_after": "x", "meta": {"nonce": nonce}}):
        assert guild.event("RATE_LIMITED", junk) == []


def test_everybody_is_asked_for_at_most_every_thirty_seconds(large: tuple[Guild, str]) -> None:
    guild, _ = large
    guild.now += 1
    guild.ready()
    assert asked(guild.create(member(ANN, "ann"), large=True, member_count=3)) == []
    assert len(asked(guild.after(FULL_EVERY))) == 1


@given(st.data())
@settings(max_examples=60)
def test_whatever_was_said_before_a_new_session_ends_on_its_truth(data: st.DataObject) -> None:
    """And what was told on the way adds up to it: whoever heard each change knows the same."""
    idents = [ANN, BOB, CAT]
    statuses = st.sampled_from(["online", "idle", "dnd", "offline"])
    guild = Guild()
    told: dict[str, Status | None] = {}

    def hear(changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change, Shown):
                told[change.user] = guild.status(change.user)
            elif isinstance(change, Gone):
                del told[change.user]

    hear(guild.ready())
    for _ in range(data.draw(st.integers(0, 12))):
        ident, status = data.draw(st.sampled_from(idents)), data.draw(statuses)
        name = data.draw(st.sampled_from(["add", "remove", "update", "create", "delete", "outage", "ready", "chunk"]))
        events = {
            "add": ("GUILD_MEMBER_ADD", {**member(ident, "x"), "guild_id": HERE}),
            "remove": ("GUILD_MEMBER_REMOVE", {"user": {"id": ident}, "guild_id": HERE}),
            "update": ("PRESENCE_UPDATE", {**presence(ident, status), "guild_id": HERE}),
            "create": (
                "GUILD_CREATE",
                {"id": HERE, "large": True, "members": [member(ident, "x")], "presences": [presence(ident, status)]},
            ),
            "delete": ("GUILD_DELETE", {"id": HERE}),
            "outage": ("GUILD_DELETE", {"id": HERE, "unavailable": True}),
            "ready": ("READY", {"guilds": [{"id": HERE}]}),
            "chunk": ("GUILD_MEMBERS_CHUNK", {"guild_id": HERE, "members": [member(ident, "x")], "nonce": "1"}),
        }
        hear(guild.event(*events[name]))
        hear(guild.after(data.draw(st.sampled_from([0.0, 2.0, 40.0]))))
    truth = {ident: data.draw(statuses) for ident in idents if data.draw(st.booleans())}
    hear(guild.ready())
    hear(guild.create(*(member(each, "x") for each in truth), presences=[presence(*each) for each in truth.items()]))
    assert {ident: status.value for ident, status in told.items() if status is not None} == truth
    assert guild.members.users.keys() == truth.keys()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([HERE, ANN, "x"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "user", "members", "presences", "guilds", "guild_id", "meta", "nonce", "status"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(sorted(Members(None)._table)), anything), max_size=5))
def test_no_event_of_whatever_shape_raises(events: list[tuple[str, Any]]) -> None:
    guild = Guild(None)
    for name, data in events:
        guild.event(name, data)
        guild.after(31)
