"""What first parties subscribe to, by number and in the very shape of section 5.5; and what a state changes."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from actors.accounts import Pipe
from actors.bulletin import LinkNews, Topic
from actors.presence import NOBODY, Claim, Presence, Source, Subject, Update
from actors.state import state_claim
from web.dialects.presenti import codec
from web.dialects.presenti.documents import activities_in

ANN = Subject("ann-uuid", "ann", account=True)
READING = Claim(Source("session", "s"), 1.0, activities=activities_in([{"title": "Reading"}]))
COLOURS = state_claim("gradients", {"gradient": {"primary": "#102030"}}, 2.0, 60.0)
SEEN = Presence((READING, COLOURS))
LINK = Pipe("1d3c0a2e-1111-4222-8333-444455556666", "discord", "80351110224678912", "ann-uuid", 3)


def told(event: float, topic: Topic, news: Any) -> Any:
    """The data of what goes out to who has subscribed to this number."""
    heard, wording = codec.EVENTS[event]
    assert heard is topic
    message = orjson.loads(wording(news))
    data = message["data"]["data"]
    assert message == {"type": 8, "data": {"event": event, "data": data}}
    return data


def test_a_presence_is_event_6_and_its_state_7() -> None:
    update = Update(ANN, NOBODY, SEEN, changed=True, at=2.0)
    assert told(6, Topic.PRESENCE, update) == {"scope": "ann", "presence": [{"title": "Reading"}]}
    assert told(7, Topic.STATE, update) == {"scope": "ann", "state": {"gradient": {"primary": "#102030"}}}


@pytest.mark.parametrize(("event", "topic"), [(1, Topic.LINK_ADDED), (2, Topic.LINK_CHANGED), (3, Topic.LINK_REMOVED)])
def test_a_links_news_is_the_link_and_whose_it_is(event: float, topic: Topic) -> None:
    assert told(event, topic, LinkNews(LINK, "ann")) == {
        "uuid": "1d3c0a2e-1111-4222-8333-444455556666",
        "platform": "DISCORD",
        "platformID": "80351110224678912",
        "userUUID": "ann-uuid",
        "pipeDirection": 3,
        "scope": "ann",
    }


def test_nothing_else_may_be_subscribed_to() -> None:
    assert set(codec.EVENTS) == {1, 2, 3, 6, 7}


def test_of_a_state_alone_the_readmes_wire_says_nothing_and_the_deployed_one_does() -> None:
    documented, deployed = codec.wires(0.0)
    coloured = Update(ANN, Presence((READING,)), SEEN, changed=True, at=2.0)
    assert documented.update(coloured) is None
    shown = orjson.loads(deployed.update(coloured) or b"")
    assert (shown["presence"], shown["state"]) == ([{"title": "Reading"}], {"gradient": {"primary": "#102030"}})
    assert shown["data"] == {"presence": shown["presence"], "state": shown["state"]}
    moved = Presence((replace(READING, activities=activities_in([{"title": "Out"}])), COLOURS))
    assert documented.update(replace(coloured, before=SEEN, after=moved)) == b'{"activities":[{"title":"Out"}]}'


def test_no_report_is_left_out_and_none_takes_anothers_place() -> None:
    for wire in codec.wires(0.0):
        assert (wire.every_report, wire.coalesces, wire.pause) == (True, False, 0.0)
