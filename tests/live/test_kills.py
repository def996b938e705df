"""kill -9 while many write: whatever was answered and promised to last is there after the start (HOUSE law 7)."""

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.killing import ANN, TRADES
from tests.serving import SECONDS, start, user_add

pytestmark = pytest.mark.live

ROUNDS = int(os.environ.get("PRESENTLY_TEST_ROUNDS", "3"))
EACH = 3
"""Writers of each trade."""
MOST_ANSWERS = 200
CONFIG = """\
[limits]
requests_per_second = 0
connections_per_address = 0
sign_ins_per_minute = 0
[presenti]
registration = true
"""


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    """Seen to fail when a commit followed its answer by 20 ms."""
    ann, chance, answers = user_add(tmp_path / "data", "ann", "--discord", ANN), random.Random(17), 0
    server = start(tmp_path / "data", config=CONFIG)
    for round_ in range(ROUNDS):
        with server:
            news = threading.Semaphore(0)
            names = [(trade, f"r{round_}{trade.__name__[0]}{number}") for trade in TRADES for number in range(EACH)]
            writers = [trade(name, server, ann, news) for trade, name in names]
            with ThreadPoolExecutor(len(writers)) as crew:
                writing = [crew.submit(writer.write) for writer in writers]
                for _ in range(chance.randrange(MOST_ANSWERS)):
                    assert news.acquire(timeout=SECONDS)
                server.kill9()
            for each in writing:
                each.result()
        server = start(tmp_path / "data", config=CONFIG, port=server.port)
        for writer in writers:
            writer.check(server)
            answers += writer.answered + 1
        for writer in writers:
            writer.clear(server)
    print(f"measured: {answers} numbers answered over {ROUNDS} rounds, none lost")
    server.stop()
