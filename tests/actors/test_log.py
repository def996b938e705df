"""The log: one clean line per event, no secret, and no waiting for a reader who does not read."""

import logging
import os
import re
import select
from collections.abc import Iterator
from dataclasses import dataclass

import gevent
import pytest
import structlog
from gevent.os import make_nonblocking, nb_read
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import log

pytestmark = pytest.mark.live


@dataclass
class Pipe:
    """A sink before a real pipe, and the end that reads it."""

    sink: log.Sink
    reader: int

    def lines(self) -> list[str]:
        """What has been written and not been read."""
        assert self.sink.flush(5)
        ready, _, _ = select.select([self.reader], [], [], 0)
        return os.read(self.reader, 1 << 20).decode().splitlines() if ready else []


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reader, writer = os.pipe()
    sink = log.configure("info", writer)
    yield Pipe(sink, reader)
    os.close(reader)
    sink.flush(5)
    sink.close()
    structlog.reset_defaults()
    logging.getLogger().setLevel(logging.WARNING)
    os.close(writer)


def test_one_line_per_event_with_its_fields(pipe: Pipe) -> None:
    structlog.get_logger().info("connected", address="192.0.2.1", code=1000, path="/presence/a b", user=None, seen=True)
    (line,) = pipe.lines()
    stamp = r"timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    rest = 'level=info event=connected address=192.0.2.1 code=1000 path="/presence/a b" user= seen=true'
    assert re.fullmatch(f"{stamp} {re.escape(rest)}", line)


def test_below_the_level_there_is_nothing(pipe: Pipe) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("pykka").debug("detail")
    structlog.get_logger().info("said")
    assert len(pipe.lines()) == 1


def test_no_secret_in_any_field(pipe: Pipe) -> None:
    structlog.get_logger().warning(
        "refused /session?token=s3cr3t",
        token="s3cr3t",
        url="wss://h.example/remote?id=s3cr3t",
        document={"password": "s3cr3t", "inner": [{"cookie": "s3cr3t"}, ("token=s3cr3t",)]},
    )
    logging.getLogger("flask.app").error("header Authorization: %s", "s3cr3t")
    structlog.get_logger().error("fell", exc_info=ValueError("https://h.example/?token=s3cr3t"))
    text = "\n".join(pipe.lines())
    assert text.count("***") == 8
    assert "s3cr3t" not in text
    assert "ValueError" in text


def test_the_standard_library_and_the_hub_speak_in_the_same_lines(pipe: Pipe) -> None:
    logging.getLogger("pykka").warning("%s started", "urn:1")
    broken = {"name": "pykka", "levelno": logging.WARNING, "msg": "%d started", "args": ("one",)}
    log._Bridge().handle(logging.makeLogRecord(broken))

    def falls() -> None:
        raise RuntimeError("oh")

    gevent.spawn(falls).join()
    lines = pipe.lines()
    assert 'level=warning event="urn:1 started" logger=pykka' in lines[0]
    assert 'event="%d started"' in lines[1]
    assert 'level=error event="greenlet failed"' in lines[2]
    assert "RuntimeError: oh" in lines[2]


def test_another_thread_may_log(pipe: Pipe) -> None:
    gevent.get_hub().threadpool.spawn(structlog.get_logger().info, "from afar").get(timeout=5)
    assert "event=" in pipe.lines()[0]


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text())
def test_any_text_is_one_printable_line(event: str, field: str) -> None:
    reader, writer = os.pipe()
    sink = log.configure("info", writer)
    structlog.get_logger().info(event, field=field)
    assert sink.flush(5)
    sink.close()
    structlog.reset_defaults()
    text = os.read(reader, 1 << 20).decode()
    os.close(reader)
    os.close(writer)
    assert text.endswith("\n")
    assert text[:-1].isprintable()


def read_on(reader: int, chunks: list[bytes]) -> None:
    make_nonblocking(reader)
    while True:
        chunks.append(nb_read(reader, 1 << 16))


def test_a_pipe_that_nobody_reads_delays_nobody_and_every_line_is_accounted_for(pipe: Pipe) -> None:
    logger = structlog.get_logger()
    said = log.LINES + 5_000
    for number in range(said):
        logger.info("said", number=number)
        if number % 1_000 == 0:
            assert not pipe.sink.flush(0) or number == 0
    assert not pipe.sink.flush(0.05)
    assert pipe.sink.dropped > 0

    chunks: list[bytes] = []
    reading = gevent.spawn(read_on, pipe.reader, chunks)
    assert pipe.sink.flush(30)
    reading.kill()
    text = b"".join(chunks) + "\n".join(pipe.lines()).encode()
    lines = text.decode().splitlines()
    numbers = [int(line.rpartition("=")[2]) for line in lines if "event=said" in line]
    told = [int(line.rpartition("=")[2]) for line in lines if "log lines dropped" in line]
    assert numbers == sorted(numbers)
    assert sum(told) == pipe.sink.dropped
    assert len(numbers) + sum(told) == said


def test_a_reader_who_goes_away_is_a_loss_and_not_a_failure_and_the_next_one_is_told() -> None:
    reader, writer = os.pipe()
    sink = log.configure("info", writer)
    os.close(reader)
    gevent.idle()  # gevent closes a descriptor at the hub's next turn
    for number in range(3):
        structlog.get_logger().info("to nobody", number=number)
    assert sink.flush(5)
    assert sink.dropped == 3

    reader, another = os.pipe()
    os.dup2(another, writer)
    os.close(another)
    structlog.get_logger().info("to somebody")
    gap, line = Pipe(sink, reader).lines()
    assert gap.endswith('event="log lines dropped" dropped=3')
    assert 'event="to somebody"' in line
    sink.close()
    structlog.reset_defaults()
    os.close(reader)
    os.close(writer)


def test_after_close_lines_are_counted_as_lost_and_the_hub_complains_as_before() -> None:
    reader, writer = os.pipe()
    sink = log.configure("info", writer)
    sink.close()
    structlog.get_logger().info("late")
    structlog.reset_defaults()
    assert sink.dropped == 1
    assert "print_exception" not in vars(gevent.get_hub())
    os.close(reader)
    os.close(writer)
