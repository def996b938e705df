"""Whoever publishes in one dialect is visible in every other: each pair over a real server, as the document says."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.event_stream import EventStream
from tests.fakes.discord import FakeDiscord, member
from tests.live.clients import until
from tests.live.cross.table import ART, ARTIST, GUILD, PUBLISHERS, READERS, Publisher, Scene, card, heartbeat
from tests.serving import ROOT, start, user_add

pytestmark = pytest.mark.live
DOCUMENT = ROOT / "docs" / "compatibility.md"
BEGIN, END = "<!-- cross table -->\n", "<!-- end of the cross table -->\n"
CONFIG = """[limits]
requests_per_second = 0
[presenti]
expires_ms = 600000
[web]
public_url = "https://presence.example.org"
{discord}cdn_base = "http://127.0.0.1:9"
[modules.suite]
entry = "tests.live.cross.module:publish"
user = "module"
signal = "{signal}"
"""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """What each reader sees of what each publisher said."""
    folder = tmp_path_factory.mktemp("cross")
    ids = {each.name: f"1000000000000000{number:02}" for number, each in enumerate(PUBLISHERS)}
    ids["artist"] = "100000000000000099"
    fake = FakeDiscord().start()
    fake.guild(GUILD, member(ids["discord"], "bach"))
    accounts = {name: user_add(folder / "data", name, "--discord", ident) for name, ident in ids.items()}
    discord = f'{fake.config}base_guild_id = "{GUILD}"\n'
    with start(folder / "data", config=CONFIG.format(signal=folder / "signal", discord=discord)) as server:
        scenes = {name: Scene(server, accounts[name], ids[name], folder / "signal", fake) for name in ids}
        found = {each.name: _read(each, scenes[each.name]) for each in PUBLISHERS}
        yield {**found, "artist": {**_read(ARTIST, scenes["artist"]), "card": card(scenes["artist"])}}
        if (remote := scenes["remote"].remote) is not None:
            remote.shutdown()
    fake.stop()


def _read(publisher: Publisher, scene: Scene) -> Seen:
    with EventStream(f"{scene.server.url}/subscribe/{scene.account.name}") as stream:
        publisher.publish(scene)
        told = heartbeat(stream)
    until(lambda: READERS["our own"](scene)["status"] != "offline")
    found = {name: read(scene) for name, read in READERS.items()}
    return {**found, "the heartbeat": told}


@pytest.mark.parametrize("publisher", PUBLISHERS, ids=lambda each: each.name)
def test_every_reader_sees_that_somebody_is_there(seen: dict[str, Seen], publisher: Publisher) -> None:
    statuses = {"heartbeat": "idle", "native": "dnd", "discord": "idle"}
    status = statuses.get(publisher.name, "online")
    found = seen[publisher.name]
    assert found["our own"]["status"] == found["Lanyard"]["discord_status"] == found["Lantern"]["status"] == status
    assert found["the heartbeat"]["status"] == {"online": "0", "idle": "1", "dnd": "2"}[status]


@pytest.mark.parametrize(
    "publisher", [each for each in PUBLISHERS if each.name != "heartbeat"], ids=lambda each: each.name
)
def test_every_reader_of_activities_sees_all_that_was_said(seen: dict[str, Seen], publisher: Publisher) -> None:
    for reader, shown in seen[publisher.name].items():
        text = json.dumps(shown)
        if reader != "the heartbeat":
            for said in ("Suite No. 1", "Prelude", "J. S. Bach", "example.org/suite.png"):
                assert said in text, reader
            assert len(shown if isinstance(shown, list) else shown["activities"]) == 1


def test_an_uploaded_image_is_shown_where_everybody_can_fetch_it(seen: dict[str, Seen]) -> None:
    found, address = seen["artist"], f"https://presence.example.org/api/presence/artworks/{ART}"
    assert found["DysonNetwork"][0]["largeImage"] == ART
    for reader in ("presenti", "Lantern", "Lanyard", "our own"):
        assert f'"{address}"' in json.dumps(found[reader]), reader
    assert "data:image/jpeg;base64," in found["card"], "drawn without asking the world for it"


def test_a_document_comes_out_untouched_where_it_came_in(seen: dict[str, Seen]) -> None:
    for publisher, reader in (
        ("session", "presenti"),
        ("remote", "presenti"),
        ("native", "our own"),
        ("discord", "Lanyard"),
    ):
        sent = next(each.document for each in PUBLISHERS if each.name == publisher)
        sent = sent.get("presences") or sent.get("data") or sent["activities"]
        shown = seen[publisher][reader]
        assert (shown if isinstance(shown, list) else shown["activities"]) == sent


def test_the_document_shows_each_pair_as_it_is(seen: dict[str, Seen]) -> None:
    """With PRESENTLY_TEST_WRITE=1 it is written anew, to be looked at and committed."""
    text = DOCUMENT.read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    before, _, rest = text.partition(BEGIN)
    shown, _, after = rest.partition(END)
    wanted = "\n".join(_section(each, seen[each.name]) for each in PUBLISHERS)
    if os.environ.get("PRESENTLY_TEST_WRITE"):
        DOCUMENT.write_text(before + BEGIN + wanted + END + after, "utf-8")
        pytest.skip("the document was written, not read")
    assert shown == wanted


def _section(publisher: Publisher, found: Seen) -> str:
    sent = publisher.document if isinstance(publisher.document, str) else f"`{_text(publisher.document)}`"
    rows = "".join(f"| {reader} | `{_text(shown)}` |\n" for reader, shown in found.items())
    return f"### From {publisher.title}\n\n{publisher.sent}: {sent}\n\n| read in | shows |\n|---|---|\n{rows}"


def _text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))
