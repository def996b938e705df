"""The write end of one connection: its descriptor and a bounded outbox. Synchronous, and nobody else writes there.

User and Subscriber both write through the Lane, pings and closes too, so a socket has one writer. A write never
waits: what the socket does not take stands in the outbox behind a write watcher.
"""

import os
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import gevent

from actors.door import LaneListener
from actors.session import Encoding

OUTBOX_BYTES = 256 * 1024
"""What may wait for a slow reader (PROMISES section 2); beyond it the connection is given up as too slow."""

TURN_BYTES = 256 * 1024
"""What one socket may take before the hub gets its turn: a large snapshot goes out in slices."""

_WRITE = 2


class Gap:
    """A place in a lane's order of frames that is kept for one that is not ready yet."""

    __slots__ = ()


class Lane:
    """One connection's outbox; `frame` turns a message's payload into wire bytes."""

    __slots__ = (
        "_connection",
        "_farewell",
        "_fd",
        "_gap",
        "_head",
        "_waiting",
        "_waiting_bytes",
        "_watcher",
        "alive",
        "encoding",
        "frame",
        "listener",
    )

    def __init__(
        self, connection: socket.socket, frame: Callable[[bytes], bytes], encoding: Encoding, listener: LaneListener
    ) -> None:
        self._connection = connection
        self._fd = connection.fileno()
        self.frame = frame
        self.encoding = encoding
        self.listener = listener
        self.alive = True
        """False from the moment nothing may be written any more, before the descriptor is closed."""
        self._head: memoryview | None = None
        """The rest of a frame that the socket took a part of; it must go out before anything else."""
        self._waiting: OrderedDict[object, bytes | None] | None = None
        """Frames that wait, in order; the newest per key replaces an older one. (A dict is slow to empty from its
        front: 19 ms for 5,000 frames, against 2.) None while the socket takes all."""
        self._waiting_bytes = 0
        self._watcher: Any = None
        self._farewell = False
        self._gap: Gap | None = None
        """Whose filling is the head."""

    @staticmethod
    def clear(lanes: "Sequence[Lane]") -> list[int]:
        """Of each its descriptor while a frame may be written to it straight away, otherwise -1."""
        return [lane._fd if lane._waiting is None and lane.alive else -1 for lane in lanes]  # noqa: SLF001 - lanes all

    def hold(self) -> Gap:
        """Keep a place: whatever is sent from now on waits until `fill`, the newest of each key."""
        gap = Gap()
        if self._waiting is None:
            self._waiting = OrderedDict()
        self._waiting[gap] = None
        return gap

    def fill(self, gap: Gap, data: bytes) -> None:
        """Send this frame in the place that was kept, and then what waits behind it.

        However large, it is not counted in the outbox: many lanes may share the same bytes. Empty data closes the gap.
        """
        if not self.alive or not self._waiting or gap not in self._waiting:
            return
        self._waiting[gap] = data
        self._flush()

    def holds(self, gap: Gap) -> bool:
        """True until what fills the gap has been read."""
        return self._gap is gap or bool(self._waiting and gap in self._waiting)

    def send(self, data: bytes, key: object = None) -> None:
        """Write a finished frame now, or queue it. With a key (a user's id) only the newest of that key waits."""
        if self._waiting is None and self.alive:
            try:
                sent = os.write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._break()
                return
            if sent != len(data):
                self._queue_rest(data, sent, key)
        elif self.alive and not self._farewell:
            self._queue(data, key)

    def finish(self, data: bytes, sent: int) -> None:
        """See to the rest of what a burst has begun to write: it goes out before anything else."""
        if self.alive:
            self._queue_rest(data, sent, None)

    def say(self, payload: bytes) -> None:
        """Send a message of the dialect."""
        self.send(self.frame(payload))

    def farewell(self, data: bytes) -> None:
        """Send a last frame and nothing after it; `lane_drained` is called when it has left."""
        if not self.alive or self._farewell:
            return
        self._drop_unsent()
        if self._waiting is None:
            self.send(data)
        else:  # beyond the bound if need be: it is the last
            self._append(object(), data)
        self._farewell = True
        if self._waiting is None and self.alive:
            self.alive = False
            self.listener.lane_drained()

    def close(self) -> None:
        """End the connection: nothing is written any more and the descriptor is closed."""
        self.alive = False
        if self._watcher is not None:  # libev aborts the process if a descriptor is closed under a watcher
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
        self._waiting = self._head = None
        if self._fd >= 0:
            self._fd = -1
            self._connection.close()

    @property
    def backlog(self) -> int:
        """Bytes that wait for the reader."""
        return self._waiting_bytes + (len(self._head) if self._head is not None and self._gap is None else 0)

    def _queue_rest(self, data: bytes, sent: int, key: object) -> None:
        self._waiting = OrderedDict()
        if sent:
            self._head = memoryview(data)[sent:]
        else:
            self._append(object() if key is None else key, data)
        self._wait_for_room()

    def _queue(self, data: bytes, key: object) -> None:
        key = object() if key is None else key
        self._drop(key)
        if self.backlog + len(data) > OUTBOX_BYTES:
            self.listener.lane_overrun()
        else:
            self._append(key, data)

    def _append(self, key: object, data: bytes) -> None:
        if self._waiting is not None:
            self._waiting[key] = data
            self._waiting_bytes += len(data)

    def _drop(self, key: object) -> None:
        if self._waiting:
            self._waiting_bytes -= len(self._waiting.pop(key, None) or b"")

    def _wait_for_room(self) -> None:
        """Go on when the socket takes bytes again. Most sockets always do, and never need the watcher (400 bytes)."""
        if self._watcher is None:
            self._watcher = gevent.get_hub().loop.io(self._fd, _WRITE)
        self._watcher.start(self._flush)

    def _flush(self) -> None:
        """Write until the socket takes no more, it had its turn or nothing waits."""
        left = TURN_BYTES
        try:
            while head := self._head or self._next():
                sent = os.write(self._fd, head[:TURN_BYTES])
                self._head = head[sent:] if sent < len(head) else None
                left -= sent
                if left <= 0:
                    self._wait_for_room()
                    return
        except BlockingIOError:
            self._wait_for_room()
            return
        except OSError:
            self._break()
            return
        if self._watcher is not None:
            self._watcher.stop()
        if self._waiting:  # behind a gap
            return
        self._waiting = None
        if self._farewell:
            self.alive = False
            self.listener.lane_drained()

    def _next(self) -> memoryview | None:
        self._gap = None
        while self._waiting:
            key, data = self._waiting.popitem(last=False)
            if data is None:  # a gap that is not filled yet
                self._waiting[key] = None
                self._waiting.move_to_end(key, last=False)
                return None
            if type(key) is Gap:
                self._gap = key
            else:
                self._waiting_bytes -= len(data)
            if data:
                self._head = memoryview(data)
                return self._head
        return None

    def _drop_unsent(self) -> None:
        if self._waiting is not None:
            self._waiting.clear()
            self._waiting_bytes = 0
            if self._head is None and (self._watcher is None or not self._watcher.active):  # held back by a gap only
                self._waiting = None

    def _break(self) -> None:
        self.alive = False
        if self._watcher is not None:
            self._watcher.stop()
        self.listener.lane_broken()
