"""People for cards, and the pictures they have; `python -m tests.web.cards.faces` draws docs/cards anew from them."""

import base64
from dataclasses import replace
from pathlib import Path

from actors.presence import Kind
from web.cards.card import draw
from web.cards.face import NOBODY_KNOWN, Doing, Face, Mood, Tag
from web.cards.options import read_options

DRAWN = Path(__file__).resolve().parents[3] / "docs" / "cards"
NOW = 1_700_000_100.0


def _art(name: str, kind: str) -> str:
    data = (Path(__file__).parent / "art" / f"{name}.{kind}").read_bytes()
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


ART = {
    **{name: _art(name, "png") for name in ("avatar", "cover", "decoration", "editor", "small", "tag")},
    **{name: _art(name, "webp") for name in ("moving-avatar", "moving-decoration")},
}

MUSIC = Doing(
    kind=Kind.LISTENING,
    name="Spotify",
    details="Nocturne No. 2 in E-flat major",
    state="Frédéric Chopin",
    album="Nocturnes, Op. 9",
    picture="cover",
    small=None,
    started_ms=(NOW - 65) * 1000,
    ends_ms=(NOW + 207) * 1000,
    paused=False,
    application=None,
)
EDITOR = Doing(
    kind=Kind.PLAYING,
    name="Visual Studio Code",
    details="Editing card.py",
    state="Workspace: presently",
    album="",
    picture="editor",
    small="small",
    started_ms=(NOW - 3725) * 1000,
    ends_ms=None,
    paused=False,
    application="383226320970055681",
)
GAME = Doing(Kind.PLAYING, "Chess", "Rapid, 15 minutes", "", "", None, None, None, (NOW + 299) * 1000, False, "2")
LONG = Doing(
    kind=Kind.WATCHING,
    name="A programme whose name goes on and on, as if it would never come to an end",
    details="Details that are long too, as long as anything that anybody ever wrote here",
    state="W" * 90,
    album="",
    picture="missing",
    small=None,
    started_ms=None,
    ends_ms=None,
    paused=True,
    application=None,
)
ARABIC = Doing(
    kind=Kind.UNKNOWN,
    name="يستمع إلى الموسيقى",
    details="أغنية جميلة جدا من التراث القديم وهي طويلة للغاية ولا تنتهي أبدا",
    state="فيروز",
    album="",
    picture=None,
    small=None,
    started_ms=(NOW - 65) * 1000,
    ends_ms=None,
    paused=False,
    application=None,
)

ALICE = Face(
    name="Alice Liddell",
    handle="alice",
    avatar="avatar",
    status="online",
    badges=("Hypesquad", "HypeSquadOnlineHouse1", "ActiveDeveloper"),
    tag=Tag("GGEZ", "tag"),
    mood=Mood("down the rabbit hole", "", None),
    doings=(MUSIC,),
)
MOVING = replace(ALICE, moving_avatar="moving-avatar", decoration="decoration", moving_decoration="moving-decoration")
EVERY_BADGE = (
    "Staff",
    "Partner",
    "Hypesquad",
    "BugHunterLevel1",
    "HypeSquadOnlineHouse1",
    "HypeSquadOnlineHouse2",
    "HypeSquadOnlineHouse3",
    "PremiumEarlySupporter",
    "BugHunterLevel2",
    "VerifiedBot",
    "VerifiedDeveloper",
    "CertifiedModerator",
    "Spammer",
    "ActiveDeveloper",
)
BOB = Face("Bob", "bob", None, "offline", last_seen_at=NOW - 7_300)
LENGTHY = Face(
    name="Bartholomew Maximilian Featherstonehaugh the Third",
    handle="b" * 32,
    avatar="missing",
    status="dnd",
    badges=EVERY_BADGE,
    tag=Tag("WWWWWWWWWWWWWW", None),
    mood=Mood("A custom status that is so long that it surely cannot stand on one line here", "", "small"),
    doings=(LONG,),
)
SALAM = Face(
    "مرحبا بالعالم 🌍", "salam", None, "idle", (), Tag("سلام", None), Mood("שלום לכולם", "🔥", None), (ARABIC,)
)
FAMILY = Face("👨‍👩‍👧‍👦 Łukasz ✨日本語", "lukasz", None, "online", doings=(EDITOR, MUSIC, GAME))

CARDS = {
    "spotify": (ALICE, ""),
    "light": (ALICE, "theme=light"),
    "auto": (ALICE, "theme=auto"),
    "transparent": (ALICE, "theme=transparent"),
    "several": (FAMILY, "maxActivities=3"),
    "no-activity": (BOB, ""),
    "long": (LENGTHY, ""),
    "right-to-left": (SALAM, ""),
    "coloured": (ALICE, "bg=809ecf&clanBackgroundColor=ffe8c2&borderRadius=12px"),
    "gradient": (ALICE, "gradient=linear-gradient(45deg,%20%231a2980,%20%2326d0ce)"),
    "small": (ALICE, "hideActivity=true&hideStatus=1&hideBadges=1&hideServerTag=1&hideGlobalName=1"),
    "activity-alone": (FAMILY, "hideProfile=true&hideTimestamp=1&maxActivities=1&theme=light"),
    "idle-message": (BOB, "idleMessage=Probably%20doing%20something%20else&theme=light&hideLastSeen=1"),
    "moving": (MOVING, "theme=auto"),
    "still": (MOVING, "animated=false&animatedDecoration=false&theme=auto"),
    "unknown": (NOBODY_KNOWN, ""),
}


def drawn(name: str) -> bytes:
    seen, query = CARDS[name]
    return draw(seen, read_options(query), ART, NOW)


if __name__ == "__main__":
    DRAWN.mkdir(exist_ok=True)
    for each in CARDS:
        (DRAWN / f"{each}.svg").write_bytes(drawn(each) + b"\n")
