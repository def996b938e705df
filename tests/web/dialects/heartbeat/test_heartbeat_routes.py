"""A ping is 200 whatever the stores and the user's actor do, and a stream's head waits for neither."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import gevent
import pytest
from gevent.event import Event

from actors.errors import Overrun, Unavailable
from actors.house import House
from actors.messages.directory import Deliver
from actors.messages.keeper import Seen
from actors.presence import Claim, Source, Status
from tests.stage import Probe, Stage
from web.dialects.heartbeat import codec
from web.dialects.heartbeat.routes import PATIENCE, Heartbeat
from web.listed import Listed
from web.proxies import Proxies
from web.views import Accept, Answer, Request

CACHED = (1795224701, "1")


class Store:
    """Answers, at once or when it is let, is away, or does not come to an end, as `how` says."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.asked = Event()
        self.answers = Event()
        self.times = 0

    def last_ping(self, _user: str) -> tuple[int, str]:
        self.times += 1
        self.asked.set()
        if self.how == "slow":
            self.answers.wait()
        if self.how == "away":
            raise Unavailable("store-away")
        if self.how == "stuck":
            Event().wait()
        return CACHED


class Resting(Probe):
    """A directory that does not give anybody out."""

    error: Exception = Unavailable("user-resting", retry_after=30.0)

    def ask(self, message: Any, timeout: float = 5.0) -> Any:  # noqa: ARG002 - as an Address
        self.mail.append(message)
        raise self.error


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


def _dialect(house: House, how: str = "there") -> Heartbeat:
    return Heartbeat(house, Store(how), Proxies(("127.0.0.0/8",)), Listed(()))


def _ping(dialect: Heartbeat) -> Answer:
    claim = '{"userid":"una"}'
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_USER_CLAIM": claim, "wsgi.input": BytesIO(b'{"status":"1"}')}
    return dialect.ping(Request(environ))


@pytest.mark.parametrize("error", [Unavailable("user-resting"), Overrun("mailbox-full")])
def test_a_ping_whose_user_rests_is_taken_and_delivered_later(stage: Stage, error: Exception) -> None:
    house = stage.house()
    resting: Any = Resting("directory")
    resting.error = error
    object.__setattr__(house, "directory", resting)
    answer = _ping(_dialect(house, "away"))
    assert (answer.status, answer.body) == (200, b"")
    (parcel,) = resting.got(Deliver)
    assert (parcel.user, parcel.message.claim.native.document) == ("una", {"status": "1"})
    assert house.keeper.got(Seen) == [Seen("una", int(stage.clock.now()), "1")]  # type: ignore[attr-defined]


def _subscribed(dialect: Heartbeat) -> Accept | Answer:
    request = Request({"REQUEST_METHOD": "GET"}, {"name": "una"})
    return dialect.subscribe(request)


@pytest.mark.parametrize(("how", "cached"), [("there", codec.event(*CACHED)), ("away", None)])
def test_a_reader_is_let_in_with_or_without_the_store(stage: Stage, how: str, cached: bytes | None) -> None:
    accept = _subscribed(_dialect(stage.house(), how))
    assert isinstance(accept, Accept)
    first = next(iter(accept.session.opened(0.0)))
    assert getattr(first, "payload", None) == cached


def test_of_whoever_hides_not_even_the_last_ping_is_told(stage: Stage) -> None:
    house = stage.house()
    house.board.report("una", Claim(Source("native", "me"), 0.0, status=Status.INVISIBLE))
    accept = _subscribed(_dialect(house, "there"))
    assert isinstance(accept, Accept)
    assert len(list(accept.session.opened(0.0))) == 1


def test_a_store_that_is_stuck_is_waited_for_no_longer_than_half_a_second(stage: Stage) -> None:
    dialect = _dialect(stage.house(), "stuck")
    waiting = gevent.spawn(_subscribed, dialect)
    dialect.sightings.asked.wait(5)  # type: ignore[attr-defined]
    stage.clock.advance(PATIENCE - 0.01)
    assert not waiting.ready()
    stage.clock.advance(0.02)
    accept = waiting.get(timeout=5)
    assert len(list(accept.session.opened(0.0))) == 1, "nothing cached is said"


def test_a_crowd_that_comes_at_once_asks_the_store_once(stage: Stage) -> None:
    """Seen to fail when each reader asked: 5,000 waited for 5,000 look-ups, with a greenlet each."""
    dialect = _dialect(stage.house(), "slow")
    store: Any = dialect.sightings
    readers = [gevent.spawn(_subscribed, dialect) for _ in range(20)]
    store.asked.wait()
    store.answers.set()
    accepted = [reader.get(timeout=10) for reader in readers]
    assert [reader.session._cached for reader in accepted] == [codec.event(*CACHED)] * 20
    assert store.times == 1
    assert _subscribed(dialect).session._cached == codec.event(*CACHED)  # type: ignore[union-attr]
    assert store.times == 2
