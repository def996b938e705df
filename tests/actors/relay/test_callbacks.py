"""A callback's body: its members in their order, its payload as it came (mastodon-relay.md A8)."""

import json

from hypothesis import given
from hypothesis import strategies as st

from actors.relay.callbacks import callback_body
from actors.relay.registration import Registration

REGISTRATION = Registration(
    "1", "https://social.example", "org.example.app", "device-17", "t0ken", "https://app.example/", None, 0.0
)


def test_the_specs_own_example():
    payload = '{"id":"98765","type":"mention","created_at":"2026-01-05T10:00:00.000Z","account":{"id":"7"}}'
    assert callback_body(REGISTRATION, payload).decode() == (
        '{"instanceUrl":"https://social.example","tag":"device-17","appId":"org.example.app","payload":'
        r'"{\"id\":\"98765\",\"type\":\"mention\",\"created_at\":\"2026-01-05T10:00:00.000Z\",\"account\":{\"id\":\"7\"}}"}'
    )


@given(st.text(st.characters(blacklist_categories=("Cs",))))
def test_a_payload_of_text_is_the_very_same_text(payload):
    assert json.loads(callback_body(REGISTRATION, payload))["payload"] == payload


def test_an_object_goes_on_as_an_object_and_no_secret_goes_along():
    body = json.loads(callback_body(REGISTRATION, {"id": "5"}))
    assert body["payload"] == {"id": "5"}
    assert list(body) == ["instanceUrl", "tag", "appId", "payload"]
    assert "t0ken" not in str(body)
