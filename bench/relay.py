"""The relay through every kind of end: an instance that crashes, our server stopped, and killed with -9.

    python bench/relay.py [--registrations 100] [--burst 30] [--rounds 3] [--json]

A real server, a fake Mastodon instance as a process, and a sink of callbacks in this one. First a burst, as fast as
the instance can tell it. Then, in each round, the instance speaks to everybody all the while: as it crashes and comes
back, as our server is stopped and started, and as it is killed and started; what it makes while it is away itself is
in its database, as if its workers had gone on. At a kill some callbacks are under way, which come twice then. Counted
is what came: whether anything is missing, out of order within its registration, or came twice, whether a kill lies
between the two, and whether they have the same delivery id.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.live.relay_trial import Report, Trial


def measure(registrations: int, burst: int, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, Trial.begin(Path(folder), registrations) as trial:
        began = time.monotonic()
        trial.burst(burst)
        trial.wait_for_arrival()
        rate = registrations * burst / (time.monotonic() - began)
        without_kill = None
        for _ in range(rounds):
            with trial.speaking():
                trial.restart_instance()
                trial.restart_server()
            trial.wait_for_arrival()
            without_kill = without_kill or trial.report()
            with trial.speaking():
                trial.kill_server()
            trial.wait_for_arrival()
        reports = {"without_kill": without_kill or trial.report(), "in_all": trial.report()}
        kills = len(trial.kills)
    return {
        "callbacks_per_second": round(rate),
        "rounds": rounds,
        "kills": kills,
        **{name: asdict(report) for name, report in reports.items()},
        "held": all(map(holds, reports.values())) and not reports["without_kill"].duplicates,
    }


def holds(report: Report) -> bool:
    """Nothing missing, nothing out of order, and twice only over a kill and under the same delivery id."""
    return not (report.missing or report.out_of_order or report.duplicates_without_kill or report.unmarked_duplicates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registrations", type=int, default=100)
    parser.add_argument("--burst", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    outcome = measure(wanted.registrations, wanted.burst, wanted.rounds)
    if wanted.json:
        print(json.dumps(outcome))
    else:
        for name in ("without_kill", "in_all"):
            print(f"{name:<14}" + "  ".join(f"{key} {value}" for key, value in outcome[name].items()))
        rate, kills = outcome["callbacks_per_second"], outcome["kills"]
        print(f"{kills} kills; in one burst {rate} callbacks a second, with instance and sink on the same cores")
    sys.exit(0 if outcome["held"] else 1)


if __name__ == "__main__":
    main()
