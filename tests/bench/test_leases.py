"""The benchmark of leases drives the real supervisor: it must hear of its ends."""

import json
import subprocess
import sys

import pytest

from tests.serving import ROOT, SECONDS


@pytest.mark.live
def test_a_few_leases_end_and_none_early() -> None:
    command = [sys.executable, "bench/leases.py", "--leases", "1000", "--renewals", "300", "--seconds", "3", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    outcome = json.loads(done.stdout)
    assert outcome["ends"] > 0
    assert outcome["renewals"] > outcome["ends"]
    assert outcome["earliest_s"] >= 0
