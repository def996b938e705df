"""How bursts are compared."""

from bench.pairs import Outcome, compared


def test_each_burst_is_compared_with_the_first_servers_of_its_turn() -> None:
    rows = [{"a": 100.0, "b": 150.0}, {"a": 50.0, "b": 100.0}, {"a": 200.0, "b": 100.0}]
    assert compared(rows, ["a", "b"]) == [
        Outcome("a", 100.0, 1.0, 1.0, 1.0),
        Outcome("b", 100.0, 1.5, 0.5, 2.0),
    ]
