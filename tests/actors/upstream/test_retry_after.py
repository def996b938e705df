"""How long a server wants to be left alone: as headers say it, never for ever, and never an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.upstream.retry_after import LONGEST, retry_after
from tests.clock import BEGINNING  # 2023-11-14T22:13:20Z


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "30"}, 30),
        ({"retry-after": " 30 "}, 30),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "\u00b2"}, 0),
        ({"retry-after": "\u0663"}, 0),
        ({"retry-after": "Tue, 14 Nov 2023 22:14:20 GMT"}, 60),
        ({"retry-after": "Tue, 14 Nov 2023 23:14:20 +0100"}, 60),
        ({"retry-after": "Tue, 14 Nov 2023 22:00:00 GMT"}, 0),
        ({"retry-after": "99999999999999999999"}, LONGEST),
        ({"x-ratelimit-reset": "2023-11-14T22:15:20.000000Z"}, 120),
        ({"x-ratelimit-reset": "2023-11-14T22:15:20"}, 120),
        ({"x-ratelimit-reset": "2023-11-14T22:15:20Z", "x-ratelimit-remaining": "12"}, 0),
        ({"retry-after": "10", "x-ratelimit-reset": "2023-11-14T22:15:20Z"}, 10),
        ({"retry-after": "nonsense", "x-ratelimit-reset": "0001-01-01T00:00:00Z"}, 0),
    ],
)
def test_headers(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, BEGINNING) == pytest.approx(seconds)


@given(st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset", "x-ratelimit-remaining"]), st.text()))
def test_whatever_they_say_is_bounded(headers: dict[str, str]) -> None:
    assert 0 <= retry_after(headers, BEGINNING) <= LONGEST
