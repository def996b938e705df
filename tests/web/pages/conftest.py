"""One server for all that reads pages over HTTP: seven people, one of whom hides."""

import pytest

from actors.clock import WallClock
from storage.database import open_database
from storage.store import Store
from tests.serving import start

NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "ghost")
CONFIG = """
[presenti]
expires_ms = 600000
[limits]
messages_per_minute = 0
requests_per_second = 0
[modules.cloak]
entry = "cloak:publish"
user = "ghost"
"""
CLOAK = """
from actors.presence import Activity, Status

def publish(publisher):
    publisher.say([Activity(name="Secret")], lease=600.0, status=Status.INVISIBLE)
    publisher.wait(600.0)
"""


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "cloak.py").write_text(CLOAK)
    data = folder / "data"
    data.mkdir()
    store = Store(open_database(data / "presently.sqlite"), WallClock())
    tokens = {name: store.add_newcomer(name, ("publish",)).token for name in NAMES}
    store.close()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(folder))
        with start(data, config=CONFIG) as server:
            yield server, tokens
