"""Network: the ways out to Discord, handed in by run.py (web/outgoing has the rules and does the work)."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from actors.relay.network import Answer


@dataclass(frozen=True, slots=True)
class DiscordNetwork:
    """What waits. Both raise a HouseError when nobody answers, which never repeats URL or token."""

    dial: Callable[[str], socket.socket]
    """A connected socket for an http or https URL, with TLS under https. Its time is the caller's to limit."""
    ask_gateway: Callable[[], Answer]
    """The answer to GET /gateway/bot."""
