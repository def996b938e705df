"""Medians and ratios of made-up rows."""

import json

import pytest

from bench import table
from bench.contenders import PRESENCE, PRESENCE_BYTES
from bench.figures import Rows, accepted, cost_us, deliveries_per_cpu, faults
from tests.bench.made_up_rows import fan_out, phase


def test_a_ratio_is_taken_inside_its_repeat() -> None:
    # The machine is three times slower in the second repeat; the ratio is not.
    rows = Rows(
        fan_out(name, repeat, cpu)
        for repeat, slow in ((0, 1), (1, 3))
        for name, cpu in (("floor", slow), ("ours", 2 * slow))
    )
    assert rows.ratio(deliveries_per_cpu, "ours", "floor", "fanout", 1000) == pytest.approx(0.5)
    assert rows.ratio(cost_us, "ours", "floor", "fanout", 1000) == pytest.approx(2.0)


def test_noisy_repeats_count_only_when_too_few_are_quiet() -> None:
    quiet = [fan_out(name, repeat, 1.0) for repeat in (0, 1) for name in ("floor", "ours")]
    noisy = [fan_out("floor", 2, 1.0), fan_out("ours", 2, 100.0, noisy=True)]
    assert set(Rows(quiet + noisy).of("ours", "fanout", 1000)) == {0, 1}
    assert set(Rows(quiet[:2] + noisy).of("ours", "fanout", 1000)) == {0, 2}
    assert Rows(quiet + noisy).ratio(cost_us, "ours", "floor", "fanout", 1000) == pytest.approx(1.0)


def test_a_repeat_that_the_floor_lacks_gives_no_ratio() -> None:
    rows = Rows(
        [
            fan_out("floor", 0, 1.0),
            fan_out("ours", 1, 1.0),
            {"server": "floor", "repeat": 1, "test": "many", "n": 0, "error": "x"},
        ]
    )
    assert rows.ratio(cost_us, "ours", "floor", "fanout", 1000) is None
    assert rows.errors("floor") == ["x"]


def test_faults_are_named_and_concurrent_puts_have_no_order() -> None:
    row = fan_out("ours", 0, 1.0, missing=3, reordered=2)
    row["connect"]["ready"] = 990
    row["rate"] |= {"planned": 3, "sent": 1}
    assert faults(row) == {"missing": 3, "reordered": 2, "unsent": 2, "not connected": 10}
    put = {"test": "put", "n": 1, "put": phase(reordered=5, refused=1, accepted=10, seconds=2.0)}
    assert faults(put) == {"refused": 1}
    assert accepted("put")(put) == 5.0


def test_the_table_shows_what_a_server_lost() -> None:
    text = table.render([fan_out("floor", 0, 1.0), fan_out("ours", 0, 2.0, missing=7)])
    line = next(line for line in text.splitlines() if line.startswith("| ours"))
    assert "missing up to 7" in line
    assert "| 500 | 0.50 |" in line


def test_the_presence_is_as_long_as_the_independent_kit_has_it() -> None:
    assert PRESENCE_BYTES == 236
    assert json.loads(PRESENCE)["smallTexts"] == ["mark-{seq}"]
