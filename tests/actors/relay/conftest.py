"""Who listens to the fake instance in these tests."""

from collections.abc import Iterator

import pytest

from tests.actors.relay.listening import Listening


@pytest.fixture
def listening() -> Iterator[Listening]:
    made = Listening()
    yield made
    made.close()
