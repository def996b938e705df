"""A house on the Stage for whoever's test wants one."""

from collections.abc import Iterator

import pytest

from tests.actors.home import ALICE, Home
from tests.actors.publishing import RecordedHouse
from tests.stage import Stage


@pytest.fixture
def home() -> Iterator[Home]:
    with Stage() as stage:
        yield Home(stage)


@pytest.fixture
def alice(home: Home) -> None:
    """She has an account, but nobody has asked for her yet."""
    home.house.register.learn(ALICE)


@pytest.fixture
def recorded() -> Iterator[RecordedHouse]:
    """A house in which modules run; whatever was started there is stopped."""
    made = RecordedHouse()
    yield made
    for ref in made.refs:
        if ref.is_alive():
            ref.stop()
