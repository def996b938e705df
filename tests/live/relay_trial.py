"""A trial of the relay: registrations, notifications in bursts, and whatever ends in the middle of them.

with Trial.begin(folder, registrations=5) as trial:
    trial.burst(20)
    trial.restart_instance()
    ...
    print(trial.report())
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.live.clients import until
from tests.live.relaying import CONFIG, FakeProcess, Registrant, Sink, surroundings, token_of
from tests.serving import Served, start


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all notifications; a duplicate is known by its delivery's id."""

    registrations: int
    sent: int
    arrived: int
    """Different ones."""
    missing: int
    out_of_order: int
    duplicates: int
    duplicates_before_kill: int
    unmarked_duplicates: int
    """The same notification under another delivery id."""


@dataclass
class Trial:
    """One server, one instance, one sink."""

    folder: Path
    fake: FakeProcess
    sink: Sink
    server: Served
    tags: list[str]
    text: str
    sent: list[int] = field(default_factory=list)
    """The numbers of what was sent, to everybody."""
    killed_at: int | None = None
    """The first number that was under way at a kill; only from there on may anything come twice."""

    @classmethod
    @contextmanager
    def begin(cls, folder: Path, registrations: int, *, text: str = "x" * 200) -> Iterator[Trial]:
        """Everybody is registered, and everybody's stream stands."""
        with surroundings(keeps=True) as (fake, sink):
            server = start(folder / "data", config=CONFIG)
            trial = cls(folder, fake, sink, server, [f"tag-{number:03}" for number in range(registrations)], text)
            try:
                registrant = Registrant(server, fake.url, sink.url)
                for tag in trial.tags:
                    assert registrant.register(tag) == (202, "Accepted")
                trial.wait_for_streams()
                yield trial
            finally:
                sink.gate.set()
                trial.server.stop()

    def wait_for_streams(self) -> None:
        """Until everybody listens, once."""
        wanted = sorted(map(token_of, self.tags))
        until(lambda: self.fake.tokens() == wanted)

    def burst(self, count: int) -> None:
        """So many notifications to everybody, as fast as the instance can."""
        for _ in range(count):
            number = len(self.sent)
            payload = json.dumps({"id": str(number), "type": "mention", "status": {"content": self.text}})
            assert self.fake.ask("notify", payload=payload)["told"] == len(self.tags)
            self.sent.append(number)

    def wait_for_arrival(self) -> None:
        """Until everything that was sent has come."""
        wanted = len(self.tags) * len(self.sent)

        def came() -> bool:
            calls = self.sink.calls
            return len(calls) >= wanted and len({(call.tag, call.number) for call in calls}) >= wanted

        self.sink.wait_for(came)

    def restart_instance(self) -> None:
        """A crash of the instance, and its return."""
        self.fake.stop()
        self.fake.start()
        self.wait_for_streams()

    def restart_server(self) -> None:
        """SIGTERM, and a new start; what is under way is not waited for."""
        self.server.stop()
        self._start()

    def kill_server(self, count: int) -> None:
        """`kill -9` while a burst is in the outbox and the first of everybody's is under way; and a new start."""
        self.killed_at = len(self.sent)
        self.sink.gate.clear()
        self.burst(count)
        until(lambda: self._in_outbox() == count * len(self.tags))
        self.server.kill9()
        self._start()
        self.sink.gate.set()

    def kill_in_a_burst(self, count: int) -> int:
        """`kill -9` while the instance speaks: how many were told to a socket that nobody will read any more."""
        self.killed_at = len(self.sent) if self.killed_at is None else self.killed_at
        half = threading.Event()

        def speak() -> None:
            for number in range(count):
                if number == count // 2:
                    half.set()
                self.fake.ask("notify", payload=json.dumps({"id": str(len(self.sent) + number), "type": "mention"}))

        speaker = threading.Thread(target=speak)
        speaker.start()
        half.wait()
        self.server.kill9()
        speaker.join()
        self._start()
        until(lambda: self._in_outbox() == 0)
        first = len(self.sent)
        came = {(call.tag, call.number) for call in self.sink.calls if call.number >= first}
        self.sink.calls = [call for call in self.sink.calls if call.number < first]
        return count // 2 * len(self.tags) - len(came)

    def report(self) -> Report:
        """Of all that has come so far."""
        missing = out_of_order = duplicates = early = unmarked = arrived = 0
        for tag in self.tags:
            calls = self.sink.of(tag)
            firsts = list(dict.fromkeys(call.number for call in calls))
            arrived += len(firsts)
            missing += len(set(self.sent) - set(firsts))
            out_of_order += sum(later < earlier for earlier, later in pairwise(firsts))
            times = Counter(call.number for call in calls)
            again = {number: count - 1 for number, count in times.items() if count > 1}
            duplicates += sum(again.values())
            early += sum(count for number, count in again.items() if self.killed_at is None or number < self.killed_at)
            unmarked += len({(call.number, call.delivery) for call in calls}) - len(firsts)
        total = len(self.tags) * len(self.sent)
        return Report(len(self.tags), total, arrived, missing, out_of_order, duplicates, early, unmarked)

    def _start(self) -> None:
        self.server = start(self.folder / "data", config=CONFIG, port=self.server.port)
        self.wait_for_streams()

    def _in_outbox(self) -> int:
        with closing(sqlite3.connect(self.folder / "data" / "presently.sqlite", timeout=20)) as database:
            found: tuple[Any] = database.execute("SELECT COUNT(*) FROM outbox").fetchone()
        return int(found[0])
