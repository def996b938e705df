"""Burst: one frame to many descriptors at once, none of which is waited for.

Every subscriber of a user gets the same bytes, so what a fan-out costs is what its system calls cost.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Protocol


class Burst(Protocol):
    """Writes a frame to each descriptor once."""

    def __call__(self, descriptors: Sequence[int], frame: bytes) -> list[tuple[int, int]]:
        """Answer whom it has not reached wholly: positions, each with the bytes that were taken.

        Nothing is raised: with 0 bytes the descriptor was full, ended or none at all (-1); writing to it again tells.
        """


class Writes:
    """A Burst of one system call for each descriptor; any kernel can."""

    def __call__(self, descriptors: Sequence[int], frame: bytes) -> list[tuple[int, int]]:
        """See Burst."""
        taken: list[int] = []
        while len(taken) < len(descriptors):
            try:
                taken.extend(map(os.write, descriptors[len(taken) :], repeat(frame)))
            except OSError:
                taken.append(0)
        return list(unfinished(taken, len(frame)))


def unfinished(taken: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """Positions of those that took less than all, and how much; what is negative is an error, and nothing was taken."""
    if taken.count(length) < len(taken):
        for position, count in enumerate(taken):
            if count != length:
                yield position, max(count, 0)
