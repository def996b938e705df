"""Times on a card."""

import pytest

from web.cards.spans import ago, clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (65.9, "0:01:05"), (3725, "1:02:05"), (360_000, "100:00:00"), (-5, "0:00:00")],
)
def test_hours_do_not_wrap_and_nothing_is_negative(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-9, "less than a minute ago"),
        (59, "less than a minute ago"),
        (60, "1 minute ago"),
        (7_300, "2 hours ago"),
        (86_400 * 3, "3 days ago"),
        (86_400 * 40, "1 month ago"),
        (86_400 * 800, "2 years ago"),
    ],
)
def test_how_long_ago(seconds: float, text: str) -> None:
    assert ago(seconds) == text
