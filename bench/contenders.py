"""The servers of the comparison: this one, in each dialect that has watchers of its own, the C floor and two peers."""

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from bench import build
from bench.figures import EVENTS
from bench.generator import DIGITS, MARKER, PLACE, Doors
from bench.servers import Contender, NotReady

# One presence as presenti's publishers send it, 236 bytes once the sequence number stands in it.
PRESENCE = (
    '{"id":"player","title":"Listening to a record","largeText":"An afternoon at sea","smallTexts":["'
    + MARKER
    + PLACE
    + '"],"image":{"src":"https://covers.example/7.png"},"timestamps":{"start":1700000000000,"stop":1700000300000},'
    '"isPaused":false}'
)
PRESENCE_BYTES = len(PRESENCE) - len(PLACE) + DIGITS

DISCORD_ID = "100000000000000001"

CONFIG = """\
# The benchmark measures the server, not its limits; the session outlives the longest run.
[limits]
connections = 0
connections_per_address = 0
requests_per_second = 0
messages_per_minute = 0

[presenti]
expires_ms = 3600000
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that needs nothing but a port."""

    name: str
    start: Callable[[int], list[str]]
    opened: Doors
    ready_path: str = "/presence/bench"
    ready_line: str = ""

    def command(self, port: int) -> list[str]:
        """See Contender."""
        return self.start(port)

    def doors(self, port: int) -> Doors:  # noqa: ARG002 - a peer's doors are the same on every port
        """See Contender."""
        return self.opened

    def clear(self) -> None:
        """See Contender; there is nothing."""


class House:
    """This server, with an account, a token and a session that does not run out."""

    name = "presently"
    ready_path = "/api/presence/bench"
    ready_line = "ready http://"

    links: tuple[str, ...] = ()
    """What `user add` is told of the account beside its name."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._token = ""

    def command(self, port: int) -> list[str]:
        """A fresh data folder with one account, and how to serve it."""
        self.clear()
        self._data.mkdir(parents=True)
        config = self._data / "bench.toml"
        config.write_text(CONFIG)
        run = [sys.executable, str(build.ROOT / "run.py")]
        added = subprocess.run(
            [*run, "user", "add", "bench", *self.links, "--data", str(self._data), "--json"],
            check=True, stdout=subprocess.PIPE, text=True, timeout=30,
        )  # fmt: skip
        self._token = json.loads(added.stdout)["token"]
        return [*run, "serve", "--port", str(port), "--data", str(self._data), "--config", str(config)]

    def doors(self, port: int) -> Doors:
        """Opens the session that all updates belong to."""
        token = quote(self._token, safe="")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/session?token={token}")
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise NotReady(f"{self.name} gives no session: {answer.status}")
        session = quote(json.loads(text)["sessionID"], safe="")
        return Doors(
            watch="/presence/bench",
            publish=f"/session?token={token}&id={session}",
            snapshot="/api/presence/bench",
            body=f'{{"presences":[{PRESENCE}]}}',
        )

    def clear(self) -> None:
        """Removes the data folder."""
        shutil.rmtree(self._data, ignore_errors=True)


class Events(House):
    """The same with readers of the event stream of our own dialect; presenti publishes as before."""

    name = f"presently{EVENTS}"

    def doors(self, port: int) -> Doors:
        """See Contender."""
        return replace(super().doors(port), watch="/v2/events?user=bench", steps=("< data: ",), events=True)


class Discord(House):
    """The same with watchers of another dialect, who say whom they watch; presenti publishes as before."""

    links = ("--discord", DISCORD_ID)

    def __init__(self, data: Path, name: str, init: str, snapshot: str) -> None:
        """`init` is the subscription in the socket's first message."""
        super().__init__(data)
        self.name = name
        self._init = init
        self._snapshot = snapshot

    def doors(self, port: int) -> Doors:
        """See Contender."""
        opened = super().doors(port)
        hello, state = ("HELLO", "INIT_ACK") if self.name == "lantern" else ('"op":1', "INIT_STATE")
        steps = (f"< {hello}", f'> {{"op":2,"d":{self._init}}}', f"< {state}")
        return replace(opened, watch=f"/{self.name}/socket", snapshot=self._snapshot, steps=steps)


def _floor(port: int) -> list[str]:
    return [str(build.program("floor")), str(port)]


def _floor_of_events(port: int) -> list[str]:
    return [*_floor(port), "events"]


def _starlette(port: int) -> list[str]:
    # A production set-up without what the others lack: no access log, no compression, pings as good as off.
    options = (
        "--log-level error --no-access-log --backlog 4096 --loop uvloop --http httptools --ws auto "
        "--ws-ping-interval 600 --ws-ping-timeout 600 --ws-per-message-deflate false --timeout-keep-alive 120"
    )
    app = ["starlette_app:app", "--app-dir", str(build.BENCH / "peers")]
    return [
        str(build.peers_python()),
        "-m",
        "uvicorn",
        *app,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        *options.split(),
    ]


def _flask_socketio(port: int) -> list[str]:
    return [str(build.peers_python()), str(build.BENCH / "peers" / "flask_socketio_app.py"), str(port)]


PLAIN = Doors(watch="/ws/bench", publish="/presence/bench", snapshot="/presence/bench", body=PRESENCE)
# Engine.IO 4 and Socket.IO 5: open, connect the namespace, join by an event; "2" is a ping that wants "3".
SOCKET_IO = Doors(
    watch="/socket.io/?EIO=4&transport=websocket",
    publish="/presence/bench",
    snapshot="/presence/bench",
    body=PRESENCE,
    steps=("< 0{", "> 40", "< 40{", '> 42["watch","bench"]', '< 42["presence"'),
    ping="2",
    pong="3",
)


PEERS = {"starlette", "flask-socketio"}  # what runs in the peers' venv


def contenders(data: Path) -> dict[str, Contender]:
    """Name -> server, in the order in which they take turns; `data` is where this server keeps its data."""
    servers: tuple[Contender, ...] = (
        Peer("floor", _floor, PLAIN),
        Peer("starlette", _starlette, PLAIN),
        Peer("flask-socketio", _flask_socketio, SOCKET_IO),
        House(data),
        Peer(f"floor{EVENTS}", _floor_of_events, replace(PLAIN, steps=("< data: ",), events=True)),
        Events(data),
        Discord(data, "lantern", f'{{"user_id":"{DISCORD_ID}"}}', f"/api/v1/users/{DISCORD_ID}"),
        Discord(data, "lanyard", f'{{"subscribe_to_id":"{DISCORD_ID}"}}', f"/v1/users/{DISCORD_ID}"),
    )
    return {server.name: server for server in servers}
