"""Two people and the short documents that transcripts show of them."""

from typing import Any

from actors.presence import NOBODY, Activity, Claim, Presence, Source, Subject
from web.dialects.discord.book import Book
from web.dialects.discord.person import Person

ANN_ID, BOB_ID = "100000000000000001", "100000000000000002"
ANN = Subject("ann", "Ann", account=True, listed=True, links=(("discord", ANN_ID),))
BOB = Subject("bob", "Bob", account=True, listed=True, links=(("discord", BOB_ID),))
READING = Presence((Claim(Source("session", "1"), 1.0, activities=(Activity("Reading"),)),))
PEOPLE = {"ann": (ANN, READING), "bob": (BOB, NOBODY)}
NAMES = {ANN_ID: "ann", BOB_ID: "bob"}


def short(shown: Person) -> tuple[dict[str, Any], None]:
    return {"id": shown.id, "status": shown.status}, None


def book() -> Book:
    return Book(short)
