"""Resolver: a name's addresses by the machine's own resolver, in threads of its own."""

import _socket  # the unpatched one: it runs in native threads, where there is no hub
import socket
from collections.abc import Callable

from gevent.threadpool import ThreadPool

from actors.errors import Unavailable
from web.outgoing.addresses import IPAddress, read_address

Resolve = Callable[[str], tuple[IPAddress, ...]]
"""A host's addresses, in the order in which to try them; Unavailable `unknown-host` when there are none."""

THREADS = 8
"""Names that hang in a dead name server hold these up, and nothing else."""


class Resolver:
    """Callable as a Resolve; waits without holding the hub."""

    def __init__(self) -> None:
        self._pool: ThreadPool | None = None

    def __call__(self, host: str) -> tuple[IPAddress, ...]:
        """See Resolve."""
        if self._pool is None:
            self._pool = ThreadPool(THREADS)
        found = self._pool.spawn(_look_up, host).get()
        if not found:
            raise Unavailable("unknown-host")
        addresses = map(read_address, found)
        return tuple(dict.fromkeys(address for address in addresses if address is not None))

    def close(self) -> None:
        """End the threads; waits for look-ups that are under way."""
        if self._pool is not None:
            self._pool.kill()
            self._pool = None


def _look_up(host: str) -> list[str]:
    """In a thread: no error leaves it, because a pool logs what is raised as a failure of ours."""
    try:
        return [str(entry[4][0]) for entry in _socket.getaddrinfo(host, None, 0, socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []
