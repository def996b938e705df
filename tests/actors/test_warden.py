"""Warden: follows what is changed beside the running server, and knows who may."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from pykka.messages import _ActorStop

from actors.accounts import Change, Credential, digest_of
from actors.effects import Hang
from actors.errors import Unavailable
from actors.messages.connection import Authenticated, Revoked
from actors.messages.directory import Deliver, Learn, Unlearn
from actors.messages.envoys import Disavow
from actors.messages.user import Disown
from actors.messages.warden import Verify
from actors.presence import Claim, Source, Subject
from actors.runtime import Actor, handles
from actors.warden import Warden, revoke
from tests.stage import Stage


@dataclass
class Records:
    """A store whose accounts and credentials the test alters."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    uses: dict[str, float] = field(default_factory=dict)
    away: bool = False

    def changed(self, kind: str, key: str) -> None:
        self.log.append(Change(len(self.log) + 1, kind, key))

    def _there(self) -> None:
        if self.away:
            raise Unavailable("store-away")

    def changes(self, since: int) -> tuple[Change, ...]:
        self._there()
        return tuple(change for change in self.log if change.number > since)

    def account(self, key: str, /) -> Subject | None:
        self._there()
        return self.subjects.get(key)

    def credential(self, credential_id: str, /) -> Credential | None:
        self._there()
        return self.credentials.get(credential_id)

    def credential_by_digest(self, digest: bytes, /) -> Credential | None:
        self._there()
        return next((each for each in self.credentials.values() if each.digest == digest), None)

    def note_uses(self, uses: Mapping[str, float], /) -> None:
        self._there()
        self.uses.update(uses)

    def grant(self, token: str) -> Credential:
        credential = Credential(f"id of {token}", digest_of(token), None, frozenset({"read"}), 0.0)
        self.credentials[credential.id] = credential
        self.changed("credential", credential.id)
        return credential

    def revoke(self, credential: Credential) -> None:
        del self.credentials[credential.id]
        self.changed("credential", credential.id)


class Asker(Actor):
    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Credential | Hang | None] = []

    @handles(Authenticated)
    def authenticated(self, message: Authenticated) -> None:
        self.answers.append(message.credential)

    @handles(Hang)
    def hang(self, message: Hang) -> None:
        self.answers.append(message)


class Play:
    """A Warden on the Stage, and somebody who asks it."""

    def __init__(self, stage: Stage, records: Records | None = None) -> None:
        self.stage, self.house, self.records = stage, stage.house(), records or Records()
        self.ref = stage.start(Warden, self.house, self.records, 0)
        self.asker = stage.start(Asker)

    def verify(self, token: str) -> Credential | Hang | None:
        self.stage.tell(self.ref, Verify(token, self.asker))
        answer: Credential | Hang | None = self.stage.actor(self.asker).answers[-1]
        return answer


def test_changes_are_followed_within_a_second() -> None:
    with Stage() as stage:
        play = Play(stage)
        ada = Subject("1", "ada")
        play.records.subjects["1"] = ada
        play.records.changed("account", "1")
        credential = play.records.grant("secret")
        stage.clock.advance(1)
        assert play.house.directory.take() == [Learn(ada)]
        assert play.house.keyring.find("secret") == credential
        del play.records.subjects["1"]
        play.records.changed("account", "1")
        play.records.revoke(credential)
        stage.clock.advance(1)
        assert play.house.directory.take() == [Unlearn("1")]
        assert play.house.keyring.find("secret") is None
        assert play.house.connections.take() == [Revoked(credential.id)]
        assert play.house.envoys.take() == [Disavow(credential.id)]
        stage.clock.advance(10)
        assert play.house.directory.take() == play.house.connections.take() == []


def test_what_lives_by_a_token_ends_with_it_within_a_second() -> None:
    with Stage() as stage:
        play = Play(stage)
        now = stage.clock.now()
        credential = Credential("over soon", digest_of("secret"), None, frozenset({"read"}), now, expires_at=now + 60)
        play.records.credentials[credential.id] = credential
        assert play.verify("secret") == credential
        stage.clock.advance(59)
        assert play.house.connections.take() == []
        stage.clock.advance(2)
        assert play.house.connections.take() == [Revoked(credential.id)]
        assert play.house.envoys.take() == [Disavow(credential.id)]
        assert play.house.keyring.by_id == {}
        assert play.verify("secret") == credential, "it is there for whoever asks, and over"
        stage.clock.advance(1)
        assert play.house.keyring.by_id == {}


def test_a_user_is_told_of_a_credential_only_where_something_is_said_of_it() -> None:
    with Stage() as stage:
        play = Play(stage)
        for account in ("idle", "busy"):
            play.house.keyring.learn(Credential(account, digest_of(account), account, frozenset({"publish"}), 0.0))
        play.house.board.report("busy", Claim(Source("session", "1"), 0.0, credential="busy"))
        for credential in ("idle", "busy", "busy", "never heard of"):
            revoke(play.house, credential)
        assert play.house.directory.take() == [Deliver("busy", Disown("busy"))]
        assert len(play.house.connections.take()) == 4


def test_of_whom_a_first_party_speaks_is_told_of_its_end_even_where_nothing_else_is_left_of_it() -> None:
    """After a kill -9 its claims return, its socket and its sessions do not. Seen to fail: only owners were told."""
    with Stage() as stage:
        play = Play(stage)
        for credential in ("first", "other"):
            scopes = frozenset({"first-party"})
            play.house.keyring.learn(Credential(credential, credential.encode(), None, scopes, 0.0))
            for number in range(2):
                claim = Claim(Source("first-party", f"{credential}-{number}"), 0.0, credential=credential)
                play.house.board.report(f"{credential} {number}", claim)
        revoke(play.house, "first")
        told = play.house.directory.take()
        assert told == [Deliver("first 0", Disown("first")), Deliver("first 1", Disown("first"))]


def test_what_was_said_as_its_account_was_removed_is_taken_back_under_the_bare_name() -> None:
    with Stage() as stage:
        play = Play(stage)
        play.house.register.learn(Subject("id-a", "alice", account=True))
        play.house.keyring.learn(Credential("key", digest_of("key"), "id-a", frozenset({"publish"}), 0.0))
        play.house.register.forget("id-a")
        play.house.board.report("alice", Claim(Source("session", "1"), 0.0, credential="key"))
        revoke(play.house, "key")
        assert play.house.directory.take() == [Deliver("alice", Disown("key"))]


def test_a_store_that_is_away_is_asked_again() -> None:
    with Stage() as stage:
        play = Play(stage)
        credential = play.records.grant("secret")
        play.records.away = True
        stage.clock.advance(5)
        assert play.ref.is_alive()
        assert play.house.keyring.find("secret") is None
        play.records.away = False
        stage.clock.advance(0.6)
        assert play.house.keyring.find("secret") == credential


def test_a_store_that_goes_away_between_two_changes_leaves_none_out() -> None:
    class Flickering(Records):
        calls = 0

        def credential(self, credential_id: str, /) -> Credential | None:
            self.calls += 1
            if self.calls % 2:
                raise Unavailable("store-away")
            return super().credential(credential_id)

    with Stage() as stage:
        play = Play(stage, Flickering())
        for token in "abcd":
            play.records.grant(token)
        for _ in range(20):
            stage.clock.advance(0.5)
        assert all(play.house.keyring.find(token) for token in "abcd")


def test_a_token_is_looked_up_before_it_is_called_unknown() -> None:
    with Stage() as stage:
        play = Play(stage)
        assert play.verify("secret") is None
        credential = play.records.grant("secret")
        assert play.verify("secret") == credential
        play.records.away = True
        assert play.verify("secret") == credential, "it is in memory now"
        assert play.verify("another") == Hang(1013, "try again later"), "it may be good: nobody can tell now"
        assert play.ref.is_alive()


def test_whoever_asked_and_left_is_not_answered() -> None:
    with Stage() as stage:
        play = Play(stage)
        stop = play.asker.stop(block=False)
        stage.settle()
        assert stop.get(timeout=0)
        stage.tell(play.ref, Verify("secret", play.asker))
        assert play.ref.is_alive()


def test_a_fallen_warden_follows_on_with_one_round_of_polls() -> None:
    with Stage() as stage:
        play = Play(stage)
        stage.tell(play.ref, "nonsense")
        assert len(stage.fallen()) == 1
        credential = play.records.grant("secret")
        play.ref = stage.start(Warden, play.house, play.records, 0)
        stage.clock.advance(1)
        assert play.house.keyring.find("secret") == credential
        assert len(stage.clock.pending) == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["grant", "revoke", "wait", "look up"])), max_size=20))
def test_in_the_end_the_keyring_is_what_the_store_says(plot: list[tuple[str, str]]) -> None:
    with Stage() as stage:
        play = Play(stage)
        for token, event in plot:
            known = play.records.credentials.get(f"id of {token}")
            if event == "grant" and known is None:
                play.records.grant(token)
            elif event == "revoke" and known is not None:
                play.records.revoke(known)
            elif event == "wait":
                stage.clock.advance(0.5)
            else:
                play.verify(token)
        stage.clock.advance(1)
        assert set(play.house.keyring.by_id) == set(play.records.credentials)
        assert len(play.house.keyring.by_digest) == len(play.house.keyring.by_id)


def test_last_uses_are_written_every_half_minute_and_at_the_end_and_none_is_lost() -> None:
    with Stage() as stage:
        play = Play(stage)
        credential = play.records.grant("token")
        play.verify("token")
        used_at = stage.clock.now()
        stage.clock.advance(29)
        assert play.records.uses == {}
        play.records.away = True
        stage.clock.advance(10)
        play.records.away = False
        stage.clock.advance(1)
        assert play.records.uses == {credential.id: used_at}
        assert play.house.keyring.used == {}
        play.house.keyring.used[credential.id] = stage.clock.now()
        stage.tell(play.ref, _ActorStop())
        assert play.records.uses == {credential.id: stage.clock.now()}
