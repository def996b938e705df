"""Wire: one accepted socket with its read buffer and its deadline; waits only in its connection's greenlet."""

from _socket import MSG_PEEK, SHUT_RDWR, SHUT_WR, socket
from collections.abc import Callable
from math import inf
from typing import Any

from gevent import get_hub, getcurrent

READ, WRITE = 1, 2  # libev's events
PORTION = 16 * 1024  # a burst of pipelined requests is answered in portions, between which others get their turn
NEVER = inf


class Gone(Exception):
    """The peer closed, reset or outlived its deadline; there is nobody left to answer."""


class Wire:
    """A non-blocking plain socket, watched only while its greenlet waits.

    `deadline` is in the server's monotonic seconds; past it the sweeper calls `expire`, which sends what `last_words`
    says if the socket takes it.
    """

    __slots__ = ("_fresh", "_hub", "_monotonic", "_over", "_readable", "_sock", "_writable", "_write_time",
                 "buffer", "deadline", "last_words")  # fmt: skip

    def __init__(self, sock: socket, monotonic: Callable[[], float], deadline: float, write_time: float) -> None:
        self.buffer = b""
        self.deadline = deadline
        self.last_words: Callable[[], bytes] | None = None
        self._sock = sock
        self._monotonic = monotonic
        self._write_time = write_time
        self._hub = get_hub()
        self._readable: Any = None
        self._writable: Any = None
        self._fresh = True
        self._over = False

    def receive(self) -> bytes:
        """The next bytes, b"" at the end of the stream; waits for them. Gone on a reset."""
        if self._fresh:
            self._fresh = False
            data = self._take()  # a new peer has mostly sent before it is accepted
            if data is not None:
                return data
        while True:
            if self._readable is None:
                self._readable = self._hub.loop.io(self._sock.fileno(), READ)
            self._wait(self._readable)
            data = self._take()
            if data is not None:
                return data

    def send(self, data: bytes) -> None:
        """Send all of it, waiting `write_time` at most. Gone if the peer doesn't take it."""
        sent = self._put(data)
        if sent < len(data):
            self._send_slowly(memoryview(data)[sent:])

    def expire(self) -> None:
        """Say the last words if the socket takes them at once, and end both directions; its greenlet closes it."""
        self.deadline = NEVER
        words, self.last_words = self.last_words, None
        try:
            if words is not None:
                self._sock.send(words())
        except OSError:
            self._over = True  # a peer that reads nothing gets none
        self.shut()

    def shut(self) -> None:
        """End both directions: a greenlet that waits here wakes to find the stream at its end."""
        self._over = True
        try:
            self._sock.shutdown(SHUT_RDWR)
        except OSError:
            self.deadline = NEVER  # already ended from the other side

    def idle(self) -> bool:
        """Whether nothing has come that waits to be read."""
        try:
            return not self.buffer and not self._sock.recv(1, MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False

    def linger(self, deadline: float) -> None:
        """After a last answer: read over what still comes, so that no reset overtakes it."""
        self.deadline = deadline
        self.last_words = None
        try:
            self._sock.shutdown(SHUT_WR)
        except OSError as error:
            raise Gone from error
        while self.receive():
            continue

    def detach(self) -> socket:
        """The socket, of which this wire knows nothing from now on."""
        self._unwatch()
        self.deadline, self.last_words = NEVER, None
        sock = self._sock
        del self._sock
        return sock

    def close(self) -> None:
        """Stop watching, then close: libev aborts the process when a watched descriptor is closed (RUNTIME 2)."""
        self._unwatch()
        self.deadline, self.last_words = NEVER, None
        self._sock.close()

    def _take(self) -> bytes | None:
        if self._over:
            return b""
        try:
            return self._sock.recv(PORTION)
        except BlockingIOError:
            return None
        except OSError as error:
            raise Gone from error

    def _put(self, data: bytes | memoryview) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise Gone from error

    def _send_slowly(self, rest: memoryview) -> None:
        before, words = self.deadline, self.last_words
        self.deadline, self.last_words = self._monotonic() + self._write_time, None
        if self._writable is None:
            self._writable = self._hub.loop.io(self._sock.fileno(), WRITE)
        while rest:
            self._wait(self._writable)
            rest = rest[self._put(rest) :]
        self.deadline, self.last_words = before, words

    def _wait(self, watcher: Any) -> None:
        watcher.start(getcurrent().switch)
        try:
            self._hub.switch()
        finally:
            watcher.stop()

    def _unwatch(self) -> None:
        for watcher in (self._readable, self._writable):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._readable = self._writable = None
