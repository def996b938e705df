"""`GET /` of Lantern and Lanyard where they have a path of their own; at the server's root is the landing page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web.dialects.discord.finding import json_answer
from web.routing import Route
from web.views import Answer, Request


@dataclass(frozen=True, slots=True)
class Root:
    """How many are monitored, in the words of the dialect that is found below `prefix`."""

    prefix: str
    monitored: Callable[[], int]
    worded: Callable[[int], Any]
    origin: Callable[[Request], tuple[tuple[str, str], ...]]

    def routes(self) -> tuple[Route, ...]:
        """A trailing slash is accepted."""
        return tuple(Route("GET", rule, self.root) for rule in (self.prefix, f"{self.prefix}/"))

    def root(self, request: Request) -> Answer:
        """Section 2 of both."""
        return json_answer(self.worded(self.monitored()), 200, self.origin(request))
