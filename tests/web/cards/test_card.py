"""The card as a whole: as drawn in docs/cards, well-formed whatever anybody writes, harmless and still."""

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.presence import Kind
from tests.test_arrows import outside
from tests.texts import any_text
from tests.web.cards.faces import (
    ALICE,
    ART,
    BOB,
    CARDS,
    DRAWN,
    EDITOR,
    EVERY_BADGE,
    FAMILY,
    GAME,
    MOVING,
    MUSIC,
    NOW,
    drawn,
)
from web.cards.card import doings, draw, moving, wanted
from web.cards.face import NOBODY_KNOWN, Doing, Face, Mood, Tag
from web.cards.ground import read_ground
from web.cards.icons import BADGES
from web.cards.options import ALIASES, TABLE, THEMES, Option, Options, Section, read_options

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {
    "svg",
    "title",
    "desc",
    "style",
    "g",
    "rect",
    "circle",
    "path",
    "text",
    "image",
    "mask",
    "clipPath",
    "linearGradient",
    "stop",
}
PURE = [
    f"web.cards.{name}" for name in ("card", "face", "header", "avatar", "rows", "icons", "options", "words", "colours")
]


def tree(data: bytes) -> ET.Element:
    return ET.fromstring(data)


def texts(card: ET.Element) -> list[str]:
    return [node.text or "" for node in card.iter(f"{SVG}text")]


def shown(seen: Face, query: str = "", now: float = NOW) -> list[str]:
    return texts(tree(draw(seen, read_options(query), ART, now)))


def assert_harmless(card: ET.Element) -> None:
    assert card.tag == f"{SVG}svg"
    for node in card.iter():
        assert node.tag.removeprefix(SVG) in ALLOWED
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on")
            if name == "href":
                assert re.fullmatch(r"data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/=]*", value)
    (style,) = card.iter(f"{SVG}style")
    assert not re.search(r"url|import|animation|transition|expression|<", style.text or "")


@pytest.mark.parametrize("name", CARDS)
def test_it_is_as_drawn(name: str) -> None:
    """`python -m tests.web.cards.faces` draws them anew; look at them before you commit them."""
    assert drawn(name) + b"\n" == (DRAWN / f"{name}.svg").read_bytes()


@pytest.mark.parametrize("name", CARDS)
def test_it_is_an_image_with_a_name_for_those_who_do_not_see_it(name: str) -> None:
    card = tree(drawn(name))
    assert_harmless(card)
    assert card.get("role") == "img"
    title, description = (next(card.iter(f"{SVG}{tag}")) for tag in ("title", "desc"))
    assert card.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text
    assert description.text


def test_what_is_said_of_it() -> None:
    card = tree(drawn("spotify"))
    assert next(card.iter(f"{SVG}title")).text == "Alice Liddell: online"
    assert next(card.iter(f"{SVG}desc")).text == (
        "down the rabbit hole. Listening to Spotify. Nocturne No. 2 in E-flat major, Frédéric Chopin, Nocturnes, Op. 9."
    )


anyone = st.builds(
    Face,
    name=st.text(max_size=40),
    handle=st.none() | st.text(max_size=20),
    avatar=st.none() | st.just("avatar"),
    moving_avatar=st.none() | st.just("moving-avatar"),
    decoration=st.none() | st.sampled_from(("decoration", "missing")),
    moving_decoration=st.none() | st.just("moving-decoration"),
    status=st.sampled_from(("online", "idle", "dnd", "offline")),
    badges=st.lists(st.sampled_from(EVERY_BADGE) | st.text(max_size=5), max_size=30).map(tuple),
    tag=st.none() | st.builds(Tag, st.text(max_size=8), st.none() | st.just("tag")),
    mood=st.none() | st.builds(Mood, st.text(max_size=40), st.text(max_size=4), st.none()),
    doings=st.lists(
        st.builds(
            Doing,
            kind=st.sampled_from(Kind),
            name=st.text(max_size=30),
            details=any_text(),
            state=st.text(max_size=30),
            album=st.text(max_size=9),
            picture=st.none() | st.sampled_from(("cover", "missing")),
            small=st.none() | st.just("small"),
            started_ms=st.none() | st.floats(-1e18, 1e18),
            ends_ms=st.none() | st.floats(-1e18, 1e18),
            paused=st.booleans(),
            application=st.none() | st.just("1"),
        ),
        max_size=3,
    ).map(tuple),
    last_seen_at=st.none() | st.floats(0, 4e9),
    known=st.booleans(),
)
wishes = st.builds(
    Options,
    theme=st.sampled_from(("dark", "light", "auto", "transparent")),
    radius=st.floats(0, 1e6),
    hide_global_name=st.booleans(),
    hide_status=st.booleans(),
    hide_profile=st.booleans(),
    hide_timestamp=st.booleans(),
    animated=st.booleans(),
    hide_decoration=st.booleans(),
    animated_decoration=st.booleans(),
    activity=st.sampled_from(Section),
    no_activity_title=st.text(max_size=64),
    no_activity_message=st.text(max_size=256),
    background=st.none() | st.just("809ecf"),
    ground=st.none() | st.just(read_ground("linear-gradient(#123, #abc)")),
    activities=st.integers(1, 5),
)


@given(anyone, wishes)
def test_whatever_anybody_writes_it_is_well_formed_and_harmless(seen: Face, options: Options) -> None:
    card = tree(draw(seen, options, ART, NOW))
    assert_harmless(card)
    high = float(card.get("height", ""))
    for node in card.iter(f"{SVG}rect"):
        assert float(node.get("y", "0")) + float(node.get("height", "")) <= high


@pytest.mark.parametrize(
    "nasty", ["</text><script>alert(1)</script>", '"><image href="https://e.org/x"/>', "&lt;&#0;]]>"]
)
def test_markup_is_text(nasty: str) -> None:
    seen = replace(ALICE, name=nasty, mood=Mood(nasty, nasty, None), tag=Tag(nasty, None), doings=())
    card = tree(draw(seen, read_options(f"noActivityTitle={'%3Cscript%3E'}"), {}, NOW))
    assert_harmless(card)
    assert texts(card)[1].startswith(nasty[:9])
    assert "<script>" in texts(card)


def test_status_is_told_by_shape_as_well_as_by_colour() -> None:
    shapes = set()
    for status in ("online", "idle", "dnd", "offline"):
        (icon,) = tree(draw(replace(ALICE, status=status), Options(), ART, NOW)).findall(
            f".//{SVG}path[@class='{status}']"
        )
        shapes.add(icon.get("d"))
    assert len(shapes) == 4
    assert not tree(draw(ALICE, Options(hide_status=True), ART, NOW)).findall(f".//{SVG}path[@class='online']")


def test_every_badge_has_a_drawing_of_its_own_and_what_has_none_is_left_out() -> None:
    assert len({path for _, _, path in BADGES.values()}) == len(BADGES) - 1, "only the two hunters share a bug"
    card = tree(draw(replace(ALICE, badges=("Spammer", "Staff", "Quarantined"), doings=()), Options(), ART, NOW))
    assert [node.text for node in card.findall(f".//{SVG}g/{SVG}title")] == ["Staff"]


def test_times_go_on_and_stop_at_the_end() -> None:
    assert {"0:01:05 elapsed", "0:03:27 left"} <= set(shown(ALICE))
    assert {"0:04:32 elapsed", "0:00:00 left"} <= set(shown(ALICE, now=NOW + 9_999))
    assert "1:02:05 elapsed" in shown(FAMILY)
    assert not [line for line in shown(ALICE, "hideTimestamp=1") if "elapsed" in line or "left" in line]
    assert "Paused" in shown(replace(ALICE, doings=(replace(MUSIC, paused=True),)))


def test_the_bar_is_as_long_as_what_was_heard() -> None:
    track, bar = (
        float(tree(drawn("spotify")).find(f".//{SVG}rect[@height='5'][@class='{name}']").get("width"))  # type: ignore[union-attr, arg-type]
        for name in ("track", "bar")
    )
    assert bar / track == pytest.approx(65 / 272, abs=0.001)


def test_last_seen_is_said_of_who_is_offline_and_was_seen() -> None:
    assert "Last seen 2 hours ago" in shown(BOB)
    assert not [
        line for line in shown(replace(BOB, last_seen_at=None)) + shown(BOB, "hideLastSeen=1") if "seen" in line
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ("Visual Studio Code", "Spotify")),
        ("maxActivities=1", ("Visual Studio Code",)),
        ("maxActivities=5", ("Visual Studio Code", "Spotify", "Chess")),
        ("hideSpotify=true&maxActivities=5", ("Visual Studio Code", "Chess")),
        ("ignoreAppId=383226320970055681,2", ("Spotify",)),
        ("hideActivity=1", ()),
        ("hideActivity=true", ()),
        ("hideActivity=whenNotUsed", ("Visual Studio Code", "Spotify")),
    ],
)
def test_which_activities_are_shown(query: str, names: tuple[str, ...]) -> None:
    assert tuple(doing.name for doing in doings(FAMILY, read_options(query))) == names


def test_without_activities_it_says_so_or_says_nothing() -> None:
    assert {"No Activity", "User is not currently doing anything."} <= set(shown(BOB))
    assert "No Activity" in shown(ALICE, "hideActivity=1")
    for query in ("hideActivity=true", "hideActivity=whenNotUsed"):
        assert "No Activity" not in shown(BOB, query)
    assert shown(BOB, "idleMessage=Gone&hideProfile=1") == ["Gone"]


def test_who_is_unknown_is_nobody_in_particular() -> None:
    assert shown(NOBODY_KNOWN) == ["Unknown user", "Whoever this is has no presence here."]
    assert shown(NOBODY_KNOWN, "hideProfile=1&hideActivity=1") == shown(NOBODY_KNOWN)


def test_a_missing_picture_is_a_drawing_and_a_small_one_takes_a_large_ones_place() -> None:
    def images(art: dict[str, str]) -> list[str | None]:
        return [node.get("href") for node in tree(draw(seen, Options(), art, NOW)).iter(f"{SVG}image")]

    seen = replace(ALICE, avatar=None, tag=None, doings=(EDITOR,))
    assert images(ART) == [ART["editor"], ART["small"]]
    assert images({"small": ART["small"]}) == [ART["small"]]
    assert images({}) == []


def test_only_what_will_be_drawn_is_fetched_as_large_as_it_is_needed() -> None:
    assert wanted(ALICE, Options()) == {"avatar": 192, "cover": 192, "tag": 64}
    assert wanted(FAMILY, Options(activities=1)) == {"editor": 192, "small": 64}
    assert wanted(replace(ALICE, doings=(GAME,)), Options(hide_spotify=True)) == {"avatar": 192, "tag": 64}


def test_of_what_moves_both_are_there_and_the_readers_wish_decides() -> None:
    def images(query: str, art: dict[str, str] = ART) -> list[tuple[str | None, str | None]]:
        card = tree(draw(MOVING, read_options(f"{query}&hideActivity=true&hideTag=1"), art, NOW))
        (style,) = card.iter(f"{SVG}style")
        found = [(names[node.get("href") or ""], node.get("class")) for node in card.iter(f"{SVG}image")]
        assert ("prefers-reduced-motion:no-preference" in (style.text or "")) is (
            "moving" in {class_ for _, class_ in found}
        )
        return found

    names = {data: name for name, data in ART.items()}
    avatar = [("avatar", "still"), ("moving-avatar", "moving")]
    decoration = [("decoration", "still"), ("moving-decoration", "moving")]
    assert images("") == avatar + decoration
    assert images("animated=0") == [("avatar", None), *decoration]
    assert images("animatedDecoration=0") == [*avatar, ("decoration", None)]
    assert images("hideDecoration=1") == avatar
    stills = {name: data for name, data in ART.items() if not name.startswith("moving")}
    assert images("", stills) == [("avatar", None), ("decoration", None)]
    restless = {name: data for name, data in ART.items() if name.startswith("moving")}
    assert images("", restless) == [], "without a still nothing moves: some readers could not stop it"


def test_of_what_moves_only_what_will_be_drawn_is_fetched() -> None:
    every = {"moving-avatar": 128, "moving-decoration": 128}
    assert moving(MOVING, Options()) == every
    assert moving(MOVING, Options(animated=False)) == {"moving-decoration": 128}
    assert moving(MOVING, Options(animated_decoration=False)) == {"moving-avatar": 128}
    assert moving(MOVING, Options(hide_decoration=True)) == {"moving-avatar": 128}
    assert wanted(MOVING, Options())["decoration"] == 192
    assert "decoration" not in wanted(MOVING, Options(hide_decoration=True))
    assert moving(ALICE, Options()) == {}


BUSY = replace(MOVING, doings=(MUSIC, EDITOR, GAME))
CHANGES = {
    "theme": (BUSY, "light"),
    "borderRadius": (BUSY, "0"),
    "hideGlobalName": (BUSY, "1"),
    "hideStatus": (BUSY, "1"),
    "hideBadges": (BUSY, "1"),
    "hideActivity": (BUSY, "1"),
    "hideLastSeen": (BOB, "1"),
    "hideServerTag": (BUSY, "1"),
    "noActivityTitle": (BOB, "Out"),
    "noActivityMessage": (BOB, "Back soon"),
    "hideTimestamp": (BUSY, "1"),
    "hideProfile": (BUSY, "1"),
    "hideSpotify": (BUSY, "1"),
    "animated": (BUSY, "0"),
    "hideDecoration": (BUSY, "1"),
    "animatedDecoration": (BUSY, "0"),
    "ignoreAppId": (BUSY, EDITOR.application),
    "bg": (BUSY, "809ecf"),
    "gradient": (BUSY, "linear-gradient(45deg, #1a2980, #26d0ce)"),
    "clanBackgroundColor": (BUSY, "ffe8c2"),
    "maxActivities": (BUSY, "3"),
    "hideTag": (BUSY, "1"),
    "showDisplayName": (BUSY, "0"),
    "idleMessage": (BOB, "Back soon"),
}


@pytest.mark.parametrize("option", [*TABLE, *ALIASES], ids=lambda option: option.name)
def test_every_option_changes_the_picture_and_its_default_does_not(option: Option) -> None:
    seen, value = CHANGES[option.name]
    usual = draw(seen, Options(), ART, NOW)
    assert draw(seen, read_options(urlencode({option.name: value})), ART, NOW) != usual
    if option.shape in {"switch", "off"}:
        without = str(int(value == "0"))
        assert draw(seen, read_options(urlencode({option.name: without})), ART, NOW) == usual


@pytest.mark.parametrize(
    ("name", "choices"), [("theme", tuple(THEMES)), ("hideActivity", [each.value for each in Section])]
)
def test_every_choice_is_a_picture_of_its_own(name: str, choices: Sequence[str]) -> None:
    pictures = {
        tuple(draw(seen, read_options(f"{name}={choice}"), ART, NOW) for seen in (BUSY, BOB)) for choice in choices
    }
    assert len(pictures) == len(choices)


@pytest.mark.parametrize("module", PURE)
def test_drawing_is_pure(module: str) -> None:
    assert not outside(module) & {"flask", "gevent", "pykka", "werkzeug"}


def test_no_card_is_drawn_by_joining_strings() -> None:
    """What escapes is the standard library's writer, so nothing may go round it."""
    paths = list((Path(__file__).parents[3] / "web" / "cards").glob("*.py"))
    assert paths
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"<(svg|text|g|rect|image)\b", node.value), path
