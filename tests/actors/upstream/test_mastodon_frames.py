"""What frames mean, and that nothing a peer sends is more than garbage."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.upstream.mastodon_frames import Garbage, Notification, OtherEvent, StatusEvent, StreamError, read_frame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_payload_is_passed_on_untouched(payload: str) -> None:
    frame = {"stream": ["user:notification"], "event": "notification", "payload": payload}
    assert read_frame(json.dumps(frame)) == Notification(payload)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"event":"delete","payload":"5"}', OtherEvent()),
        ('{"event":"update","payload":"{}"}', StatusEvent("{}", altered=False)),
        ('{"event":"status.update"}', StatusEvent(None, altered=True)),
        ('{"event":"notifications_merged","payload":"1"}', OtherEvent()),
        ('{"event":"notification"}', Garbage()),
        ('{"event":"notification","payload":{"id":"1"}}', Notification({"id": "1"})),
        ('{"error":"no","status":401}', StreamError(401, "no")),
        ('{"error":"no"}', StreamError(0, "no")),
        ('{"error":"no","status":"401"}', StreamError(0, "no")),
        ('{"error":5}', Garbage()),
        ('{"event":null}', Garbage()),
    ],
)
def test_frames(text: str, frame: object) -> None:
    assert read_frame(text) == frame


@given(st.text() | st.binary())
def test_anything_is_something(text: str | bytes) -> None:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    assert type(read_frame(data)) in {Garbage, Notification, OtherEvent, StreamError}


@given(st.dictionaries(st.sampled_from(["stream", "event", "payload", "error", "status"]), JSON))
def test_any_members_are_something(members: dict[str, object]) -> None:
    frame = read_frame(json.dumps(members))
    assert isinstance(frame, Notification) == (
        members.get("event") == "notification" and members.get("payload") is not None
    )
