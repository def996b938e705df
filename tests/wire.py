"""Wire: a stretch of TCP between a client and a server that a test may cut, while both live on."""

import contextlib
import socket
from collections.abc import Iterator

import gevent
import gevent.socket
from gevent.pool import Group


class Wire:
    """Passes bytes on, both ways, for every connection to its port."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = gevent.socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._crew = Group()
        self._crew.spawn(self._accept)

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Break every connection there is; new ones are welcome."""
        for end in self._open:
            with contextlib.suppress(OSError):  # it has gone already
                end.shutdown(socket.SHUT_RDWR)
        self._open = []

    def close(self) -> None:
        self.cut()
        self._listener.close()
        self._crew.kill()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            far = gevent.socket.create_connection(("127.0.0.1", self._target))
            self._open += [near, far]
            self._crew.spawn(self._pass_on, near, far)
            self._crew.spawn(self._pass_on, far, near)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with source, contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to this port of 127.0.0.1."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()
