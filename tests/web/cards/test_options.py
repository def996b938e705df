"""Options: Lantern's texts to the letter, the other cards' spellings beside them."""

import contextlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Malformed
from web.cards.options import ALIASES, TABLE, Options, Section, read_options

FLAGS = ("hideGlobalName", "hideStatus", "hideBadges", "hideActivity", "hideLastSeen", "hideServerTag")
GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "cards.md").read_text("utf-8")


def fault(query: str) -> str:
    with pytest.raises(Malformed) as refused:
        read_options(query)
    return str(refused.value)


def test_without_any_it_is_the_card_that_lantern_draws() -> None:
    assert read_options("") == Options() == read_options("cachebuster=1&user_ids=2")
    assert read_options("svg=1&theme=dark&borderRadius=2&hideActivity=0&hideStatus=0") == Options(svg=True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("svg=true", "svg must be a number."),
        ("svg=", "svg must be a number."),
        ("svg=01", "svg must be either 0 or 1."),
        ("svg=2", "svg must be either 0 or 1."),
        ("theme=blue", 'Theme must be either "light" or "dark".'),
        ("borderRadius=round", "borderRadius must be a number."),
        *((f"{name}=no", f"{name} must be a number.") for name in FLAGS),
        *((f"{name}=2", f"{name} must be either 0 or 1.") for name in FLAGS),
        ("noActivityTitle=", "noActivityTitle must be 1-64 characters long."),
        (f"noActivityTitle={'x' * 65}", "noActivityTitle must be 1-64 characters long."),
        (f"noActivityMessage={'x' * 257}", "noActivityMessage must be 1-256 characters long."),
        ("bg=red", "bg must be a colour of 3 or 6 hexadecimal digits."),
        (
            "gradient=red",
            "gradient must be like linear-gradient(45deg, #1a2980, #26d0ce), of 2 to 6 colours.",
        ),
        ("ignoreAppId=vscode", "ignoreAppId must be ids, separated by commas."),
        ("maxActivities=6", "maxActivities must be a number from 1 to 5."),
    ],
)
def test_what_cannot_be_is_said_in_lanterns_words(query: str, sentence: str) -> None:
    assert fault(query) == sentence


def test_the_first_fault_in_the_tables_order_is_told() -> None:
    assert fault("noActivityTitle=&hideStatus=no&theme=blue") == 'Theme must be either "light" or "dark".'


@pytest.mark.parametrize(
    ("query", "radius"),
    [("0", 0.0), ("1.5", 24.0), (".5", 8.0), ("30px", 30.0), ("1rem", 16.0), ("-3", 0.0), ("2em", 32.0)],
)
def test_the_radius_is_in_rem_unless_it_says_otherwise(query: str, radius: float) -> None:
    """Lantern takes 0 for unset and cuts 1.5 to 1; the specification advises against both."""
    assert read_options(f"borderRadius={query}").radius == radius


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("theme=auto", {"theme": "auto"}),
        ("theme=transparent", {"theme": "transparent"}),
        ("hideBadges=true", {"hide_badges": True}),
        ("hideBadges=false", {}),
        ("hideTag=true", {"hide_server_tag": True}),
        ("showDisplayName=false", {"hide_global_name": True}),
        ("showDisplayName=false&hideGlobalName=0", {}),
        ("idleMessage=Gone", {"no_activity_message": "Gone", "no_activity_title": ""}),
        ("idleMessage=Gone&noActivityTitle=Oh", {"no_activity_message": "Gone", "no_activity_title": "Oh"}),
        ("noActivityTitle=1%20day", {"no_activity_title": "1 day"}),
        ("hideActivity=1", {"activity": Section.EMPTIED}),
        ("hideActivity=true", {"activity": Section.LEFT_OUT}),
        ("hideActivity=whenNotUsed", {"activity": Section.LEFT_OUT_WHEN_IDLE}),
        ("bg=809ecf", {"background": "809ecf"}),
        ("bg=%23FC0", {"background": "ffcc00"}),
        ("ignoreAppId=1,%202,", {"ignored_applications": frozenset({"1", "2"})}),
        ("maxActivities=5", {"activities": 5}),
        ("theme=light&theme=blue", {"theme": "light"}),
        ("svg=1&svg=1", {"svg": False}),
    ],
)
def test_what_is_understood(query: str, changed: dict[str, object]) -> None:
    assert read_options(query) == replace(Options(), **changed)  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from([option.name for option in (*TABLE, *ALIASES)]), st.text(max_size=8)))
def test_anything_is_understood_or_refused(given: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in given.items())
    with contextlib.suppress(Malformed):
        assert read_options(query).radius >= 0


@pytest.mark.parametrize("option", [*TABLE, *ALIASES], ids=lambda option: option.name)
def test_the_guide_has_a_line_for_each(option) -> None:
    assert f"| `{option.name}` |" in GUIDE
