"""A trial of the relay: registrations, notifications in bursts, and whatever ends in the middle of them.

with Trial.begin(folder, registrations=5) as trial:
    trial.burst(20)
    with trial.speaking():
        trial.restart_instance()
    ...
    print(trial.report())

The instance's database is a file: what is made while nobody serves its web is in it all the same.
"""

from __future__ import annotations

import http.client
import threading
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from tests.live.clients import until
from tests.live.relaying import CONFIG, FakeProcess, Registrant, Sink, surroundings, token_of
from tests.serving import Served, start

PATIENCE = 60.0
"""Seconds in which everything has come, however busy the machine is."""
PAUSE = 0.03
"""Seconds between two notifications while the instance speaks all the time."""


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
    duplicates_without_kill: int
    """Those between whose first and second coming nobody was killed."""
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
    sent: int = 0
    """Notifications of everybody's, numbered from one on."""
    came: set[tuple[str, int]] = field(default_factory=set)
    """Which have come, among so many callbacks:"""
    counted: int = 0
    kills: list[int] = field(default_factory=list)
    """How many callbacks had come at each kill."""

    @classmethod
    @contextmanager
    def begin(cls, folder: Path, registrations: int, *, text: str = "x" * 200) -> Iterator[Trial]:
        """Everybody is registered, and everybody's stream stands."""
        with surroundings(keeps=True, notifications=folder / "notifications") as (fake, sink):
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
            assert self._speak() == len(self.tags)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Notifications to everybody all the while, whether anybody is there to tell them or to hear them.

        It begins in the midst of callbacks.
        """
        enough = threading.Event()

        def speak() -> None:
            while not enough.wait(PAUSE):
                with suppress(OSError, http.client.HTTPException):  # the instance is away, or ends just now
                    self._speak()

        speaker = threading.Thread(target=speak)
        speaker.start()
        came = len(self.sink.calls) + 3 * len(self.tags) + len(self.tags) // 2
        try:
            self.sink.wait_for(lambda: len(self.sink.calls) >= came)
            yield
        finally:
            enough.set()
            speaker.join()

    def _speak(self) -> int:
        """One more is made, and then told to whoever listens; how many that were."""
        self.sent += 1
        payload = self.fake.make(self.sent, status={"content": self.text})
        return int(self.fake.ask("notify", payload=payload)["told"])

    def wait_for_arrival(self) -> None:
        """Until everything that was sent has come."""
        try:
            self.sink.wait_for(self._all_came, PATIENCE)
        except AssertionError:
            states = Counter(str((each["stream"], each["catch_up"])) for each in self.standing())
            raise AssertionError(f"{self.report()}\n{states}") from None

    def _all_came(self) -> bool:
        for call in islice(self.sink.calls, self.counted, None):
            self.came.add((call.tag, call.number))
            self.counted += 1
        return len(self.came) >= len(self.tags) * self.sent

    def restart_instance(self) -> None:
        """A crash of the instance, and its return."""
        self.fake.stop()
        self.fake.start()
        self.wait_for_streams()

    def restart_server(self) -> None:
        """SIGTERM, and a new start; what is under way is not waited for."""
        self.server.stop()
        self._start()

    def kill_server(self) -> None:
        """`kill -9` while it speaks and some callbacks are under way, which come twice then; and a new start."""
        self.sink.gate.clear()
        self.sink.wait_for(lambda: self.sink.waiting > 0)
        self.server.kill9()
        self.sink.gate.set()
        self.sink.wait_for(lambda: self.sink.waiting == 0)
        self.kills.append(len(self.sink.calls))
        self._start()

    def report(self) -> Report:
        """Of all that has come so far."""
        comings: dict[str, dict[int, list[tuple[int, str]]]] = defaultdict(lambda: defaultdict(list))
        for place, call in enumerate(self.sink.calls):
            comings[call.tag][call.number].append((place, call.delivery))
        missing = out_of_order = duplicates = without_kill = unmarked = arrived = 0
        for tag in self.tags:
            came = comings[tag]
            arrived += len(came)
            missing += len(set(range(1, self.sent + 1)) - set(came))
            out_of_order += sum(later < earlier for earlier, later in pairwise(came))
            for times in came.values():
                duplicates += len(times) - 1
                without_kill += sum(
                    bisect_right(self.kills, first) == bisect_right(self.kills, second)
                    for (first, _), (second, _) in pairwise(times)
                )
                unmarked += len({delivery for _, delivery in times}) - 1
        total = len(self.tags) * self.sent
        return Report(len(self.tags), total, arrived, missing, out_of_order, duplicates, without_kill, unmarked)

    def standing(self) -> list[dict[str, Any]]:
        """Every registration, as the owner sees it."""
        return Registrant(self.server, self.fake.url, self.sink.url).registrations()

    def _start(self) -> None:
        self.server = start(self.folder / "data", config=CONFIG, port=self.server.port)
        self.wait_for_streams()
