"""Network: the relay's ways out of the house, handed in by run.py (web/outgoing has the rules and does the work)."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Answer(Protocol):
    """The answer to a request; header names in lower case."""

    @property
    def status(self) -> int:
        """Of whatever meaning."""

    @property
    def headers(self) -> Mapping[str, str]:
        """A repeated one is joined by commas."""

    @property
    def body(self) -> bytes:
        """The whole of it."""


@dataclass(frozen=True, slots=True)
class Network:
    """What waits; both take an http or https URL and whether its address must be the public internet's.

    Both raise a HouseError when nobody answers or nobody may be asked, and never repeat the URL in it.
    """

    dial: Callable[[str, bool], socket.socket]
    """A connected socket, with TLS under https. Its time is the caller's to limit."""
    fetch: Callable[[str, bool], Answer]
    """The answer to a GET, redirects followed."""
    fetch_as: Callable[[str, bool, str], Answer]
    """The same in the name of whoever has this access token, which goes to that origin alone; it may be long."""
