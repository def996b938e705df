"""What is said of a promise that a command shows."""

import sys
from pathlib import Path

import pytest

from bench import build
from bench import shown as commands
from bench.findings import Finding
from bench.promises import PARTS
from bench.shown import FEATURES, RELIABILITY, SPEED, Shown, shown

SAYS = "print('3 tests'); print('.measured: 5 s'); print('measured: 6 s')"


@pytest.fixture(autouse=True)
def _logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BUILD", tmp_path)


def found(program: str, **more: str) -> Finding:
    (one,) = shown([Shown("a storm", "30 s", (sys.executable, "-c", program), (("COUNT", "7"),), **more)])
    return one


def test_the_figures_are_taken_from_what_it_says_and_the_outcome_from_its_exit_code() -> None:
    assert found(SAYS) == Finding("a storm", "30 s", "5 s; 6 s", True)
    assert found(f"{SAYS}; raise SystemExit(1)") == Finding("a storm", "30 s", "5 s; 6 s", False)


def test_the_counts_reach_it_and_other_figures_may_be_meant() -> None:
    assert found("import os; print('peak', os.environ['COUNT'])", figures=r"^(peak .+)$").measured == "peak 7"


def test_who_says_nothing_is_held_or_its_log_is_named(tmp_path: Path) -> None:
    assert found("") == Finding("a storm", "30 s", "as said", True)
    log = tmp_path / "logs" / "a-storm.log"
    assert found("raise ValueError('why')") == Finding("a storm", "30 s", f"see {log}", False)
    assert "why" in log.read_text()


def test_who_does_not_end_in_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "BOUND_S", 0.5)
    assert found("import threading; threading.Event().wait()").held is False


@pytest.mark.parametrize("trial", [*SPEED, *RELIABILITY, *FEATURES], ids=lambda trial: trial.promise)
def test_each_command_is_there(trial: Shown) -> None:
    named = [part for part in trial.command if part.endswith(".py")]
    assert named
    assert all((build.ROOT / part).is_file() for part in named)


def test_no_two_share_a_log() -> None:
    every = (*SPEED, *RELIABILITY, *FEATURES)
    assert len({trial.log for trial in every}) == len(every)
    assert len(PARTS) == 3
