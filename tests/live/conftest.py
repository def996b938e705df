"""The fixture `serving`, and the end of every connection that a test has opened."""

from collections.abc import Iterator

import pytest

from tests.live.clients import OPENED
from tests.serving import serving  # noqa: F401 - the fixture


@pytest.fixture(autouse=True)
def _no_connection_stays() -> Iterator[None]:
    yield
    OPENED.close()
