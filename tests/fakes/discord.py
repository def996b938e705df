"""FakeDiscord: a gateway that does what the test says, over real sockets: REST, zlib-stream, sessions, replays, faults.

    fake = FakeDiscord().start()
    fake.guild("100000000000000000", member("100000000000000001", "ann"))
    fake.next("identify", Close(4014))              # in place of the next READY; `next("resume", ...)` alike
    fake.dispatch("PRESENCE_UPDATE", {...})          # to every session, those that nobody is connected for included
    fake.connected[0].close(1006) / .cut() / .op(7)  # what else may happen to one connection
    fake.acks = False                                # a zombie

What it says unasked is what spec/discord.md says of the gateway, version 10. It decides nothing by itself but that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import zlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import h11
from gevent.lock import RLock
from gevent.server import StreamServer
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from tests.fakes.exchange import Reply, Request, answer, json_reply, read

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TOKEN = "b0t.t0ken"
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection with this code."""

    code: int


@dataclass(frozen=True, slots=True)
class Invalid:
    """Op 9."""

    resumable: bool = False


Fault = Reply | Close | Invalid


def member(ident: str, name: str, **user: Any) -> dict[str, Any]:
    """A member object."""
    profile = {"id": ident, "username": name, "discriminator": "0", "global_name": name.title(), "avatar": None}
    joined_at = "2023-11-14T22:13:20+00:00"
    return {"user": {**profile, "public_flags": 0, **user}, "roles": [], "joined_at": joined_at, "deaf": False}


def presence(ident: str, status: str = "online", *activities: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A PRESENCE_UPDATE's data, but for the guild."""
    platforms = {} if status == "offline" else {"desktop": status}
    said = {"status": status, "activities": list(activities), "client_status": platforms}
    return {"user": {"id": ident}, **said, **more}


@dataclass(slots=True)
class Guild:
    """`large` lets GUILD_CREATE name only those who are online."""

    id: str
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    presences: dict[str, dict[str, Any]] = field(default_factory=dict)
    large: bool = False
    unavailable: bool = False
    silent: bool = False
    """READY names it, and it never comes."""

    def document(self) -> dict[str, Any]:
        if self.unavailable:
            return {"id": self.id, "unavailable": True}
        shown = self.presences if self.large else self.members
        return {
            "id": self.id,
            "name": "Guild",
            "large": self.large,
            "member_count": len(self.members),
            "members": [self.members[ident] for ident in shown],
            "presences": list(self.presences.values()),
            "channels": [],
        }


@dataclass(slots=True)
class Session:
    """What was said in it, so that it can be said again."""

    id: str
    events: list[bytes] = field(default_factory=list)
    talk: Talk | None = None
    """The connection, if there is one."""

    def say(self, name: str, data: Any) -> None:
        # READY is 0, as both test upstreams of the notes send it: a number like any other
        text = json.dumps({"op": 0, "t": name, "s": len(self.events), "d": data}).encode()
        self.events.append(text)
        if self.talk is not None:
            self.talk.text(text)


class FakeDiscord:
    def __init__(self, *, port: int = 0, zipped: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.tls = tls
        self.zipped = zipped
        self.token = TOKEN
        self.interval_ms: float = 41_250
        self.remaining = 1000
        self.reset_after_ms = 3_600_000
        self.shards = 1
        self.acks = True
        self.pause: Callable[[int], bool] = lambda _index: False
        """Whether this chunk of an answer is left out."""
        self.rate_limits = 0
        """How many of the next op 8 are refused."""
        self.guilds: dict[str, Guild] = {}
        self.sessions: dict[str, Session] = {}
        self.requests: list[Request] = []
        self.said: list[dict[str, Any]] = []
        """All that clients have said."""
        self.connected: list[Talk] = []
        self.opened: list[Talk] = []
        self._next: dict[str, deque[Fault]] = defaultdict(deque)
        self._server: StreamServer | None = None

    @property
    def url(self) -> str:
        return f"http{self._secure}://127.0.0.1:{self.port}"

    @property
    def _secure(self) -> str:
        return "" if self.tls is None else "s"

    @property
    def config(self) -> str:
        return f'[discord]\ntoken = "{self.token}"\napi_base = "{self.url}/api/v10"\n'

    def start(self) -> Self:
        tls = {} if self.tls is None else {"ssl_context": self.tls}
        self._server = StreamServer(("127.0.0.1", self.port), self._serve, **tls)
        self._server.start()
        self.port = self._server.server_port
        return self

    def stop(self) -> None:
        """As a process that ends: every connection without a word."""
        for talk in list(self.connected):
            talk.cut()
        if self._server is not None:
            self._server.stop(timeout=1)
            self._server = None

    def guild(self, ident: str, *members: dict[str, Any], large: bool = False) -> Guild:
        guild = self.guilds[ident] = Guild(ident, large=large)
        guild.members.update({each["user"]["id"]: each for each in members})
        return guild

    def next(self, route: str, *faults: Fault) -> None:
        """In place of the next answers to `gateway`, `upgrade`, `identify` or `resume`."""
        self._next[route].extend(faults)

    def fault(self, route: str) -> Fault | None:
        return self._next[route].popleft() if self._next[route] else None

    def ops(self, number: int) -> list[Any]:
        """The data of all that clients have said by this op."""
        return [each["d"] for each in self.said if each["op"] == number]

    def dispatch(self, name: str, data: Any) -> None:
        for session in self.sessions.values():
            session.say(name, data)

    def update(self, guild: str, ident: str, status: str = "online", *activities: dict[str, Any], **more: Any) -> None:
        """A member's presence changes, and everybody hears of it."""
        said = self.guilds[guild].presences[ident] = presence(ident, status, *activities, **more)
        if status == "offline":
            del self.guilds[guild].presences[ident]
        self.dispatch("PRESENCE_UPDATE", {**said, "guild_id": guild})

    def join(self, guild: str, joined: dict[str, Any]) -> None:
        self.guilds[guild].members[joined["user"]["id"]] = joined
        self.dispatch("GUILD_MEMBER_ADD", {**joined, "guild_id": guild})

    def leave(self, guild: str, ident: str) -> None:
        self.guilds[guild].presences.pop(ident, None)
        gone = self.guilds[guild].members.pop(ident)
        self.dispatch("GUILD_MEMBER_REMOVE", {"guild_id": guild, "user": gone["user"]})

    # What is asked

    def _serve(self, connection: Any, _address: object) -> None:
        with suppress(OSError, h11.RemoteProtocolError):
            http = h11.Connection(h11.SERVER)
            while (request := read(http, connection)) is not None:
                self.requests.append(request)
                if request.upgrade:
                    self._talk(request, http, connection)
                    return
                if not answer(http, connection, self._document(request)):
                    return
                http.start_next_cycle()

    def _document(self, request: Request) -> Reply:
        fault = self.fault("gateway")
        if isinstance(fault, Reply):
            return fault
        if request.path != "/api/v10/gateway/bot":
            return Reply(404)
        if request.headers.get("authorization") != f"Bot {self.token}":
            return json_reply({"message": "401: Unauthorized", "code": 0}, 401)
        limit = {"total": 1000, "remaining": self.remaining, "reset_after": self.reset_after_ms, "max_concurrency": 1}
        url = f"ws{self._secure}://127.0.0.1:{self.port}"
        return json_reply({"url": url, "shards": self.shards, "session_start_limit": limit})

    def _talk(self, request: Request, http: h11.Connection, connection: Any) -> None:
        fault = self.fault("upgrade")
        if isinstance(fault, Reply):
            answer(http, connection, fault)
            return
        digest = base64.b64encode(hashlib.sha1(request.headers["sec-websocket-key"].encode() + GUID).digest())
        lines = (b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade")
        connection.sendall(b"\r\n".join((*lines, b"Sec-WebSocket-Accept: " + digest)) + b"\r\n\r\n")
        talk = Talk(self, connection, request)
        self.connected.append(talk)
        self.opened.append(talk)
        try:
            talk.serve(http.trailing_data[0])
        finally:
            self.connected.remove(talk)

    def hear(self, talk: Talk, message: dict[str, Any]) -> None:
        self.said.append(message)
        match message["op"]:
            case 1 if self.acks:
                talk.op(11)
            case 2:
                self._identify(talk, message["d"])
            case 6:
                self._resume(talk, message["d"])
            case 8:
                self._list(talk, message["d"])

    def _identify(self, talk: Talk, wanted: dict[str, Any]) -> None:
        self.remaining -= 1
        if wanted["token"] != self.token:
            talk.close(4004)
        elif not talk.suffers(self.fault("identify")):
            session = self.sessions[ident] = Session(ident := f"session-{len(self.sessions) + 1}", talk=talk)
            bot = {"id": "999999999999999999", "username": "bot", "bot": True}
            named = [{"id": each, "unavailable": True} for each in self.guilds]
            there = f"ws{self._secure}://127.0.0.1:{self.port}/resume"
            session.say(
                "READY", {"v": 10, "user": bot, "guilds": named, "session_id": ident, "resume_gateway_url": there}
            )
            for guild in self.guilds.values():
                if not guild.silent:
                    session.say("GUILD_CREATE", guild.document())

    def _resume(self, talk: Talk, wanted: dict[str, Any]) -> None:
        session = self.sessions.get(wanted["session_id"])
        if talk.suffers(self.fault("resume")):
            return
        if session is None or wanted["token"] != self.token or wanted["seq"] is None:
            talk.op(9, False)
            return
        session.talk = talk
        for text in session.events[wanted["seq"] + 1 :]:
            talk.text(text)
        session.say("RESUMED", {})

    def _list(self, talk: Talk, wanted: dict[str, Any]) -> None:
        session = next(each for each in self.sessions.values() if each.talk is talk)
        guild = self.guilds[wanted["guild_id"]]
        if self.rate_limits:
            self.rate_limits -= 1
            meta = {"guild_id": guild.id, "nonce": wanted["nonce"]}
            session.say("RATE_LIMITED", {"opcode": 8, "retry_after": 7.5, "meta": meta})
            return
        asked = wanted.get("user_ids", list(guild.members))
        found = [ident for ident in asked if ident in guild.members]
        parts = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
        for index, part in enumerate(parts):
            if self.pause(index):
                continue
            presences = [guild.presences[ident] for ident in part if ident in guild.presences]
            chunk: dict[str, Any] = {"guild_id": guild.id, "members": [guild.members[ident] for ident in part]}
            chunk |= {"presences": presences, "chunk_index": index, "chunk_count": len(parts)}
            chunk |= {"not_found": [ident for ident in asked if ident not in guild.members]}
            session.say("GUILD_MEMBERS_CHUNK", {**chunk, "nonce": wanted["nonce"]})


class Talk:
    """One connection."""

    def __init__(self, fake: FakeDiscord, connection: Any, request: Request) -> None:
        self.fake = fake
        self.connection = connection
        self.request = request
        self.closed_with: int | None = None
        """The code of the client's close frame."""
        self._machine = Connection(ConnectionType.SERVER)
        zipped = fake.zipped and request.query.get("compress") == "zlib-stream"
        self._zip = zlib.compressobj(1) if zipped else None
        self._lock = RLock()

    def op(self, number: int, data: Any = None) -> None:
        self.text(json.dumps({"op": number, "d": data, "s": None, "t": None}).encode())

    def text(self, text: bytes) -> None:
        with self._lock:
            if self._zip is None:
                self.say(TextMessage(data=text.decode()))
            else:
                self.raw(self.packed(text))

    def packed(self, text: bytes) -> bytes:
        """The frame of the next message, which must be said before any other."""
        assert self._zip is not None
        return self._zip.compress(text) + self._zip.flush(zlib.Z_SYNC_FLUSH)

    def raw(self, data: bytes) -> None:
        """A binary frame of these bytes, whatever they are."""
        self.say(BytesMessage(data=data))

    def close(self, code: int) -> None:
        self.say(CloseConnection(code=code))

    def cut(self) -> None:
        """End without a word."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def suffers(self, fault: Fault | None) -> bool:
        if isinstance(fault, Close):
            self.close(fault.code)
        elif isinstance(fault, Invalid):
            self.op(9, fault.resumable)
        return fault is not None

    def say(self, event: Any) -> None:
        with self._lock, suppress(OSError, LocalProtocolError):  # the client has gone, or is going
            self.connection.sendall(self._machine.send(event))

    def serve(self, early: bytes) -> None:
        self.op(10, {"heartbeat_interval": self.fake.interval_ms})
        with suppress(OSError, RemoteProtocolError):
            self._take(early)
            while data := self.connection.recv(65_536):
                self._take(data)
        for session in self.fake.sessions.values():
            if session.talk is self:
                session.talk = None

    def _take(self, data: bytes) -> None:
        self._machine.receive_data(data)
        for event in self._events():
            if isinstance(event, TextMessage):
                self.fake.hear(self, json.loads(event.data))
            elif isinstance(event, Ping):
                self.say(event.response())
            elif isinstance(event, CloseConnection):
                self.closed_with = int(event.code)
                if self._machine.state is not ConnectionState.CLOSED:
                    self.say(event.response())
                self.cut()

    def _events(self) -> Iterator[Any]:
        text = ""
        for event in self._machine.events():
            if isinstance(event, TextMessage):
                text += event.data
                if event.message_finished:
                    yield TextMessage(data=text)
                    text = ""
            else:
                yield event
