"""What many lanes are sent alike: by a burst to those that are clear, through their outboxes to the others."""

from collections.abc import Sequence
from operator import itemgetter

from actors.burst import Burst
from actors.lane import Lane

FEW = 16
"""Lanes that are written to one by one: a burst pays off above."""

TOGETHER_BYTES = 16 * 1024
"""What several frames that wait may have in sum to be sent as one: fewer system calls, and nobody misses one."""

Frames = Sequence[tuple[object, bytes]]
"""Each with the key under which it waits where it cannot go at once: the newest of a key takes its place."""


def send_to_all(lanes: Sequence[Lane], data: bytes, frames: Frames, burst: Burst) -> None:
    """Send each lane these frames, as `Lane.send` does, in as few system calls as the machine needs.

    `data` is all of them, one after another; the caller joins them once for however many lanes.
    """
    if len(lanes) < FEW and len(frames) == 1:
        for lane in lanes:
            lane.send(data, frames[0][0])
        return
    unfinished = burst(Lane.clear(lanes), data)
    for position, sent in sorted(unfinished, key=itemgetter(1), reverse=True):  # begun frames before anything else
        if sent:
            lanes[position].finish(data, sent)
        else:  # whatever is wrong with this lane, writing to it again tells
            for key, frame in frames:
                lanes[position].send(frame, key)
