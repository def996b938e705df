"""Who has no storage, who hides and who owns: Lantern's checks before anything is written, without a server."""

import pytest

from actors.accounts import Credential, digest_of
from actors.clock import WallClock
from actors.errors import Refused
from actors.house import House
from actors.presence import Claim, Kept, Source, Status, Subject
from storage.board import LocalBoard
from tests.web.dialects.discord.people import ANN, ANN_ID
from web.dialects.discord.finding import Finding
from web.dialects.discord.keeping import Keeping
from web.dialects.lantern.storage import LanternStorage
from web.gate import Gate
from web.views import Request


class Nothing:
    """Storage that knows no token but those in memory."""

    def credential_by_digest(self, _digest: bytes) -> None:
        return None


class Annex:
    """Ann is linked to Discord, and has the token `t` for her key-values."""

    def __init__(self) -> None:
        self.house = House(WallClock(), LocalBoard())
        self.house.register.learn(ANN)
        scopes = frozenset({"kv"})
        self.house.keyring.learn(Credential("1", digest_of("t"), ANN.id, scopes, 0.0))
        gate = Gate(self.house, Nothing())  # type: ignore[arg-type]
        self.storage = LanternStorage(Finding(self.house), Keeping(self.house, gate))

    def request(self, token: str = "", user: str = ANN_ID) -> Request:
        return Request({"HTTP_AUTHORIZATION": token}, {"name": user, "key": "k"})

    def refusal(self, token: str = "", user: str = ANN_ID) -> str:
        with pytest.raises(Refused) as refused:
            self.storage.read(self.request(token, user))
        return str(refused.value)

    def hide(self) -> None:
        self.house.board.report(ANN.id, Claim(Source("s", "1"), 0.0, Status.INVISIBLE))


def test_a_storage_is_there_when_it_was_made_or_for_whoever_may_make_it() -> None:
    there = Annex()
    assert there.refusal() == f"User {ANN_ID} does not have any storage."
    assert there.refusal("t") == "Key k does not exist in the storage."
    there.house.register.kept[ANN.id] = Kept((("k", ""),), revision=1)
    assert there.storage.read(there.request()).body == b'{"value":""}'


def test_who_hides_is_unknown_to_all_but_the_owner() -> None:
    there = Annex()
    there.house.register.kept[ANN.id] = Kept((("k", "v"),), revision=1)
    there.hide()
    unknown = f"User {ANN_ID} is not being monitored by Lantern."
    assert there.refusal() == unknown
    assert there.refusal("another") == unknown
    assert there.storage.read(there.request("t")).body == b'{"value":"v"}'


def test_who_is_not_linked_has_nothing_here_even_for_the_owner() -> None:
    there = Annex()
    bare = "100000000000000009"
    there.house.register.learn(Subject(ANN.id, "Ann", account=True))
    there.house.register.kept[ANN.id] = Kept((("k", "v"),), revision=1)
    assert there.refusal("t", ANN_ID) == f"User {ANN_ID} is not being monitored by Lantern."
    assert there.refusal("t", bare) == f"User {bare} is not being monitored by Lantern."
