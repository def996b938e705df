"""The shared socket: who decides, and what is said to whom neither dialect knows (WIRES section 2)."""

import orjson
import pytest

from actors.effects import Gather, Hang, Say
from tests.transcripts import Stage
from tests.web.dialects.discord.people import ANN_ID, NAMES, PEOPLE, book
from web.dialects.discord.socket import EitherSession
from web.dialects.discord.wire import Wire
from web.dialects.lantern.session import LanternSession
from web.dialects.lantern.wires import wires as lantern_wires
from web.dialects.lanyard.session import LanyardSession
from web.dialects.lanyard.wires import wires as lanyard_wires

LANTERN = Wire(book(), lantern_wires(lambda: 0.0).deployed.words, lambda: 0.0)
LANYARD = Wire(book(), lanyard_wires(lambda: 0.0).plain.words, lambda: 0.0)


def opened(*messages: str) -> Stage:
    either = EitherSession(LanternSession(LANTERN, NAMES.get), LanyardSession(LANYARD, NAMES.get))
    stage = Stage(either, people=dict(PEOPLE))
    stage.enter()
    stage.done.clear()
    for message in messages:
        stage.send(message)
    return stage


@pytest.mark.parametrize(
    ("wanted", "wire", "name"),
    [
        (f'"user_id":"{ANN_ID}"', LANTERN, "INIT_ACK"),
        (f'"user_ids":["{ANN_ID}"]', LANTERN, "INIT_ACK"),
        (f'"subscribe_to_id":"{ANN_ID}"', LANYARD, "INIT_STATE"),
        (f'"subscribe_to_ids":["{ANN_ID}"]', LANYARD, "INIT_STATE"),
    ],
)
def test_the_first_init_decides(wanted: str, wire: Wire, name: str) -> None:
    stage = opened("no json", '{"op":3}', '{"op":4}', "null", f'{{"op":2,"d":{{{wanted}}}}}')
    gather, answer = stage.done
    assert isinstance(gather, Gather)
    assert isinstance(answer, Say)
    assert orjson.loads(answer.payload)["t"] == name
    assert stage.session.encoding is wire


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"op":2}', 4005),
        ('{"op":2,"d":{}}', 4005),
        ('{"op":2,"d":{"x":1}}', 4006),
        ('{"op":9}', 4004),
        ("[]", 4004),
    ],
)
def test_what_neither_knows(message: str, code: int) -> None:
    disconnect, close = opened(message).done
    assert isinstance(disconnect, Say)
    assert orjson.loads(disconnect.payload)["t"] == "DISCONNECT"
    assert isinstance(close, Hang)
    assert close.code == code


def test_lanterns_limit_holds_from_its_init_on() -> None:
    padding = "x" * 1024
    assert list(opened(f'{{"op":2,"d":{{"user_id":"{ANN_ID}","x":"{padding}"}}}}').done) == [Hang(1009)]
    ids = orjson.dumps({"op": 2, "d": {"subscribe_to_ids": [ANN_ID, padding]}}).decode()
    assert isinstance(opened(ids).done[0], Gather)


def test_nobody_waits_for_a_decision_for_ever() -> None:
    stage = opened()
    stage.passes(59)
    assert not stage.done
    stage.passes(2)
    assert isinstance(stage.done[-1], Hang)


def test_lanyards_clients_are_not_reminded_of_the_decision() -> None:
    stage = opened(f'{{"op":2,"d":{{"subscribe_to_id":"{ANN_ID}"}}}}')
    stage.done.clear()
    stage.passes(3600)
    assert not stage.done
