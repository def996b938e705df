"""Lantern's conversation: the transcripts of its specification, and every text of its checks."""

from pathlib import Path

import orjson
import pytest

from actors.effects import Hang, Say
from tests.transcripts import Stage, play
from tests.web.dialects.discord.people import ANN_ID, NAMES, PEOPLE, book
from web.dialects.discord.wire import Wire
from web.dialects.lantern.session import LanternSession
from web.dialects.lantern.wires import wires

TRANSCRIPTS = Path(__file__).parent / "transcripts"
WORDS = wires(lambda: 0.0).deployed.words


def session() -> LanternSession:
    return LanternSession(Wire(book(), WORDS, lambda: 0.0), NAMES.get)


def opened(*messages: str) -> Stage:
    stage = Stage(session(), people=dict(PEOPLE))
    stage.enter()
    stage.done.clear()
    for message in messages:
        stage.send(message)
    return stage


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.iterdir()), ids=lambda path: path.stem)
def test_the_conversation(path: Path) -> None:
    play(path, session(), PEOPLE)


def said(stage: Stage) -> list[object]:
    return [orjson.loads(effect.payload) if isinstance(effect, Say) else effect for effect in stage.done]


@pytest.mark.parametrize("message", ['{"op":99}', '{"op":"2"}', '{"op":true}', "{}", "[]", "7", '{"op":2.5}', '"x"'])
def test_what_is_no_opcode(message: str) -> None:
    text = "Invalid opcode."
    assert said(opened(message)) == [
        {"t": "DISCONNECT", "op": 9, "d": {"error": text, "reason": text}},
        Hang(1005),
    ]


@pytest.mark.parametrize("number", [1, 3, 5, 6, 7, 8, 9, 10, 11, 13, 15])
def test_what_only_the_server_may_say(number: int) -> None:
    text = "You are not allowed to send this opcode to the server."
    assert said(opened(f'{{"op":{number}}}'))[0]["d"]["error"] == text  # type: ignore[index]


@pytest.mark.parametrize("number", [4, 12, 14])
def test_what_must_not_come_before_init(number: int) -> None:
    assert said(opened(f'{{"op":{number}}}'))[0]["d"]["error"] == "Invalid websocket connection."  # type: ignore[index]


@pytest.mark.parametrize(
    ("subscription", "text"),
    [
        ("", "Required"),
        (',"d":null', "Expected object, received null"),
        (',"d":1', "Expected object, received number"),
        (',"d":"x"', "Expected object, received string"),
        (',"d":[]', "Expected object, received array"),
        (',"d":true', "Expected object, received boolean"),
        (',"d":{"user_id":5}', "Expected string, received number"),
        (',"d":{"user_id":null}', "Expected string, received null"),
        (',"d":{"user_id":"12"}', "String must contain at least 3 character(s)"),
        (',"d":{"user_id":"12345678901234567890"}', "String must contain at most 19 character(s)"),
        (',"d":{"user_ids":"x"}', "Expected array, received string"),
        (',"d":{"user_ids":{}}', "Expected array, received object"),
        (',"d":{"user_ids":["123",5]}', "Expected string, received number"),
        (',"d":{"user_ids":["12"]}', "String must contain at least 3 character(s)"),
        (',"d":{}', "Either user_ids or user_id must be provided."),
        (',"d":{"other":1}', "Either user_ids or user_id must be provided."),
        (',"d":{"user_id":"123","user_ids":[]}', "Only one of user_ids or user_id can be provided."),
    ],
)
def test_what_is_wrong_with_a_subscription(subscription: str, text: str) -> None:
    assert said(opened(f'{{"op":2{subscription}}}')) == [
        {"t": "DISCONNECT", "op": 9, "d": {"error": text, "reason": text}},
        Hang(1005),
    ]
    for number in (12, 14):
        stage = opened()
        stage.send(f'{{"op":2,"d":{{"user_id":"{ANN_ID}"}}}}')
        stage.done.clear()
        stage.send(f'{{"op":{number}{subscription}}}')
        assert said(stage) == [{"t": "ERROR", "op": 11, "d": text}]


def test_a_message_of_1024_bytes_is_taken_and_one_more_is_not() -> None:
    wanted = f'{{"op":2,"d":{{"user_id":"{ANN_ID}","x":""}}}}'
    fitting = wanted.replace('""', f'"{"é" * ((1024 - len(wanted)) // 2)}"')
    fitting += " " * (1024 - len(fitting.encode()))
    assert not isinstance(opened(fitting).done[0], Hang)
    assert list(opened(fitting + " ").done) == [Hang(1009)]


def test_an_accepted_subscribe_counts_as_a_beat_and_a_refused_one_does_not() -> None:
    start = f'{{"op":2,"d":{{"user_id":"{ANN_ID}"}}}}'
    for message, alive in (('{"op":12,"d":{"user_ids":[]}}', True), ('{"op":12,"d":{"user_id":"404"}}', False)):
        stage = opened(start)
        stage.done.clear()
        stage.passes(40)
        stage.send(message)
        stage.done.clear()
        stage.passes(10)
        assert (not stage.done) is alive


def test_nothing_is_heard_after_the_end() -> None:
    stage = opened("7")
    stage.done.clear()
    stage.send('{"op":2}')
    assert not stage.done
