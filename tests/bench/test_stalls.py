"""Bad input never stalls the hub above 50 ms (issue 3): at a real server, by the benchmark of the same name."""

import json
import subprocess
import sys

import pytest

from tests.serving import ROOT, SECONDS

BAR_MS = 50.0
STORMS = {"1,000 sign-ins a second": {"401", "429"}, "passwords of 1 MB": {"413"}, "large images": {"200"}}


TRIES = 3
"""The hub waits for its own threads too, and they for a processor on a busy machine: one try must be quiet."""


def stormed(names):
    """What became of each of these storms."""
    command = [sys.executable, "bench/stalls.py", "--seconds", "1", "--json", "--only", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3 * SECONDS)
    outcomes = {each["storm"]: each for each in json.loads(done.stdout)}
    assert outcomes.keys() == set(names)
    for storm, outcome in outcomes.items():
        assert set(outcome["answered"]) == STORMS[storm]
        assert sum(outcome["answered"].values()) >= 10
        assert outcome["asked"] >= 20
    return outcomes


@pytest.mark.live
def test_a_bystander_notices_nothing_of_a_storm():
    noticed = dict.fromkeys(STORMS)
    for _ in range(TRIES):
        noticed = {storm: told for storm, told in stormed(noticed).items() if told["worst_ms"] >= BAR_MS}
        if not noticed:
            break
    assert not noticed
