"""NoRoom: whoever runs the server hears why nobody gets in, and not ten thousand times."""

from web.edge.no_room import EVERY, WHY, NoRoom


def test_each_cause_is_told_once_a_minute_and_counted_each_time() -> None:
    counted, told, now = [], [], [5.0]
    no_room = NoRoom(counted.append, lambda *said: told.append(said), lambda: now[0])
    for _ in range(1_000):
        no_room("descriptors")
    no_room("connections")
    assert told == [WHY["descriptors"], WHY["connections"]]
    now[0] += EVERY - 0.1
    no_room("descriptors")
    assert len(told) == 2
    now[0] += 0.1
    no_room("descriptors")
    assert told[2:] == [WHY["descriptors"]]
    assert len(counted) == 1_003
