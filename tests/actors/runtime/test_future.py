"""Futures on gevent: set once, chained through handlers, and gone without a trace."""

import gc

import gevent
import pykka
import pytest
from gevent.event import Event

from actors.errors import Malformed, Refused
from actors.runtime import Address, Future, Kin
from tests.actors.runtime.cast import KINDS, SOON, Do, Note

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", KINDS)
def test_a_handler_may_answer_with_a_future(kind: type[Kin]) -> None:
    ref = kind.start()
    promise, inner = Future(), Future()
    asked = ref.ask(Do(lambda _: promise), block=False)
    assert ref.ask(Note(1), timeout=SOON) == 1, "the actor goes on meanwhile"
    promise.set("kept")
    assert asked.get(timeout=SOON) == "kept"
    refused = ref.ask(Do(lambda _: inner), block=False)
    inner.fail(Refused("after-all"))
    with pytest.raises(Refused, match="after-all"):
        refused.get(timeout=SOON)
    assert ref.is_alive()
    ref.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_derived_from_another_future_fails_instead_of_hanging(kind: type[Kin]) -> None:
    ref, other = kind.start(), kind.start()
    with pytest.raises(TypeError, match="derived"):
        ref.ask(Do(lambda _: other.stop(block=False)), timeout=SOON)
    assert ref.ask(Note(1), timeout=SOON) == 1
    ref.stop()


def test_a_value_is_set_once() -> None:
    future = Future()
    future.set(1)
    for again in (lambda: future.set(2), lambda: future.fail(Refused("x")), future.set_exception):
        with pytest.raises(RuntimeError):
            again()
    assert future.get(timeout=0) == 1


def test_time_is_up() -> None:
    with pytest.raises(pykka.Timeout):
        Future().get(timeout=0.001)


def test_a_timeout_of_the_askers_own_is_not_taken_for_ours() -> None:
    with pytest.raises(gevent.Timeout) as caught, gevent.Timeout(0.001) as own:
        Future().get(timeout=SOON)
    assert caught.value is own


def test_an_asker_who_set_his_own_future_stops_nobody_else() -> None:
    kinds = [kind.start() for kind in KINDS]
    impatient = kinds[0].ask(Note(1), block=False)
    impatient.fail(Malformed("mine"))
    with pytest.raises(Malformed):
        impatient.get(timeout=SOON)
    for ref in kinds:
        assert ref.ask(Note(2), timeout=SOON) == 2
        ref.stop()


def test_pykkas_own_combinators_work() -> None:
    one, two = Future(), Future()
    one.set(1)
    two.set(2)
    assert one.join(two).map(sum).get(timeout=SOON) == 3
    assert pykka.get_all([one, two], timeout=SOON) == [1, 2]


def test_news_of_a_value_comes_in_the_hub_also_when_it_is_late() -> None:
    future, heard, came = Future(), [], Event()
    future.when_done(heard.append)
    future.set(1)
    assert heard == []
    future.when_done(lambda _: came.set())
    assert came.wait(SOON)
    assert heard == [future]


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_ask_leaves_nothing_for_the_collector(kind: type[Kin]) -> None:
    house = Address("house")
    house.move_in(kind.start())
    asks = 200

    def refuse(_: object) -> None:
        raise Refused("no")

    def refused() -> str:
        try:
            return str(house.ask(Do(refuse), timeout=SOON))
        except Refused as error:
            return error.code

    assert refused() == "no"
    gc.collect()
    gc.disable()
    try:
        for _ in range(asks):
            refused()
        found = gc.collect()
    finally:
        gc.enable()
    house.future(Do(lambda actor: actor.stop())).get(timeout=SOON)
    assert found < asks
