"""A Discord guild of thousands: how soon its members are there, in how much memory, and presence updates a CPU second.

    python bench/guild.py [--members 10000] [--updates 20000] [--json]

A real server listens to a fake gateway in this process. Half of the members are online and playing; the guild is large,
so that all are asked for in parts. Then every update changes somebody's status, as fast as the gateway can say it; and
at last the server is killed with -9 and started, and must go on with its session.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import gevent

from bench import procs
from tests.fakes.discord import FakeDiscord, member, presence
from tests.serving import Served, start

GUILD = "100000000000000000"
PLAYING = {
    "id": "a",
    "name": "Game",
    "type": 0,
    "created_at": 1,
    "application_id": "383226320970055681",
    "details": "Level 3",
    "state": "In a party",
    "timestamps": {"start": 1_795_000_000_000},
}


def status(server: Served, ident: str) -> str:
    with urlopen(f"{server.url}/v1/users/{ident}") as answer:
        return str(json.loads(answer.read())["data"]["discord_status"])


def until_kept(server: Served) -> None:
    """The session is kept by the second look, two seconds after the first."""
    gevent.sleep(5)
    assert server.process.poll() is None


def measure(members: int, updates: int) -> dict[str, Any]:
    fake = FakeDiscord().start()
    idents = [str(2 * 10**17 + number) for number in range(members)]
    guild = fake.guild(GUILD, *(member(each, f"member-{each[-6:]}") for each in idents), large=True)
    guild.presences.update({each: presence(each, "online", PLAYING) for each in idents[: members // 2]})
    config = f'{fake.config}base_guild_id = "{GUILD}"\n[limits]\nrequests_per_second = 0\n'
    with tempfile.TemporaryDirectory() as folder:
        with start(Path(folder) / "data", config=config) as server:
            began, cpu, rss = time.monotonic(), procs.process_cpu(server.pid), resident(server)
            server.wait_for("event=members-listed")
            found = {"listed_after_s": time.monotonic() - began, "listing_cpu_s": procs.process_cpu(server.pid) - cpu}
            found["kib_a_member"] = (resident(server) - rss) / 1024 / members
            cpu = procs.process_cpu(server.pid)
            for number in range(updates):
                said = ("idle", "dnd")[number // members % 2]
                fake.dispatch("PRESENCE_UPDATE", {**presence(idents[number % members], said), "guild_id": GUILD})
                if number % 50 == 0:
                    gevent.sleep(0)
            while status(server, idents[(updates - 1) % members]) != said:
                gevent.sleep(0.01)
            found["updates_a_cpu_s"] = updates / (procs.process_cpu(server.pid) - cpu)
            until_kept(server)
            server.kill9()
        began = time.monotonic()
        with start(Path(folder) / "data", port=server.port, config=config) as again:
            again.wait_for("session=resumed")
            found["resumed_after_s"] = time.monotonic() - began
    fake.stop()
    return {name: round(value, 2) for name, value in found.items()} | {"sessions_begun": len(fake.ops(2))}


def resident(server: Served) -> int:
    pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--updates", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    outcome = measure(wanted.members, wanted.updates)
    print(json.dumps(outcome) if wanted.json else "\n".join(f"{key:<18}{value}" for key, value in outcome.items()))


if __name__ == "__main__":
    main()
