"""Hosts: how many queues are served at the same host at once, each in its turn, by a few greenlets for each host."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent

from actors.courier.queue import Queue

Serve = Callable[[str, Queue], bool]
"""Deliver one parcel of this queue at this host; True when the queue wants another turn at the same host."""


@dataclass(slots=True)
class _Host:
    ready: deque[Queue] = field(default_factory=deque)
    workers: int = 0


class Hosts:
    """Gives queues their turns. A host that is slow holds up its own queues and nobody else's."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._hosts: dict[str, _Host] = {}
        self._workers: set[Any] = set()
        self._closing = False

    def enqueue(self, name: str, queue: Queue, at_once: int) -> None:
        """Serve this queue at this host as soon as its turn comes, at most so many together."""
        host = self._hosts.setdefault(name, _Host())
        host.ready.append(queue)
        if host.workers < at_once:
            host.workers += 1
            worker = gevent.spawn(self._work, name, host)
            self._workers.add(worker)
            worker.rawlink(self._workers.discard)

    def drain(self, seconds: float) -> None:
        """Begin nothing any more, and wait for what is under way; what takes longer is broken off."""
        self._closing = True
        gevent.joinall(list(self._workers), timeout=seconds)
        self.kill()

    def kill(self) -> None:
        """Break off what is under way, without waiting."""
        self._closing = True
        gevent.killall(list(self._workers), block=False)

    def _work(self, name: str, host: _Host) -> None:
        """In a greenlet: a turn for each queue that is ready, round and round."""
        try:
            while host.ready and not self._closing:
                queue = host.ready.popleft()
                if self._serve(name, queue):
                    host.ready.append(queue)
        finally:
            host.workers -= 1
            if not host.workers and not host.ready and self._hosts.get(name) is host:
                del self._hosts[name]
