import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import serving  # noqa: F401 - the fixture

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _no_connection_stays() -> Iterator[None]:
    from clients import OPENED

    yield
    OPENED.close()
