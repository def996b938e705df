"""Clients before the doors of a home on the Stage: time is the test's, bytes are the kernel's."""

from tests.actors.home import Home
from tests.stage import Stage
from tests.web.wired import Wired


class Street:
    """A home on the Stage, and clients before its doors."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.home = Home(stage)
        self.wired = Wired(self.home.house, stage.settle)
        self.websocket = self.wired.websocket
        self.event_stream = self.wired.event_stream
        self.until = self.wired.until

    def is_quiet(self) -> bool:
        """Nobody is connected, and nothing of those who were is left."""
        connections = self.stage.actor(self.home.house.connections.ref)
        return not (connections.guests or len(connections.deadlines) or self.wired.admission.open)

    def watched(self, name: str) -> int:
        user = self.home.user(name)
        return len(user.watchers.lanes) if user is not None else 0
