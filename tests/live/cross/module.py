"""A module in the process that plays a suite as soon as it finds the file that its options name."""

from pathlib import Path

from actors.listener import Publisher
from actors.presence import Activity, Kind, Link, Picture

SUITE = Activity(
    "Suite No. 1",
    Kind.LISTENING,
    details=Link("Prelude", "https://example.org/prelude"),
    state=(Link("J. S. Bach"),),
    image=Picture("https://example.org/suite.png"),
    started_ms=1_795_000_000_000,
)


def publish(publisher: Publisher) -> None:
    """See actors/modules/entry.py."""
    signal = Path(publisher.options["signal"])
    while not signal.exists():
        publisher.wait(0.05)
    publisher.say([SUITE], lease=600.0)
    publisher.wait(600.0)
