"""What is said of a promise, given the rows."""

from typing import Any

from bench.findings import render
from bench.speed import judged
from tests.bench.made_up_rows import fan_out, phase


def held(rows: list[dict[str, Any]]) -> dict[str, bool | None]:
    return {finding.promise: finding.held for finding in judged(rows)}


def run(cost: float, **changes: Any) -> list[dict[str, Any]]:
    """The floor at a cost of 1 a delivery, and this server at `cost`, at two sizes."""
    both = [fan_out("floor", 0, 1.0, n=n) for n in (1000, 5000)]
    return [*both, fan_out("presently", 0, 1.0, n=1000), fan_out("presently", 0, cost, n=5000, **changes)]


def found(rows: list[dict[str, Any]], start: str) -> bool | None:
    (one,) = [value for promise, value in held(rows).items() if promise.startswith(start)]
    return one


def test_the_largest_crowd_is_judged() -> None:
    assert found(run(1.1), "one update to 5,000 WebSocket") is True
    assert found(run(1.3), "one update to 5,000 WebSocket") is False
    assert found(run(1.1), "handshakes") is True


def test_memory_above_the_bar_breaks_the_promise() -> None:
    assert found(run(1.0, memory=4096.0), "user-space memory") is True
    assert found(run(1.0, memory=4097.0), "user-space memory") is False


def test_a_cost_that_grows_beyond_the_floors_breaks_the_promise() -> None:
    assert found(run(1.05), "cost of a delivery") is True
    assert found(run(1.2), "cost of a delivery") is False


def test_event_streams_are_judged_by_the_floors() -> None:
    def streams(cost: float) -> list[dict[str, Any]]:
        both = fan_out("floor-events", 0, 2.0), fan_out("presently-events", 0, cost)
        return [fan_out("floor", 0, 1.0), fan_out("presently", 0, 1.0), *both]

    assert found(streams(2.3), "one update to 1,000 event streams") is True
    assert found(streams(2.4), "one update to 1,000 event streams") is False
    assert found(run(1.0), "one update to 5,000 event streams") is None


def test_what_was_not_measured_is_neither_held_nor_broken() -> None:
    assert found(run(1.0), "PUT to frame") is None
    assert found([fan_out("presently", 0, 1.0)], "one update to 1,000 WebSocket") is None


def test_a_loss_is_a_broken_promise_whatever_the_speed() -> None:
    assert found(run(1.0), "updates lost") is True
    assert found(run(0.5, missing=1), "updates lost") is False
    assert (
        found([*run(1.0), {"server": "presently", "repeat": 1, "test": "many", "n": 0, "error": "x"}], "updates lost")
        is False
    )


def test_put_to_frame_is_judged_in_milliseconds() -> None:
    frame = {"server": "presently", "repeat": 0, "test": "frame", "n": 1}
    slow = phase(latency_us={"p50": 900, "p90": 2000, "p99": 5100, "max": 9000})
    assert found([frame | {"frame": phase()}], "PUT to frame") is True
    assert found([frame | {"frame": slow}], "PUT to frame") is False


def test_the_table_says_what_is_broken() -> None:
    assert render(judged(run(1.0, memory=5000.0))).count("| **no** |") == 1
