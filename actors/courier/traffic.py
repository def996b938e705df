"""What the Courier tells operators of its queues. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from heapq import nlargest

from actors.courier.destination import kind_of
from actors.courier.queue import Queue
from actors.messages.courier import Standing, Traffic


def traffic(queues: Collection[Queue], results: Mapping[str, Mapping[str, int]], most: int) -> Traffic:
    """All of it; so many queues one by one, those with the most parcels."""
    waiting: Counter[str] = Counter()
    for queue in queues:
        waiting[kind_of(queue.name)] += queue.count
    longest = nlargest(most, queues, key=lambda queue: queue.count)
    standing = tuple(Standing(queue.name, queue.count, queue.again_at, queue.absences) for queue in longest)
    return Traffic({kind: dict(counts) for kind, counts in results.items()}, dict(waiting), standing)
