"""The load module: its words, its options, and how it lives in a real server beside modules that do not."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Fatal
from actors.modules.load import LIVES, Load, Options, activity, keep_peak, look, publish, read_options
from actors.presence import Link
from tests.event_stream import EventStream
from tests.serving import ROOT, start

MEMINFO = (
    "MemTotal:       8388608 kB\nMemFree:         100000 kB\nMemAvailable:    6291456 kB\nHugePages_Total:       0\n"
)


def test_a_look_reads_the_averages_and_the_memory(tmp_path):
    (tmp_path / "meminfo").write_text(MEMINFO)
    seen = look(tmp_path / "meminfo")
    assert len(seen.averages) == 3
    assert seen.processors == os.cpu_count()
    assert (seen.memory_total, seen.memory_available) == (8388608, 6291456)


def test_a_system_that_tells_no_memory_shows_none(tmp_path):
    seen = look(tmp_path / "nothing")
    assert (seen.memory_total, seen.memory_available) == (None, None)
    assert len(activity(seen, "x", 0.0).state) == 1


def test_the_load_in_words():
    shown = activity(Load((0.5, 1.25, 2.0), 2, 8388608, 6291456), "cellar", 3.5)
    assert shown.name == "cellar"
    assert shown.details == Link("load 0.50, 1.25, 2.00")
    assert shown.state == (
        Link("over 1, 5 and 15 minutes, on 2 processors; highest over 1 minute 3.50"),
        Link("memory 2.0 of 8.0 GiB in use"),
    )
    assert activity(Load((0.5, 1.25, 2.0), 1), "x", 1.0).state == (
        Link("over 1, 5 and 15 minutes, on 1 processor; highest over 1 minute 1.00"),
    )


@given(st.lists(st.floats(0, 1e6)))
def test_the_peak_is_kept_and_only_ever_rises(loads):
    kept = {}
    for place, load in enumerate(loads, 1):
        peak = keep_peak(kept, Load((load, 0.0, 0.0), 1))
        assert peak == max(round(each, 2) for each in loads[:place])
        assert kept.get("peak", 0.0) == peak


@given(st.one_of(st.integers(1, 3600), st.floats(1, 3600)), st.text())
def test_options_that_can_be_used_are_taken(every, title):
    assert read_options("load", {"user": "a", "every_seconds": every, "title": title}) == Options(float(every), title)


def test_options_have_defaults():
    assert read_options("load", {"user": "a"}) == Options(5.0, "This machine")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"every_second": 5}, "[modules.load] has no every_second; known are every_seconds, title, user"),
        ({"every_seconds": 0}, "every_seconds must be a number from 1 to 3600"),
        ({"every_seconds": 3601}, "every_seconds must be"),
        ({"every_seconds": True}, "every_seconds must be"),
        ({"every_seconds": "5"}, "every_seconds must be"),
        ({"every_seconds": float("nan")}, "every_seconds must be"),
        ({"title": 5}, "title must be text"),
    ],
)
def test_options_that_cannot_be_used_are_fatal(options, reason):
    with pytest.raises(Fatal) as caught:
        read_options("load", {"user": "a", **options})
    assert reason in str(caught.value)


class Stop(Exception):
    """The script of a publisher is over."""


class Scripted:
    """A publisher that notes what it is told and stops the module after a few waits."""

    name = "load"

    def __init__(self, waits):
        self.options = {"user": "a", "every_seconds": 7}
        self.left, self.said, self.waited = waits, [], []
        self.values = {}

    def say(self, activities, *, lease, status=None):
        self.said.append((list(activities), lease, status))

    def wait(self, seconds):
        self.waited.append(seconds)
        if len(self.waited) == self.left:
            raise Stop


def test_it_says_the_load_again_and_again_for_a_few_periods_each():
    publisher = Scripted(3)
    with pytest.raises(Stop):
        publish(publisher)
    assert publisher.waited == [7.0] * 3
    assert [lease for _, lease, _ in publisher.said] == [LIVES * 7.0] * 3
    assert all(len(activities) == 1 and activities[0].details for activities, _, _ in publisher.said)


# --- in a real server ------------------------------------------------------------------------------------------------

CONFIG = """
[modules.load]
entry = "actors.modules.load:publish"
user = "cellar"
every_seconds = 1
title = "Cellar"

[modules.gone]
entry = "no.such.package:publish"
user = "nobody"
"""
STUCK_CONFIG = """
[modules.stuck]
entry = "stuck_module:publish"
user = "sleeper"
signal = "{signal}"
"""
STUCK = """
import pathlib
import gevent.event
from actors.presence import Activity

def publish(publisher):
    while not pathlib.Path(publisher.options["signal"]).exists():
        publisher.wait(0.05)
    publisher.say([Activity(name="Sleeping")], lease=1.5)
    gevent.event.Event().wait()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start(tmp_path_factory.mktemp("modules") / "data", config=CONFIG) as running:
        yield running


@pytest.mark.live
def test_the_load_is_seen_and_said_again(server):
    with EventStream(f"{server.url}/u/cellar/events") as stream:
        seen = stream.next_where(lambda event: event["activities"])
        assert seen["status"] == "online"
        assert seen["activities"][0]["title"] == "Cellar"
        assert seen["activities"][0]["details"]["text"].startswith("load ")


@pytest.mark.live
def test_a_module_that_cannot_be_imported_is_parked_with_its_reason_and_the_server_lives(server):
    parked = server.wait_for("event=parked.*module:gone")
    assert "no.such.package:publish: there is no module no; is it on PYTHONPATH?" in parked
    assert not [line for line in server.lines if "event=restarted" in line]


@pytest.mark.live
def test_the_tree_is_drawn_with_the_modules_of_the_settings(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    for arguments in (("tree", "--data", tmp_path), ("--config", tmp_path / "config.toml", "tree")):
        done = subprocess.run(
            [sys.executable, "run.py", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "module:load  [transient; " in done.stdout
        assert "runs actors.modules.load:publish" in done.stdout


@pytest.mark.live
def test_a_restart_shows_the_load_again(tmp_path):
    for _ in range(2):
        with start(tmp_path / "data", config=CONFIG) as server, EventStream(f"{server.url}/u/cellar/events") as stream:
            assert stream.next_where(lambda event: event["activities"])["activities"][0]["title"] == "Cellar"


@pytest.mark.live
def test_a_stuck_modules_claim_expires_and_a_stop_does_not_wait_for_it(tmp_path, monkeypatch):
    (tmp_path / "stuck_module.py").write_text(STUCK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    signal = tmp_path / "signal"
    with start(tmp_path / "data", config=STUCK_CONFIG.format(signal=signal)) as server:
        with EventStream(f"{server.url}/u/sleeper/events") as stream:
            assert stream.next()["activities"] == []
            signal.touch()
            assert stream.next()["activities"][0]["title"] == "Sleeping"
            assert stream.next()["activities"] == []
        assert server.stop() == 0
        assert server.wait_for("event=killed.*module:stuck")
