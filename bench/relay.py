"""The relay through every kind of end: an instance that crashes, our server stopped, and killed with -9.

    python bench/relay.py [--registrations 100] [--burst 30] [--json]

A real server, a fake Mastodon instance as a process, and a sink of callbacks in this one. Each burst is told to every
registration's stream as fast as the instance can. Counted is what came: whether anything is missing, out of order
within its registration, or came twice, and whether what came twice can be told by its delivery id. Nothing is waited
for between a burst and what ends in the middle of it, but for the kill: there the burst must have been committed,
since what stands in a socket that nobody will read is kept by nobody (Mastodon has no replay). How much that is, is
shown by a last kill while the instance speaks.
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


def measure(registrations: int, burst: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, Trial.begin(Path(folder), registrations) as trial:
        began = time.monotonic()
        trial.burst(burst)
        trial.wait_for_arrival()
        rate = registrations * burst / (time.monotonic() - began)
        trial.burst(burst)
        trial.restart_instance()
        trial.burst(burst)
        trial.restart_server()
        trial.burst(burst)
        trial.wait_for_arrival()
        before = trial.report()
        trial.kill_server(burst)
        trial.burst(burst)
        trial.wait_for_arrival()
        after = trial.report()
        unread = trial.kill_in_a_burst(burst)
    return {
        "callbacks_per_second": round(rate),
        "without_kill": asdict(before),
        "with_kill": asdict(after),
        "unread_at_a_kill_in_a_burst": unread,
        "held": holds(before, after, registrations),
    }


def holds(before: Report, after: Report, registrations: int) -> bool:
    """Nothing missing, nothing out of order, and twice only what was under way at the kill."""
    clean = not (before.missing or before.out_of_order or before.duplicates)
    whole = not (after.missing or after.out_of_order or after.duplicates_before_kill or after.unmarked_duplicates)
    return clean and whole and after.duplicates <= registrations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registrations", type=int, default=100)
    parser.add_argument("--burst", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    outcome = measure(wanted.registrations, wanted.burst)
    if wanted.json:
        print(json.dumps(outcome))
    else:
        for name in ("without_kill", "with_kill"):
            print(f"{name:<14}" + "  ".join(f"{key} {value}" for key, value in outcome[name].items()))
        print(
            f"in one burst  {outcome['callbacks_per_second']} callbacks a second; instance and sink use the same cores"
        )
        print(f"unread at a kill while the instance speaks  {outcome['unread_at_a_kill_in_a_burst']}")
    sys.exit(0 if outcome["held"] else 1)


if __name__ == "__main__":
    main()
