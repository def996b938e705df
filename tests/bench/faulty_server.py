"""A broadcaster with known faults, which counts each one it commits: what the load generator must find."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
from gevent.server import StreamServer
from wsproto.utilities import generate_accept_token

Send = Callable[[bytes], None]


@dataclass(slots=True)
class Faults:
    """What to do wrong, by (subscriber, sequence number); and what was done wrong."""

    drop: Callable[[int, int], bool] = lambda _who, _sequence: False
    double: Callable[[int, int], bool] = lambda _who, _sequence: False
    hold_back: Callable[[int, int], bool] = lambda _who, _sequence: False  # until after the next one
    tear: Callable[[int, int], bool] = lambda _who, _sequence: False
    late_s: Callable[[int, int], float] = lambda _who, _sequence: 0.0
    answer_late_s: Callable[[int], float] = lambda _sequence: 0.0
    close: Callable[[int, int], bool] = lambda _who, _sequence: False
    committed: dict[str, int] = field(default_factory=dict)

    def commit(self, fault: str) -> None:
        self.committed[fault] = self.committed.get(fault, 0) + 1


def frame(payload: bytes) -> bytes:
    """A short text frame, as a server sends it."""
    assert len(payload) < 126
    return bytes((0x81, len(payload))) + payload


def event(payload: bytes) -> bytes:
    """A server-sent event."""
    return b"data: " + payload + b"\n\n"


class Broadcaster:
    """Sends each PUT's body to all subscribers, but for its faults; they speak WebSocket or all read event streams."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._watchers: dict[int, Send] = {}
        self._held: dict[int, bytes] = {}
        self._torn: dict[int, bytes] = {}
        self._wrap = frame
        self._server = StreamServer(("127.0.0.1", 0), self._serve, backlog=1024)
        self._server.start()
        self.port: int = self._server.server_port

    def stop(self) -> None:
        self._server.stop()

    def _serve(self, client: gevent.socket.socket, _address: object) -> None:
        # The generator resets its connections when a phase or its life ends.
        with contextlib.suppress(ConnectionResetError), client.makefile("rwb") as stream:
            while line := stream.readline():
                heads = {}
                while (head := stream.readline()) not in (b"\r\n", b""):
                    name, _, value = head.decode().partition(":")
                    heads[name.lower()] = value.strip()
                if "sec-websocket-key" in heads:
                    self._watch(client, heads["sec-websocket-key"])
                    client.recv(1)  # the end: the generator has nothing to say
                    return
                if heads.get("accept") == "text/event-stream":
                    self._wrap = event
                    self._seat(client, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                    client.recv(1)
                    return
                body = stream.read(int(heads.get("content-length", 0)))
                sequence = int(match[1]) if (match := re.search(rb"mark-(\d+)", body)) else 0
                if line.startswith(b"PUT"):
                    self._publish(sequence, body)
                gevent.sleep(self.faults.answer_late_s(sequence))
                stream.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                stream.flush()

    def _watch(self, client: gevent.socket.socket, key: str) -> None:
        accept = generate_accept_token(key.encode()).decode()
        head = f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        self._seat(client, head.encode())

    def _seat(self, client: gevent.socket.socket, head: bytes) -> None:
        client.sendall(head + self._wrap(b"{}"))
        self._watchers[len(self._watchers)] = client.sendall

    def _publish(self, sequence: int, body: bytes) -> None:
        for who, send in tuple(self._watchers.items()):
            self._deliver(who, send, sequence, self._wrap(body))

    def _deliver(self, who: int, send: Send, sequence: int, message: bytes) -> None:
        faults = self.faults
        self._mend(who, send)
        if faults.close(who, sequence):
            faults.commit("closed")
            send(b"\x88\x00")
            del self._watchers[who]
        elif faults.drop(who, sequence):
            faults.commit("missing")
        elif faults.hold_back(who, sequence):
            faults.commit("reordered")
            self._held[who] = message
        elif faults.late_s(who, sequence):
            gevent.spawn_later(faults.late_s(who, sequence), send, message)
        elif faults.tear(who, sequence):
            faults.commit("torn")
            send(message[:7])
            self._torn[who] = message[7:]
            gevent.spawn_later(0.001, self._mend, who, send)
        else:
            send(message + self._extra(who, sequence, message))

    def _mend(self, who: int, send: Send) -> None:
        """Send what was torn off and has not been sent, before anything that comes after it."""
        if rest := self._torn.pop(who, b""):
            send(rest)

    def _extra(self, who: int, sequence: int, message: bytes) -> bytes:
        if self.faults.double(who, sequence):
            self.faults.commit("duplicates")
            return message
        return self._held.pop(who, b"")
