"""/v2's publishing on the Stage: the views themselves, before a User and a Directory that play."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import gevent
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.accounts import Credential, digest_of
from actors.directory import Directory
from actors.errors import Malformed, Overrun, Refused
from actors.falls import Limits
from actors.house import House
from actors.presence import Claim, Source, Status, Subject
from tests.clock import BEGINNING
from tests.stage import Stage
from web.dialects.native.callers import Callers
from web.dialects.native.claims import LONGEST_NAME, MOST_SOURCES, Claims, checked
from web.dialects.native.problems import ANY_ORIGIN
from web.dialects.native.replays import Replays
from web.dialects.native.schemas import Invalid
from web.gate import Gate
from web.views import Answer, Request

ANN, BEN = "1d3c0a2e-1111-4222-8333-444455556666", "1d3c0a2e-1111-4222-8333-444455557777"
BODY = {"lease_seconds": 60, "status": "idle", "activities": [{"name": "Chess"}]}


class Nobody:
    """Storage that knows of no token beyond the keyring's."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Desk:
    """Asks the views as their routes would, with the token of the account asked about."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.house: House = stage.house()
        self.house.directory.move_in(stage.start(Directory, self.house, Limits(), path="directory"))
        for name, ident in (("ann", ANN), ("ben", BEN)):
            self.house.register.subjects[ident] = Subject(ident, name, account=True)
            self.house.register.names[name] = ident
            self.house.keyring.learn(Credential(name, digest_of(name), ident, frozenset({"publish"}), 0.0))
        self.house.keyring.learn(Credential("house", digest_of("house"), None, frozenset({"first-party"}), 0.0))
        records: Any = Nobody()
        claims = Claims(Callers(Gate(self.house, records)), Replays(self.house.deeds, self.house.clock))
        self.views = {route.method: route.view for route in claims.routes()}
        self.rules = {(route.method, route.rule) for route in claims.routes()}

    def ask(
        self,
        method: str,
        source: str = "cli",
        body: Any = None,
        *,
        user: str = "ann",
        token: str = "ann",
        key: str = "",
    ) -> Answer:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": f"/v2/users/{user}/claims/{source}",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "wsgi.input": BytesIO(orjson.dumps(body)),
        }
        if key:
            environ["HTTP_IDEMPOTENCY_KEY"] = key
        asked = gevent.spawn(self._view, method, Request(environ, {"user": user, "source": source}))
        self.stage.settle()
        answer = asked.get(timeout=0)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Answer)
        return answer

    def _view(self, method: str, request: Request) -> Any:
        try:
            return self.views[method](request)
        except (Malformed, Refused, Overrun) as error:  # a greenlet's error would be printed
            return error

    def put(self, source: str = "cli", body: Any = None, **more: str) -> Any:
        answer = self.ask("PUT", source, body or BODY, **more)
        assert (answer.status, answer.headers) == (200, ANY_ORIGIN)
        return orjson.loads(answer.body)

    def claims(self, user: str = ANN) -> tuple[Claim, ...]:
        return self.house.known(user).claims


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Stage() as stage:
        yield Desk(stage)


def stands(now: float, **more: Any) -> dict[str, Any]:
    ms = round(now * 1000)
    return {
        "source": {"kind": "native", "id": "cli"},
        "status": "idle",
        "activities": [{"name": "Chess"}],
        "since_ms": ms,
        "expires_at_ms": ms + 60_000,
        **more,
    }


def test_a_claim_is_put_where_it_is_taken_back(desk: Desk) -> None:
    rule = "/v2/users/<user>/claims/<source>"
    assert desk.rules == {("PUT", rule), ("DELETE", rule)}


def test_a_claim_is_answered_as_it_stands_and_another_takes_its_place(desk: Desk) -> None:
    assert desk.put() == stands(BEGINNING)
    desk.stage.clock.advance(10)
    again = desk.put(body={"lease_seconds": 60, "activities": [{"name": "Go"}]})
    assert again["status"] is None
    assert (again["since_ms"], again["expires_at_ms"]) == (BEGINNING * 1000, (BEGINNING + 70) * 1000)
    (claim,) = desk.claims()
    assert (claim.source, [activity.name for activity in claim.activities]) == (Source("native", "cli"), ["Go"])


def test_what_was_claimed_is_taken_back_once(desk: Desk) -> None:
    desk.put()
    desk.put("phone")
    gone = desk.ask("DELETE")
    assert (gone.status, gone.body, gone.headers) == (204, b"", ANY_ORIGIN)
    assert [claim.source.id for claim in desk.claims()] == ["phone"]
    with pytest.raises(Refused, match=r"^unknown-claim$"):
        desk.ask("DELETE")


def test_a_put_sent_twice_with_a_key_answers_as_the_first_and_renews_nothing(desk: Desk) -> None:
    first = desk.put()
    desk.stage.clock.advance(10)
    keyed = desk.put(key="k")
    assert keyed == stands(BEGINNING, expires_at_ms=(BEGINNING + 70) * 1000)
    assert keyed["since_ms"] == first["since_ms"]
    desk.stage.clock.advance(10)
    assert desk.put(key="k") == keyed
    (claim,) = desk.claims()
    assert claim.expires_at == BEGINNING + 70
    with pytest.raises(Refused, match=r"^key-reused$"):
        desk.put(key="k", body={**BODY, "status": "dnd"})


def test_a_delete_sent_twice_with_a_key_is_gone_both_times(desk: Desk) -> None:
    desk.put()
    assert [desk.ask("DELETE", key="k").status for _ in range(2)] == [204, 204]
    desk.put()
    assert desk.ask("DELETE", key="k").status == 204
    assert len(desk.claims()) == 1, "the second asks for nothing more"
    with pytest.raises(Refused, match=r"^unknown-claim$"):
        desk.ask("DELETE", "never", key="other")


def test_a_key_is_its_owners_alone(desk: Desk) -> None:
    desk.put(key="k")
    desk.put("phone", user="ann", token="house", key="k")
    desk.put("phone", user="ben", token="ben", key="k")
    desk.ask("DELETE", "phone", user="ben", token="ben", key="d")
    assert desk.ask("DELETE", "phone", token="house", key="d").status == 204


def test_only_the_owner_and_first_parties_speak_of_a_user(desk: Desk) -> None:
    for method in ("PUT", "DELETE"):
        with pytest.raises(Refused, match="not-permitted"):
            desk.ask(method, body=BODY, token="ben")
        with pytest.raises(Refused, match="invalid-token"):
            desk.ask(method, body=BODY, token="stranger")
    assert desk.claims() == ()
    desk.put(token="house")
    assert desk.ask("DELETE", token="house").status == 204


def test_a_user_is_found_by_name_and_by_id(desk: Desk) -> None:
    desk.put(user=ANN)
    desk.put("phone", user="ann")
    assert {claim.source.id for claim in desk.claims()} == {"cli", "phone"}


def test_so_many_sources_may_speak_and_each_of_them_again(desk: Desk) -> None:
    desk.house.board.report(ANN, Claim(Source("session", "s"), 0.0, status=Status.ONLINE))  # another dialect's
    for number in range(MOST_SOURCES):
        desk.put(f"s{number}")
    with pytest.raises(Overrun, match=r"^At most 32 sources may speak of a user at once") as refused:
        desk.put("one-more")
    assert refused.value.code == "too-many-claims"
    desk.put(f"s{MOST_SOURCES - 1}")
    desk.put(user="ben", token="ben")
    desk.ask("DELETE", "s0")
    desk.put("one-more")
    assert len(desk.claims()) == MOST_SOURCES + 1


def test_what_is_wrong_changes_nothing(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.put(body={"lease_seconds": 4})
    with pytest.raises(Invalid):
        desk.put(body={"lease_seconds": 4}, key="k")
    assert desk.claims() == ()
    desk.put(key="k")


@pytest.mark.parametrize("source", ["", "x" * 65, "a b", "a/b", "\u00e9", "a\n"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_source_has_a_form(desk: Desk, method: str, source: str) -> None:
    with pytest.raises(Malformed, match=r"^A source has 1 to 64 of A-Z a-z 0-9 _ \. -$") as refused:
        desk.ask(method, source, BODY)
    assert refused.value.code == "bad-source"


@pytest.mark.parametrize("source", ["x" * 64, "A-z_0.9"])
def test_a_source_of_that_form_is_as_good_as_any(desk: Desk, source: str) -> None:
    assert desk.put(source)["source"] == {"kind": "native", "id": source}


@given(st.text(max_size=3) | st.integers(LONGEST_NAME - 1, LONGEST_NAME + 1).map("x".__mul__))
def test_a_name_has_1_to_256_characters(name: str) -> None:
    if 1 <= len(name) <= 256:
        assert checked(name) == name
    else:
        with pytest.raises(Invalid, match=r"^A user's name has 1 to 256 characters\.") as refused:
            checked(name)
        assert refused.value.fault.pointer == "/user"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nobody_is_asked_about_by_a_name_too_long(desk: Desk, method: str) -> None:
    with pytest.raises(Invalid):
        desk.ask(method, body=BODY, user="x" * 257, token="house")
