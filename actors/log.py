"""Logging: one line per event on standard output, without secrets, never waiting for whoever reads it."""

import logging
import os
import select
from collections import deque
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import gevent
import structlog
from gevent import monkey
from gevent.event import AsyncResult, Event
from gevent.threadpool import ThreadPool

from actors.clock import Clock, WallClock
from actors.redaction import MASK, names_secret, redacted

LINES = 10_000
"""Lines that may wait to be written; further ones are dropped and counted."""

_CHUNK = 256
_LONGEST = 16_384
"""Characters of one field; the rest of it is cut."""

_native_thread = monkey.get_original("_thread", "get_ident")
_native_poll = monkey.get_original("select", "poll")


class Sink:
    """A bounded queue of lines before a descriptor, emptied by one native thread, one chunk at a time.

    It belongs to the hub it was made in; a forked process makes its own. A thread that is stuck in a write to a pipe
    that nobody reads cannot be ended: `close` leaves it to the reader, or to the end of the process.
    """

    def __init__(self, descriptor: int, clock: Clock) -> None:
        self.dropped = 0
        """Lines lost so far: the queue was full, or the descriptor took them no more."""
        self._descriptor = descriptor
        self._clock = clock
        self._lines: deque[bytes] = deque()
        self._gap = 0
        self._busy = False
        self._closed = False
        self._idle = Event()
        self._idle.set()
        self._thread = _native_thread()
        self._loop = gevent.get_hub().loop
        self._pool = ThreadPool(1)

    def put(self, line: bytes) -> None:
        """Queue a line that ends in a newline. Never waits; may be called from any thread and from the hub."""
        if _native_thread() != self._thread:
            self._loop.run_callback_threadsafe(self.put, line)
        elif self._closed or len(self._lines) >= LINES:
            self._lose(1)
        else:
            self._tell_gap()
            self._lines.append(line)
            self._wake()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is written; False when that took longer than `seconds`."""
        return bool(self._idle.wait(seconds))

    def close(self) -> None:
        """Take no more lines and let go of everything that `configure` took hold of; flush before."""
        self._closed = True
        _release()
        if not self._busy:
            self._pool.kill()

    def _lose(self, lines: int) -> None:
        self.dropped += lines
        self._gap += lines

    def _tell_gap(self) -> None:
        """Say at the very place how many lines are missing."""
        if self._gap:
            said = f'timestamp={_stamp(self._clock)} level=warning event="log lines dropped" dropped={self._gap}\n'
            self._gap = 0
            self._lines.append(said.encode())

    def _wake(self) -> None:
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.run_callback(self._send)

    def _send(self) -> None:
        lines = [self._lines.popleft() for _ in range(min(_CHUNK, len(self._lines)))]
        # With at most one chunk in flight the pool has a place free, so that this never waits.
        written = self._pool.spawn(_write, self._descriptor, b"".join(lines))
        written.rawlink(lambda result: self._sent(result, len(lines)))

    def _sent(self, result: AsyncResult, lines: int) -> None:
        if not result.value:
            self._lose(lines)
        elif not self._lines:
            self._tell_gap()
        if self._lines:
            self._send()
            return
        self._busy = False
        self._idle.set()
        if self._closed:
            self._pool.kill()


def _write(descriptor: int, chunk: bytes) -> bool:
    """In the native thread: write it all, however long that takes; False when nobody will ever read it."""
    rest = memoryview(chunk)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            waiting = _native_poll()
            waiting.register(descriptor, select.POLLOUT)
            waiting.poll()
        except OSError:
            return False
    return True


def configure(level: str, descriptor: int = 1, clock: Clock | None = None) -> Sink:
    """Send the house's log, the standard library's and the hub's own complaints to the descriptor.

    `level` is debug, info, warning or error. Call it once in a process, and again in a forked one.
    """
    clock = clock or WallClock()
    sink = Sink(descriptor, clock)
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _redact,
            _Stamper(clock),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
            _one_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_names: _Outlet(sink),
        cache_logger_on_first_use=False,
    )
    _release()
    logging.getLogger().addHandler(_Bridge())
    logging.getLogger().setLevel(threshold)
    gevent.get_hub().print_exception = _hub_failure
    return sink


def _release() -> None:
    """Undo `configure` but for structlog's own setting."""
    root = logging.getLogger()
    for bridge in [each for each in root.handlers if isinstance(each, _Bridge)]:
        root.removeHandler(bridge)
    vars(gevent.get_hub()).pop("print_exception", None)


class _Outlet:
    """What structlog calls with a finished line."""

    __slots__ = ("_sink",)

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def _put(self, line: bytes) -> None:
        self._sink.put(line)

    debug = info = warning = error = critical = exception = msg = log = _put


class _Stamper:
    """Adds the time after the fields were searched for secrets: it has none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["timestamp"] = _stamp(self._clock)
        return event


def _stamp(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: MASK if names_secret(key) else _shown(value) for key, value in event.items()}


def _shown(value: Any) -> Any:
    """The value without secrets, whatever it is."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        value = {key: MASK if names_secret(str(key)) else _shown(each) for key, each in value.items()}
    elif isinstance(value, list | tuple | set | frozenset):
        value = [_shown(each) for each in value]
    text = value if type(value) is str else str(value)
    return redacted(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")


def _one_line(_logger: object, _method: str, line: Any) -> bytes:
    """Escape whatever could end a line, steer a terminal or reorder what it shows."""
    text = str(line)
    if not text.isprintable():
        text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return text.encode() + b"\n"


class _Bridge(logging.Handler):
    """Brings the standard library's records (gevent, pykka, flask, redis) into the same lines."""

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock: a line is put whole, and a patched lock must not be held across native threads."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        structlog.get_logger().log(record.levelno, text, logger=record.name, exc_info=record.exc_info)


def _hub_failure(
    context: object, kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    """What the hub would print on standard error, as a line."""
    known = (kind, error or kind(), traceback) if kind else None
    structlog.get_logger().error("greenlet failed", context=repr(context), exc_info=known)
