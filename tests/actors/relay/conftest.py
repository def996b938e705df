"""Who listens to the fake instance in these tests."""

from collections.abc import Iterator

import pytest

from tests.actors.relay.listening import Listening


@pytest.fixture
def catch_up() -> bool:
    """Whether what was missed is asked for; tests that are about that say so."""
    return False


@pytest.fixture
def listening(catch_up: bool) -> Iterator[Listening]:
    made = Listening(catch_up=catch_up)
    yield made
    made.close()
