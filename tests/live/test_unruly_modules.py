"""Whatever a module in the process raises, and wherever, the server goes on without it."""

import pytest

pytestmark = pytest.mark.live

UNRULY = """
import sys

import gevent


def interrupting(publisher):
    raise KeyboardInterrupt("of its own")


def spawning(publisher):
    for error in (KeyboardInterrupt("in a greenlet"), SystemExit(4), SystemError("in a greenlet")):
        gevent.spawn(throw, error).join()
    raise RuntimeError("all are done")


def throw(error):
    raise error
"""
CONFIG = """
[supervision]
backoff = 0.01
backoff_max = 0.01

[modules.interrupting]
entry = "unruly:interrupting"

[modules.spawning]
entry = "unruly:spawning"
"""


def test_what_a_module_or_a_greenlet_of_its_own_raises_ends_no_server(
    serving, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail: a KeyboardInterrupt, and any SystemExit in a greenlet, ended the process without a drain."""
    (tmp_path / "unruly.py").write_text(UNRULY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = serving(tmp_path / "data", config=CONFIG)
    for name, reason in (("interrupting", "KeyboardInterrupt: of its own"), ("spawning", "RuntimeError: all are done")):
        assert f'reason="{reason}"' in server.wait_for(f"event=parked path=presence/listeners/module:{name} ")
    assert "event=stopped path=presence/keeper" not in "\n".join(server.lines)
    assert server.stop() == 0
