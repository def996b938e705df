"""The body of a callback (mastodon-streaming-listener, spec A8). Pure."""

from typing import Any

import orjson

from actors.relay.registration import Registration


def callback_body(registration: Registration, payload: Any) -> bytes:
    """`{instanceUrl, tag, appId, payload}`, in that order; a payload that came as text goes on as that very text.

    Raises orjson.JSONEncodeError for what no JSON can say, such as a lone surrogate.
    """
    return orjson.dumps(
        {
            "instanceUrl": registration.instance,
            "tag": registration.tag,
            "appId": registration.app,
            "payload": payload,
        }
    )
