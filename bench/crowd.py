"""A crowd of plain WebSocket watchers in one thread: they come, go, read, and note when an update reached them."""

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Iterator

HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING, PONG = b"\x89\x00", b"\x8a\x80" + b"\0" * 4
HANDSHAKE_SECONDS = 10.0


class Crowd:
    """Watchers of one path; use as a context. A watcher that the server has closed is dropped and counted in `lost`."""

    def __init__(self, port: int, path: str) -> None:
        self._address, self._hello = ("127.0.0.1", port), HANDSHAKE % path.encode()
        self._selector = selectors.DefaultSelector()
        self._members: list[socket.socket] = []
        self.lost = 0

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.shrink(len(self._members))
        self._selector.close()

    def __len__(self) -> int:
        return len(self._members)

    def grow(self, count: int) -> None:
        """Let so many more come. ConnectionError where one is refused."""
        for _ in range(count):
            member = self.stranger()
            member.setblocking(False)
            self._selector.register(member, selectors.EVENT_READ)
            self._members.append(member)

    def stranger(self, receive_buffer: int | None = None) -> socket.socket:
        """One watcher that has shaken hands and belongs to nobody: it reads and answers nothing by itself."""
        member = socket.socket()
        member.settimeout(HANDSHAKE_SECONDS)
        if receive_buffer is not None:  # before the connection: its window is agreed on then
            member.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        member.connect(self._address)
        member.sendall(self._hello)
        head = b""
        while b"\r\n\r\n" not in head:
            head += member.recv(4096) or _refuse(head)
        if not head.startswith(b"HTTP/1.1 101"):
            _refuse(head)
        return member

    def shrink(self, count: int) -> None:
        """Let the oldest go without a word."""
        for _ in range(min(count, len(self._members))):
            self._leave(self._members[0])

    def listen(self, seconds: float, marker: bytes = b"") -> list[float]:
        """Read for so long, or until all have got the marker; the monotonic times at which each got it."""
        until = time.monotonic() + seconds
        times: list[float] = []
        while (left := until - time.monotonic()) > 0 and (not marker or len(times) < len(self._members)):
            times += [time.monotonic() for data in self._portions(left) if marker and marker in data]
        return times

    def _portions(self, left: float) -> Iterator[bytes]:
        for key, _ in self._selector.select(left):
            member = key.fileobj
            assert isinstance(member, socket.socket)
            try:
                data = os.read(key.fd, 65_536)
            except OSError:
                data = b""
            if not data:
                self.lost += 1
                self._leave(member)
                continue
            if PING in data:
                with contextlib.suppress(OSError):  # it has gone: the next read says so
                    member.send(PONG)
            yield data

    def _leave(self, member: socket.socket) -> None:
        self._selector.unregister(member)
        self._members.remove(member)
        member.close()


def _refuse(head: bytes) -> bytes:
    raise ConnectionError(f"no handshake: {head[:60]!r}")
