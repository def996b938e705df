"""One server for all live tests of presenti's accounts: registration is open, and nobody is throttled."""

from collections.abc import Iterator

import pytest

from tests.serving import Served, command, start


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    config = "[presenti]\nregistration = true\nexpires_ms = 2000\n[limits]\nsign_ins_per_minute = 0\n"
    config += 'requests_per_second = 0\n[web]\norigins = ["https://app.example.org"]\n'
    with start(tmp_path_factory.mktemp("presenti") / "data", config=config) as server:
        yield server


@pytest.fixture(scope="session")
def first_party(open_server: Served) -> str:
    token: str = command(open_server.data, "token", "first-party")["token"]
    return token
