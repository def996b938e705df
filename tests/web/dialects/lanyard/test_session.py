"""Lanyard's conversation: its transcripts, its close codes, compression and what is said of those who leave."""

import zlib
from pathlib import Path

import orjson
import pytest

from actors.effects import Hang, Say, Unfollow
from actors.errors import Overrun
from actors.presence import Claim, Source, Status, Update
from tests.transcripts import Stage, play
from tests.web.dialects.discord.people import ANN, ANN_ID, NAMES, PEOPLE, READING, book
from web.dialects.discord.wire import Wire
from web.dialects.lanyard.session import LanyardSession
from web.dialects.lanyard.wires import wires

TRANSCRIPTS = Path(__file__).parent / "transcripts"
WORDS = wires(lambda: 0.0).plain.words


def session(*, zipped: bool = False) -> LanyardSession:
    return LanyardSession(Wire(book(), WORDS, lambda: 0.0, zipped=zipped), NAMES.get)


def opened(*messages: str, zipped: bool = False) -> Stage:
    stage = Stage(session(zipped=zipped), people=dict(PEOPLE))
    stage.enter()
    stage.done.clear()
    for message in messages:
        stage.done.clear()
        stage.send(message)
    return stage


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.iterdir()), ids=lambda path: path.stem)
def test_the_conversation(path: Path) -> None:
    play(path, session(), PEOPLE)


@pytest.mark.parametrize(
    ("message", "close"),
    [
        ("no json", Hang(4006, "invalid_payload")),
        ("[]", Hang(4006, "invalid_payload")),
        ("null", Hang(4006, "invalid_payload")),
        ("2", Hang(4006, "invalid_payload")),
        ("{}", Hang(4004, "unknown_opcode")),
        ('{"op":0}', Hang(4004, "unknown_opcode")),
        ('{"op":1}', Hang(4004, "unknown_opcode")),
        ('{"op":"2"}', Hang(4004, "unknown_opcode")),
        ('{"op":[2]}', Hang(4004, "unknown_opcode")),
        ('{"op":true}', Hang(4004, "unknown_opcode")),
        ('{"op":2}', Hang(4005, "requires_data_object")),
        ('{"op":2,"d":null}', Hang(4005, "requires_data_object")),
        ('{"op":2,"d":{}}', Hang(4005, "requires_data_object")),
        ('{"op":2,"d":"x"}', Hang(4005, "requires_data_object")),
        ('{"op":2,"d":{"subscribe_to_all":false}}', Hang(4006, "invalid_payload")),
        ('{"op":2,"d":{"x":1}}', Hang(4006, "invalid_payload")),
        ('{"op":2,"d":{"subscribe_to_ids":"x"}}', Hang(4006, "invalid_payload")),
    ],
)
def test_close_codes(message: str, close: Hang) -> None:
    assert list(opened(message).done) == [close]


def test_more_than_two_hundred_ids_are_too_many() -> None:
    with pytest.raises(Overrun):
        opened(orjson.dumps({"op": 2, "d": {"subscribe_to_ids": ["1"] * 201}}).decode())


@pytest.mark.parametrize("wanted", ['"subscribe_to_all":true', f'"subscribe_to_id":"{ANN_ID}"'])
def test_every_frame_is_a_zlib_stream_of_its_own(wanted: str) -> None:
    plain, zipped = (opened(f'{{"op":2,"d":{{{wanted}}}}}', zipped=each) for each in (False, True))
    for one, other in zip(plain.done, zipped.done, strict=True):
        if isinstance(one, Say):
            assert isinstance(other, Say)
            assert zlib.decompress(other.payload) == one.payload
    (hello,) = session(zipped=True).opened(0.0)
    assert isinstance(hello, Say)
    assert orjson.loads(zlib.decompress(hello.payload)) == {"op": 1, "d": {"heartbeat_interval": 30000}}


def test_whoever_leaves_is_shown_offline_at_last() -> None:
    stage = opened(f'{{"op":2,"d":{{"subscribe_to_id":"{ANN_ID}"}}}}')
    stage.done.clear()
    stage.part("ann")
    last, unfollow = stage.done
    assert isinstance(last, Say)
    document = orjson.loads(last.payload)
    assert document["t"] == "PRESENCE_UPDATE"
    assert document["d"]["discord_user"]["id"] == ANN_ID
    assert (document["d"]["discord_status"], document["d"]["activities"]) == ("offline", [])
    assert unfollow.name == "ann"  # type: ignore[union-attr]


HIDDEN = READING.with_claim(Claim(Source("native", "me"), 2.0, status=Status.INVISIBLE))


def test_whoever_hides_is_watched_on() -> None:
    names = dict(NAMES)
    talk = LanyardSession(Wire(book(), WORDS, lambda: 0.0), names.get)
    list(talk.received(f'{{"op":2,"d":{{"subscribe_to_id":"{ANN_ID}"}}}}', 0.0))
    names.clear()  # nobody finds her now
    (last,) = talk.left(Update(ANN, READING, HIDDEN, changed=True, at=1.0), 1.0)
    assert isinstance(last, Say)
    assert orjson.loads(last.payload)["d"]["discord_status"] == "offline"
    unsubscribed = talk.received(f'{{"op":4,"d":{{"unsubscribe_from_id":"{ANN_ID}"}}}}', 2.0)
    assert list(unsubscribed) == [Unfollow("ann")]
