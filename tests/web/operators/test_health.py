"""When the server says that it lives and that it is ready."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from gevent.event import Event

from actors.clock import WallClock
from actors.errors import Unavailable
from actors.falls import Limits
from actors.house import House
from actors.plan import plan
from actors.settings import Module
from actors.supervision import fixed
from storage.board import LocalBoard
from web.operators import health
from web.operators.health import Health
from web.views import Request

FIXED = (
    *("presence", "journal", "keeper", "leases", "directory", "envoys", "committer", "courier", "notifier", "roster"),
    *("warden", "painter", "listeners", "connections"),
)


class Records:
    """A store that answers, is away, or does not come back."""

    state = "there"

    def changes(self, _since: int) -> tuple[()]:
        if self.state == "away":
            raise Unavailable("store-away")
        if self.state == "stuck":
            Event().wait()
        return ()


@pytest.fixture
def standing():
    """A house all of whose fixed children live, its store and the view."""
    house, records = House(WallClock(), LocalBoard()), Records()
    module = Module(entry="example:run")
    nothing: Any = None  # nothing is started
    tree = plan(
        house,
        nothing,
        nothing,
        0,
        Limits(),
        archive=nothing,
        modules={"weather": module},
        measure=nothing,
        claim_of=nothing,
        outbox=nothing,
        senders={},
        webhooks=nothing,
        words=nothing,
    )
    always = tuple(fixed(tree))
    for address in always:
        address.ref = SimpleNamespace(is_alive=lambda: True)  # type: ignore[assignment]
    return house, records, Health(house, records, always)


def told(view: Health, **environ: object) -> tuple[int, dict[str, object]]:
    answer = view.ready(Request(dict(environ)))
    return answer.status, json.loads(answer.body)


def test_ready_when_everything_stands(standing):
    _, _, view = standing
    assert told(view) == (200, {"ready": True, "store": True, "supervisors": True, "draining": False})


@pytest.mark.parametrize("name", FIXED)
def test_not_ready_without_a_fixed_child(standing, name):
    house, _, view = standing
    for absent in (None, SimpleNamespace(is_alive=lambda: False)):
        getattr(house, name).ref = absent
        assert told(view) == (503, {"ready": False, "store": True, "supervisors": False, "draining": False})


@pytest.mark.parametrize("state", ["away", "stuck"])
def test_not_ready_without_the_store(standing, state, monkeypatch):
    _, records, view = standing
    monkeypatch.setattr(health, "STORE_SECONDS", 0.05)
    records.state = state
    assert told(view) == (503, {"ready": False, "store": False, "supervisors": True, "draining": False})


def test_not_ready_while_a_writer_has_to_put_its_writing_off(standing):
    house, _, view = standing
    house.outages.begin("presence/keeper", "Keeper", 1.0)
    assert told(view) == (503, {"ready": False, "store": False, "supervisors": True, "draining": False})
    house.outages.end("presence/keeper")
    assert told(view)[0] == 200


def test_not_ready_while_draining_but_alive_whatever_is_missing(standing):
    house, records, view = standing
    assert told(view, **{"presently.draining": True})[0] == 503
    house.presence.ref, records.state = None, "away"
    answer = view.alive(Request({}))
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
