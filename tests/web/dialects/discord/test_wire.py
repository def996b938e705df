"""What is told of an update: the document where it has changed, built once however many wires tell it."""

from dataclasses import replace
from typing import Any

import orjson

from actors.effects import Say
from actors.presence import Claim, Kept, Presence, Source, Status, Update
from actors.session import Gone
from tests.web.dialects.discord.people import ANN, ANN_ID, NAMES, READING
from web.dialects.discord.book import Book
from web.dialects.discord.person import Person
from web.dialects.discord.wire import Wire
from web.dialects.lantern.session import LanternSession
from web.dialects.lantern.wires import wires

WORDS = wires(lambda: 0.0).deployed.words
AWAY = Claim(Source("native", "phone"), 2.0, status=Status.IDLE)


class Counted:
    """A form that counts what it has built."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self, shown: Person) -> tuple[dict[str, Any], None]:
        self.built += 1
        return {"id": shown.id, "status": shown.status, "storage": dict(shown.pairs)}, None


def update(before: Presence, after: Presence) -> Update:
    return Update(ANN, before, after, changed=True, at=3.0)


def test_an_update_that_does_not_show_is_not_told_by_any_wire() -> None:
    form = Counted()
    book = Book(form)
    one, other = Wire(book, WORDS, lambda: 0.0), Wire(book, WORDS, lambda: 0.0, zipped=True)
    one.snapshot(ANN, READING)
    quiet = update(READING, READING.with_claim(AWAY))
    assert [wire.update(quiet) for wire in (one, other, one)] == [None] * 3
    assert form.built == 2
    told = update(quiet.after, quiet.after.without(Source("session", "1")))
    frames = [wire.update(told) for wire in (one, one)]
    assert frames[0] == frames[1]
    assert isinstance(frames[0], bytes)
    assert orjson.loads(frames[0])["d"]["status"] == "idle"
    assert form.built == 3


def test_who_was_not_shown_before_is_told_of_in_any_case() -> None:
    wire = Wire(Book(Counted()), WORDS, lambda: 0.0)
    hidden = READING.with_claim(replace(AWAY, status=Status.INVISIBLE))
    told = wire.update(update(hidden, READING))
    assert isinstance(told, bytes)
    assert orjson.loads(told)["t"] == "USER_JOINED"


def test_pairs_are_a_change() -> None:
    wire = Wire(Book(Counted()), WORDS, lambda: 0.0)
    told = wire.update(update(READING, READING.keeping(Kept((("k", "v"),)))))
    assert isinstance(told, bytes)
    assert orjson.loads(told)["t"] == "STORAGE_UPDATE"


def test_an_account_whose_other_links_change_is_not_told_of() -> None:
    wire = Wire(Book(Counted()), WORDS, lambda: 0.0)
    heir = replace(ANN, links=(*ANN.links, ("dyson", "1")))
    assert wire.update(Update(heir, READING, READING, changed=True, at=3.0, was=ANN)) is None


def test_another_discord_id_is_another_person() -> None:
    wire = Wire(Book(Counted()), WORDS, lambda: 0.0)
    heir = replace(ANN, links=(("discord", "100000000000000009"),))
    moved = Update(heir, READING, READING, changed=True, at=3.0, was=ANN)
    assert wire.update(moved) is Gone.GONE
    lantern = LanternSession(wire, NAMES.get)
    list(lantern.received('{"op":2,"d":{"user_id":"All"}}', 0.0))
    said = [orjson.loads(each.payload) for each in lantern.left(moved, 3.0) if isinstance(each, Say)]
    assert [(each["t"], each["d"].get("user_id", each["d"].get("id"))) for each in said] == [
        ("USER_LEFT", ANN_ID),
        ("USER_JOINED", "100000000000000009"),
    ]
