"""A hidden user answers strangers exactly as an unknown one (PROMISES 3.13), and is there for first parties."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.clock import WallClock
from actors.house import House
from actors.presence import NOBODY, Claim, Source, Status
from actors.settings import Limits, Settings
from storage.board import LocalBoard
from storage.database import open_database
from storage.passwords import Passwords
from storage.store import Store
from tests.web.outside import nothing_outside
from web.app import create_app


class Front:
    """The application in this process, asked without a socket."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(open_database(folder / "hidden.sqlite"), WallClock())
        self.house = House(WallClock(), LocalBoard())
        self.passwords = Passwords()
        settings = Settings(limits=Limits(requests_per_second=0))
        self.app = create_app(self.house, settings, self.store, self.passwords, nothing_outside(self.house.clock))

    def get(self, path: str, query: str, token: str = "") -> tuple[int, Any]:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8138",
            "HTTP_HOST": "127.0.0.1:8138",
            "HTTP_AUTHORIZATION": token,
            "wsgi.url_scheme": "http",
            "presently.websocket": False,
        }
        told: list[str] = []
        body = b"".join(self.app(environ, lambda status, _fields: told.append(status)))
        return int(told[0][:3]), json.loads(body)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    made = Front(tmp_path)
    with capture_logs():
        yield made
    made.passwords.close()
    made.store.close()


def test_a_hidden_user_is_unknown_to_strangers(front: Front) -> None:
    subject = front.store.add_account("ann")
    own, first_party = (
        front.store.create_token(account, (scope,))[0]
        for account, scope in ((subject.id, "publish"), (None, "first-party"))
    )
    front.house.register.learn(subject)
    queries = (("/api/user/lookup", f"uuid={subject.id}"), ("/api/user/lookup", "scope=ann"))
    for path, query in (*queries, ("/api/user/resolve", f"uuid={subject.id}")):
        assert front.get(path, query)[0] == 200
    hidden = Claim(Source("discord", "1"), since=0.0, status=Status.INVISIBLE)
    front.house.register.presences[subject.id] = NOBODY.with_claim(hidden)
    for path, query in (*queries, ("/api/user/resolve", f"uuid={subject.id}")):
        assert front.get(path, query) == front.get(path, "uuid=junk") == (404, {"error": "Unknown user.", "code": 404})
        assert front.get(path, query, own)[0] == front.get(path, query, first_party)[0] == 200


def test_a_tokens_last_use_is_noted(front: Front) -> None:
    token, credential = front.store.create_token(None, ("first-party",))
    before = front.house.clock.now()
    assert front.get("/api/user/me", "", token) == (200, {"root": True})
    assert before <= front.house.keyring.used[credential.id] <= front.house.clock.now()
