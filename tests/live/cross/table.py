"""Who publishes and who reads, as data: each pair of docs/compatibility.md is one of each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import websocket

from tests.event_stream import EventStream
from tests.fakes.discord import FakeDiscord
from tests.serving import Added, Served
from tests.web.dialects.dyson.uploading import FORM, part
from tests.web.dialects.native.publishing import call
from tests.web.pictures.samples import encoded, flat

START_MS = 1_795_000_000_000
PRESENTI = {
    "title": "Suite No. 1",
    "largeText": {"text": "Prelude", "link": "https://example.org/prelude"},
    "smallTexts": ["J. S. Bach"],
    "image": "https://example.org/suite.png",
    "timestamps": {"start": START_MS},
}
DYSON = {
    "type": "Music",
    "manualId": "suite",
    "title": "Suite No. 1",
    "subtitle": "Prelude",
    "subtitleUrl": "https://example.org/prelude",
    "caption": "J. S. Bach",
    "largeImage": "https://example.org/suite.png",
    "leaseMinutes": 10,
}
NATIVE = {
    "lease_seconds": 600,
    "status": "dnd",
    "activities": [
        {
            "name": "Suite No. 1",
            "type": "listening",
            "details": {"text": "Prelude", "url": "https://example.org/prelude"},
            "state": [{"text": "J. S. Bach"}],
            "image": {"source": "https://example.org/suite.png"},
            "started_ms": START_MS,
        }
    ],
}
GUILD = "100000000000000100"
SUITE = {
    "name": "Suite No. 1",
    "type": 2,
    "details": "Prelude",
    "details_url": "https://example.org/prelude",
    "state": "J. S. Bach",
    "application_id": "383226320970055681",
    "assets": {"large_image": "mp:external/a1b2/https/example.org/suite.png"},
    "timestamps": {"start": START_MS},
}
DISCORD = {"status": "idle", "activities": [SUITE], "client_status": {"mobile": "idle"}}
PING = {"status": "1"}
IMAGE = encoded(flat(8, 8), "PNG")
ART = f"sha256:{sha256(IMAGE).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Publisher:
    """One way to say something: how the document calls it, what is sent where, and how."""

    name: str
    title: str
    sent: str
    document: Any
    publish: Callable[["Scene"], object]


@dataclass(slots=True)
class Scene:
    """A server, and the account that one publisher speaks of."""

    server: Served
    account: Added
    discord: str
    signal: Path
    fake: FakeDiscord
    remote: Any = None

    def ask(self, method: str, path: str, body: Any = None, **fields: str) -> Any:
        said = call(self.server, method, path, body, **fields)
        assert said.status == 200, said
        return said.body

    def by_session(self) -> None:
        token = self.account.token
        ident = self.ask("GET", f"/session?token={token}")["sessionID"]
        self.ask("PUT", f"/session?token={token}&id={ident}", {"presences": [PRESENTI]})

    def by_remote(self) -> None:
        self.remote = websocket.create_connection(f"ws://127.0.0.1:{self.server.port}/remote", timeout=10)
        self.remote.send(json.dumps({"type": 3, "data": self.account.token}))
        self.remote.recv()
        self.remote.send(json.dumps({"type": 2, "data": [PRESENTI]}))

    def by_dyson(self) -> None:
        fields = {"Authorization": f"Bearer {self.account.token}", "Content-Type": "application/json"}
        self.ask("POST", "/api/activities", DYSON, **fields)

    def by_artwork(self) -> None:
        login = {"Authorization": f"Bearer {self.account.token}"}
        where = f"{self.server.url}/api/presence/artworks"
        with urlopen(Request(where, part(IMAGE), {**login, "Content-Type": FORM})) as answer:
            assert json.load(answer)["hash"] == ART
        body = {"type": "Music", "title": "Suite No. 1", "largeImage": ART, "leaseMinutes": 10}
        self.ask("POST", "/api/activities", body, **login, **{"Content-Type": "application/json"})

    def by_ping(self) -> None:
        claim = json.dumps({"userid": self.account.name, "clientid": "c-7"})
        self.ask("POST", "/ping", PING, X_User_Claim=claim)

    def by_claim(self) -> None:
        said = call(
            self.server, "PUT", f"/v2/users/{self.account.name}/claims/player", NATIVE, token=self.account.token
        )
        assert said.status == 200, said

    def by_discord(self) -> None:
        self.fake.update(GUILD, self.discord, "idle", SUITE, client_status={"mobile": "idle"})

    def by_module(self) -> None:
        self.signal.touch()


PUBLISHERS = (
    Publisher("session", "presenti's session", "`PUT /session`", {"presences": [PRESENTI]}, Scene.by_session),
    Publisher("remote", "presenti's publisher", "`WS /remote`", {"type": 2, "data": [PRESENTI]}, Scene.by_remote),
    Publisher("dyson", "DysonNetwork", "`POST /api/activities`", DYSON, Scene.by_dyson),
    Publisher("heartbeat", "the heartbeat", "`POST /ping`", PING, Scene.by_ping),
    Publisher("native", "our own dialect", "`PUT /v2/users/{user}/claims/player`", NATIVE, Scene.by_claim),
    Publisher(
        "module",
        "a module in the process",
        "`publisher.say`, with what actors call an Activity",
        "the same suite: kind LISTENING, name, details with a link, one line of state, image, started_ms",
        Scene.by_module,
    ),
    Publisher("discord", "Discord", "PRESENCE_UPDATE of the gateway", DISCORD, Scene.by_discord),
)


ARTIST = Publisher("artist", "DysonNetwork", "`POST /api/activities`", ART, Scene.by_artwork)
"""In none of the document's tables: its image is an upload."""


def _part(document: Any, *names: str) -> Any:
    return {name: document[name] for name in names}


def presenti(scene: Scene) -> Any:
    return scene.ask("GET", f"/api/presence/{scene.account.name}")["presence"]


def lantern(scene: Scene) -> Any:
    return _part(scene.ask("GET", f"/api/v1/users/{scene.discord}"), "status", "activities")


def lanyard(scene: Scene) -> Any:
    return _part(scene.ask("GET", f"/v1/users/{scene.discord}")["data"], "discord_status", "activities")


def card(scene: Scene) -> str:
    with urlopen(f"{scene.server.url}/api/v1/users/{scene.discord}?svg=1") as answer:
        return str(answer.read().decode())


_MOVING = {"id", "accountId", "account", "leaseExpiresAt", "createdAt", "updatedAt", "leaseMinutes"}


def dyson(scene: Scene) -> Any:
    found = scene.ask("GET", f"/api/activities/{scene.account.name}")
    return [{name: value for name, value in each.items() if value and name not in _MOVING} for each in found]


def native(scene: Scene) -> Any:
    return _part(scene.ask("GET", f"/v2/users/{scene.account.name}"), "status", "activities")


def heartbeat(stream: EventStream) -> Any:
    """The next event; it must have been subscribed to before, as other dialects' users are told of when they change."""
    return _part(stream.next(), "status")


READERS: dict[str, Callable[[Scene], Any]] = {
    "presenti": presenti,
    "Lantern": lantern,
    "Lanyard": lanyard,
    "DysonNetwork": dyson,
    "our own": native,
}
