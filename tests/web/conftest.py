"""A street of real sockets before a house on the Stage, for whoever's test wants one."""

from collections.abc import Iterator

import pytest

from tests.stage import Stage
from tests.web.street import Street
from tests.web.wired import no_error_in_the_hub


@pytest.fixture
def street() -> Iterator[Street]:
    with no_error_in_the_hub(), Stage() as stage:
        street = Street(stage)
        yield street
        street.wired.close()
        street.until(street.is_quiet)
