"""Opening: as many descriptors as the system gives, and a word where they are too few."""

import resource

import pytest
from structlog.testing import capture_logs

from web.opening import SPARE_DESCRIPTORS, allow_descriptors


@pytest.mark.parametrize(("most", "warnings"), [(100, 1), (1_000 + SPARE_DESCRIPTORS, 0), (resource.RLIM_INFINITY, 0)])
def test_too_few_descriptors_are_told(monkeypatch: pytest.MonkeyPatch, most: int, warnings: int) -> None:
    taken: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (64, most))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: taken.append(limits))
    with capture_logs() as lines:
        allow_descriptors(1_000)
    assert [line["log_level"] for line in lines] == ["warning"] * warnings
    assert taken == ([] if most == resource.RLIM_INFINITY else [(most, most)])
