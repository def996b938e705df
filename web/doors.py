"""Doors: the inbound side of a long-lived connection, on the descriptor that HTTP left behind; no greenlet stays.

A door reads bytes in a hub callback, tells the Subscriber what they mean and leaves all writing to the Lane. Order at
the end matters: the watcher is closed before the descriptor, else libev aborts the process.

Longer than other files: both kinds of door share the one order in which a connection may end.
"""

import itertools
import socket
from collections.abc import Callable
from typing import Any

import gevent
import pykka
import structlog
from pykka.messages import _ActorStop

from actors.clock import Timer
from actors.connections import SILENCE
from actors.door import Door
from actors.effects import Hang
from actors.house import House
from actors.lane import Lane
from actors.messages.connection import Arrived, Heard, UserFell, UserLeft
from actors.presence import Update
from actors.session import Session
from actors.subscriber import Subscriber
from web.acknowledgement import acknowledged
from web.budget import Budget
from web.edge.admission import Ticket
from web.frames import (
    COMMENT,
    PING_FRAME,
    Closed,
    Message,
    Pinged,
    Reader,
    Received,
    close_frame,
    event_frame,
    pong_frame,
    text_frame,
)
from web.reading import HUB as ROUNDS

PORTION = 16 * 1024
"""Bytes read at once, so that one flood does not hold the hub."""

GOODBYE_SECONDS = 5.0
"""How long a peer may take to answer our close, or to read what stands before it."""

CONTROL_FRAMES = 1_200
"""Pings and pongs that a client may send in a minute: each costs as much as a message and counts as none."""

UNASKED_BYTES = 64 * 1024
"""What a client may send into an event stream, where it has nothing to say: a request or two that it had in flight."""

THEIR_FAULTS = frozenset({1002, 1003, 1007, 1008, 1009, 4008})
"""Close codes that say what the peer did wrong (RFC 6455 section 7.4.1; 4008 is PROMISES section 2's)."""

Framing = Callable[[bytes], bytes]
"""What makes a payload wire bytes (web/frames.py)."""

_READ = 1
_PING, _PONG = object(), object()
"""Keys of frames of which the newest suffices; no user's id is equal to them."""
_numbers = itertools.count(1)
said = structlog.get_logger()


class _Standing:
    """What both kinds of door share: the descriptor's life, and the Lane's and Subscriber's views of it."""

    __slots__ = ("_goodbye", "_watcher", "closing", "connection", "heard_at", "house", "lane", "ref", "ticket")

    kind = ""

    def __init__(self, house: House, connection: socket.socket, ticket: Ticket | None) -> None:
        self.house = house
        self.connection = connection
        self.ticket = ticket
        self.heard_at = house.clock.monotonic()
        self.closing = False
        self.lane: Lane
        self.ref: pykka.ActorRef[Subscriber]
        self._goodbye: Timer | None = None
        self._watcher: Any = None

    def stand(self, session: Session, lane: Lane, door: Door) -> None:
        """Begin: the Subscriber is born, the house knows of it, bytes are read."""
        self.lane = lane
        path = f"{self.house.connections.name}/{self.kind}-{next(_numbers)}"
        parent = self.house.connections
        self.ref = Subscriber.start(session, lane, door, self.house, parent=parent, path=path)
        self.house.connections.tell(Arrived(self.ref, door))
        self._watcher = gevent.get_hub().loop.io(self.connection.fileno(), _READ)
        self._watcher.start(self._readable)

    def abort(self) -> None:
        """See actors.door.Door."""
        if self._watcher is None:
            return
        self._watcher.stop()
        self._watcher.close()
        self._watcher = None
        self.lane.close()
        del self.lane  # it knows its door: the two would wait for a full collection, which is rare here (run.py)
        if self._goodbye is not None:
            self._goodbye.cancel()
            self._goodbye = None
        if self.ticket is not None:
            self.ticket.release()
        self._end_subscriber()

    def lane_broken(self) -> None:
        """The socket failed while writing."""
        self.abort()

    def lane_overrun(self) -> None:
        """The client reads too slowly (PROMISES section 2)."""
        self.close(4008, "too slow")

    def lane_drained(self) -> None:
        """Our last frame has left: the peer may close now."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
        except OSError:  # it has gone already
            self.abort()

    def user_fell(self, user: str) -> None:
        """A user this connection watches fell."""
        self._tell(UserFell(user))

    def user_left(self, update: Update) -> None:
        """A user this connection watches is not there any more for its encoding."""
        self._tell(UserLeft(update))

    def codec_failed(self) -> None:
        """Our own codec could not encode an update."""
        self.close(1011)

    def close(self, code: int, reason: str = "") -> None:
        """See actors.door.Door."""
        if self.closing or self._watcher is None:
            return
        self.closing = True
        if code in THEIR_FAULTS:
            said.warning("closed", kind=self.kind, code=code, reason=reason)
        self._end_subscriber()
        self._goodbye = self.house.clock.after(GOODBYE_SECONDS, self.abort)
        self.lane.farewell(self._last_frame(code, reason))

    def _last_frame(self, code: int, reason: str) -> bytes:
        raise NotImplementedError

    def _readable(self) -> None:
        if ROUNDS.has_time(self._read_late):
            self._read()
        else:
            self._watcher.stop()

    def _read_late(self) -> None:
        if self._watcher is not None:  # else it has ended meanwhile
            self._watcher.start(self._readable)
            self._read()

    def _read(self) -> None:
        try:
            data = self.connection.recv(PORTION)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.abort()
            return
        self.heard_at = self.house.clock.monotonic()
        self.hear(data)

    def hear(self, data: bytes) -> None:
        """Bytes came from the client. What we fail to read is our fault, and costs this connection alone."""
        try:
            if not self.closing:
                self._hear(data)
        except Exception:  # noqa: BLE001 - it is told of, and the hub has nobody who could mend it
            said.exception("bytes could not be read", kind=self.kind)
            self.close(1011)

    def _hear(self, data: bytes) -> None:
        raise NotImplementedError

    def _keep_alive(self, frame: bytes) -> None:
        if self._watcher is not None:
            self.lane.send(frame, _PING)

    def _tell(self, message: object) -> None:
        if self.ref.is_alive():
            self.ref.tell(message)

    def _end_subscriber(self) -> None:
        self._tell(_ActorStop())


class WebSocketDoor(_Standing):
    """A WebSocket after its 101."""

    __slots__ = ("_budget", "_control", "_deaf", "_reader")

    kind = "ws"
    silence = SILENCE

    def __init__(self, house: House, connection: socket.socket, ticket: Ticket | None, budget: Budget) -> None:
        super().__init__(house, connection, ticket)
        self._reader = Reader()
        self._budget = budget
        self._control = Budget(CONTROL_FRAMES, 60.0)
        self._deaf = False
        """True when the client has said too much: nothing more is heard, and what was heard is still answered."""

    def ping(self) -> None:
        """See actors.door.Door."""
        self._keep_alive(PING_FRAME)

    def answered(self, pinged_at: float) -> bool:
        """See actors.door.Door."""
        return self.heard_at >= pinged_at

    def _last_frame(self, code: int, reason: str) -> bytes:
        return close_frame(code, reason)

    def _hear(self, data: bytes) -> None:
        if self._deaf:
            return
        pinged: Pinged | None = None
        closed: Closed | None = None
        for received in self._reader.receive(data):
            if isinstance(received, Closed):
                closed = received
            elif not self._afford(received):
                self._deaf = True
                break
            elif isinstance(received, Message):
                self._tell(Heard(received.data))
            elif isinstance(received, Pinged):
                pinged = received
        if pinged is not None:  # section 5.5.3: of several pings the newest may be answered alone
            self.lane.send(pong_frame(pinged.payload), _PONG)
        if closed is not None:
            self.close(closed.code)  # section 5.5.1: a close is answered in kind
        elif self._deaf:
            self._tell(Hang(1008, "too many messages"))  # behind what was heard before, which is answered first

    def _afford(self, received: Received) -> bool:
        budget = self._budget if isinstance(received, Message) else self._control
        return budget.spend(self.heard_at)


class EventStreamDoor(_Standing):
    """An event stream after its head; what the client still sends is read over, but not without end."""

    __slots__ = ("_unasked",)

    kind = "events"
    silence = 25.0  # the original's (heartbeat.md section 6): proxies of its deployments count on it

    def __init__(self, house: House, connection: socket.socket, ticket: Ticket | None) -> None:
        super().__init__(house, connection, ticket)
        self._unasked = 0

    def ping(self) -> None:
        """See actors.door.Door."""
        self._keep_alive(COMMENT)

    def answered(self, pinged_at: float) -> bool:
        """See actors.door.Door: the protocol has no pong, but TCP has."""
        return acknowledged(self.connection, self.house.clock.monotonic() - pinged_at)

    def _last_frame(self, code: int, reason: str) -> bytes:  # noqa: ARG002 - an event stream has no codes
        return b""

    def _hear(self, data: bytes) -> None:
        """The client has nothing to say here."""
        self._unasked += len(data)
        if self._unasked > UNASKED_BYTES:
            self.close(1008, "talks into an event stream")


def open_websocket(
    house: House,
    connection: socket.socket,
    buffered: bytes,
    ticket: Ticket | None,
    *,
    session: Session,
    budget: Budget,
    frame: Framing = text_frame,
) -> None:
    """Take over a socket after the 101; bytes that came early are heard first. `frame` is how messages go out."""
    door = WebSocketDoor(house, connection, ticket, budget)
    door.stand(session, Lane(connection, frame, session.encoding, door), door)
    if buffered:
        door.hear(buffered)


def open_event_stream(
    house: House,
    connection: socket.socket,
    buffered: bytes,
    ticket: Ticket | None,
    *,
    session: Session,
    frame: Framing = event_frame,
) -> None:
    """Take over a socket after the head of an event stream; bytes that came early mean nothing."""
    del buffered
    door = EventStreamDoor(house, connection, ticket)
    door.stand(session, Lane(connection, frame, session.encoding, door), door)
