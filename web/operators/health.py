"""Health: does the process live (`/healthz`), and may it be sent requests (`/readyz`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import gevent

from actors.errors import Unavailable
from actors.house import House
from actors.runtime import Address
from actors.warden import Records
from web.routing import Route
from web.views import Answer, Request, json_answer

STORE_SECONDS = 2.0
"""Within which the store must answer to count as there."""

_NO_CHANGE = 1 << 62
_ALIVE = json_answer({"status": "ok"}, headers=(("Cache-Control", "no-store"),))


@dataclass(frozen=True, slots=True)
class Health:
    """Two views without words of any dialect."""

    house: House
    records: Records
    fixed: Sequence[Address]
    """Who always lives (actors/supervision/tree.py)."""

    def routes(self) -> tuple[Route, ...]:
        """Both paths, which probes know."""
        return (Route("GET", "/healthz", self.alive), Route("GET", "/readyz", self.ready))

    def alive(self, _request: Request) -> Answer:
        """That this is answered at all shows the process and its hub; nothing else is asked, so it fails last."""
        return _ALIVE

    def ready(self, request: Request) -> Answer:
        """200, or 503 from the very moment on that anything is missing; the body says what."""
        standing = {
            "store": not self.house.outages and self._store_answers(),
            "supervisors": self._tree_stands(),
            "draining": bool(request.environ.get("presently.draining")),
        }
        ready = standing["store"] and standing["supervisors"] and not standing["draining"]
        return json_answer({"ready": ready, **standing}, 200 if ready else 503, (("Cache-Control", "no-store"),))

    def _store_answers(self) -> bool:
        """Whether it can be read; that it refuses what is written its writers know (actors/outages.py)."""
        try:
            with gevent.Timeout(STORE_SECONDS):
                self.records.changes(_NO_CHANGE)
        except (Unavailable, gevent.Timeout):
            return False
        return True

    def _tree_stands(self) -> bool:
        """Whether all fixed children live: one that is parked or backs off does not."""
        refs = [address.ref for address in self.fixed]
        return all(ref is not None and ref.is_alive() for ref in refs)
