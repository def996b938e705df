"""A post office on the Stage for whoever's test wants one."""

from collections.abc import Iterator

import pytest

from tests.actors.courier.cast import STEADY, PostOffice
from tests.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@pytest.fixture
def office(stage: Stage) -> PostOffice:
    return PostOffice(stage, STEADY)
