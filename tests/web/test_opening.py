"""Opening: as many descriptors as the system gives, and a word where they are too few."""

import resource

import pytest
from structlog.testing import capture_logs

from web.opening import SPARE_DESCRIPTORS, allow_connections


@pytest.mark.parametrize(
    ("wanted", "most", "admitted", "warnings"),
    [
        (1_000, 100, 36, 1),
        (1_000, 1_000, 1_000 - SPARE_DESCRIPTORS, 1),
        (1_000, 1_000 + SPARE_DESCRIPTORS, 1_000, 0),
        (1_000, resource.RLIM_INFINITY, 1_000, 0),
        (1_000, SPARE_DESCRIPTORS, 1, 1),
        (1_000, 3, 1, 1),
        (0, 1_000, 1_000 - SPARE_DESCRIPTORS, 0),
        (0, resource.RLIM_INFINITY, 0, 0),
    ],
)
def test_as_many_connections_are_admitted_as_there_are_descriptors(
    monkeypatch: pytest.MonkeyPatch, wanted: int, most: int, admitted: int, warnings: int
) -> None:
    taken: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (64, most))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: taken.append(limits))
    with capture_logs() as lines:
        assert allow_connections(wanted) == admitted
    assert [line["log_level"] for line in lines] == ["warning"] * warnings
    assert taken == ([] if most == resource.RLIM_INFINITY else [(most, most)])
