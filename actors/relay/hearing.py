"""What comes over a wire, put to the protocol in its own words."""

from actors.relay.wire import Binary, Closed, Heard, Sign, Text
from actors.upstream.event_stream import Event
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_effects import Effect


def hear(protocol: Mastodon, heard: Heard, now: float) -> list[Effect]:
    """What the protocol wants done about it."""
    match heard:
        case Text(data):
            return protocol.text(data, now)
        case Event(name, data):
            return protocol.event(name, data, now)
        case Sign():
            return protocol.heard(now)
        case Binary():
            return protocol.binary(now)
        case Closed(code):
            return protocol.closed(code, now)
