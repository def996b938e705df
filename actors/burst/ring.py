"""Ring: a Burst of one system call for up to 256 descriptors, by Linux's io_uring (man 7 io_uring; kernel 5.7).

A loop of write(2) spends a fifth of its time in going from Python into the kernel and back. Here the 256 requests stand
in memory that the kernel reads, all fields set once; for a burst only the descriptors change, copied in as one array.
Sockets are asked not to wait (MSG_DONTWAIT), so each request is complete when the call returns, and the frame need not
outlive it. Libraries for io_uring prepare each request by a call of its own, which costs what this saves.

Layouts: struct io_uring_params, io_uring_sqe and io_uring_cqe of <linux/io_uring.h>. No barrier is needed: without a
polling thread the kernel reads and writes the rings in the thread that calls it.
"""

import ctypes
import errno
import mmap
import os
import platform
import struct
import sys
import weakref
from array import array
from collections.abc import Iterator, Sequence
from socket import MSG_DONTWAIT, MSG_NOSIGNAL

from actors.burst import Burst, Writes, unfinished

ENTRIES = 256
"""Requests that one call hands over; a power of two."""

_SETUP, _ENTER = 425, 426
"""The system calls' numbers, the same on all machines of `_MACHINES`."""

_MACHINES = frozenset({"x86_64", "aarch64", "riscv64"})
_GETEVENTS = 1
_FAST_POLL = 1 << 5
"""A feature of kernel 5.7; before 5.6 there was no send."""
_SQ_RING, _CQ_RING, _SQES = 0, 0x8000000, 0x10000000
_PARAMS = struct.Struct("10I10I10I")
_WRAP = 2**32
_SEND = 26
_SQE = struct.Struct("=BBHiQQIIQ24x")
"""opcode, flags, priority, descriptor, offset, address, length, the send's flags, user data."""


def fastest(*, io_uring: bool = True) -> Burst:
    """A Ring where the kernel grants one and it is wanted (containers often refuse), otherwise Writes."""
    if io_uring and sys.platform == "linux" and platform.machine() in _MACHINES:
        try:
            return Ring()
        except OSError:
            return Writes()
    return Writes()


class Ring:
    """One io_uring, used by one thread. Raises OSError where the kernel grants none."""

    def __init__(self) -> None:
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        self._call.restype, self._call.argtypes = ctypes.c_long, [ctypes.c_long] * 7
        blank = bytearray(_PARAMS.size)
        address = ctypes.addressof((ctypes.c_char * len(blank)).from_buffer(blank))
        self._ring = self._call(_SETUP, ENTRIES, address, 0, 0, 0, 0)
        if self._ring < 0:
            raise OSError(ctypes.get_errno(), "io_uring_setup")
        self.close = weakref.finalize(self, os.close, self._ring)
        entries, self._completions, _, _, _, features, *_ = told = _PARAMS.unpack(blank)
        if not features & _FAST_POLL:
            raise OSError(errno.ENOSYS, "io_uring cannot send yet")
        self._map_submissions(entries, told[10:20])
        self._map_completions(told[20:30])
        self._frame = b""

    def _map_submissions(self, entries: int, offsets: tuple[int, ...]) -> None:
        _, tail, *_, order = offsets[:7]
        ring = self._mapped(order + 4 * entries, _SQ_RING).cast("I")
        self._asked = ring[tail // 4 :][:1]
        ring[order // 4 :][:entries] = array("I", range(entries))
        requests = self._mapped(_SQE.size * entries, _SQES)
        for position in range(entries):
            _SQE.pack_into(
                requests, position * _SQE.size, _SEND, 0, 0, -1, 0, 0, 0, MSG_DONTWAIT | MSG_NOSIGNAL, position
            )
        self._descriptors = requests.cast("i")[1::16]
        self._addresses = requests.cast("Q")[2::8]
        self._lengths = requests.cast("I")[6::16]

    def _map_completions(self, offsets: tuple[int, ...]) -> None:
        head, tail, _, _, _, first = offsets[:6]
        ring = self._mapped(first + 16 * self._completions, _CQ_RING)
        numbers = ring.cast("I")
        self._seen, self._done = numbers[head // 4 :][:1], numbers[tail // 4 :][:1]
        self._requests = ring[first:].cast("Q")[0::2]
        self._results = ring[first:].cast("i")[2::4]

    def _mapped(self, size: int, offset: int) -> memoryview:
        return memoryview(mmap.mmap(self._ring, size, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, offset=offset))

    def __call__(self, descriptors: Sequence[int], frame: bytes) -> list[tuple[int, int]]:
        """See Burst."""
        if frame is not self._frame:
            self._show(frame)
        rest: list[tuple[int, int]] = []
        for start in range(0, len(descriptors), ENTRIES):
            portion = array("i", descriptors[start : start + ENTRIES])
            rest.extend((start + position, taken) for position, taken in self._send(portion))
        return rest

    def _show(self, frame: bytes) -> None:
        """Point every request at this frame, which is kept until the next."""
        address = ctypes.cast(ctypes.c_char_p(frame), ctypes.c_void_p).value or 0
        self._addresses[:] = array("Q", [address]) * ENTRIES
        self._lengths[:] = array("I", [len(frame)]) * ENTRIES
        self._frame = frame

    def _send(self, descriptors: "array[int]") -> Iterator[tuple[int, int]]:
        count, begin = len(descriptors), self._asked[0]
        place = begin % ENTRIES
        fit = min(count, ENTRIES - place)
        self._descriptors[place : place + fit] = descriptors[:fit]
        self._descriptors[: count - fit] = descriptors[fit:]
        self._asked[0] = (begin + count) % _WRAP
        submitted = self._submit(count)
        self._asked[0] = (begin + submitted) % _WRAP  # what the kernel refused is not asked for again
        for request, taken in self._collect(submitted):
            yield (request - place) % ENTRIES, taken
        yield from ((position, 0) for position in range(submitted, count))

    def _submit(self, count: int) -> int:
        submitted = 0
        while submitted < count:
            more = self._call(_ENTER, self._ring, count - submitted, 0, 0, 0, 0)
            if more <= 0:
                break
            submitted += more
        return int(submitted)

    def _collect(self, count: int) -> list[tuple[int, int]]:
        """Wait for this many requests; the user data of those that took less than the frame, and how much."""
        seen = self._seen[0]
        while (self._done[0] - seen) % _WRAP < count:
            if self._call(_ENTER, self._ring, 0, count, _GETEVENTS, 0, 0) < 0 and ctypes.get_errno() != errno.EINTR:
                raise OSError(ctypes.get_errno(), "io_uring_enter")
        begin = seen % self._completions
        end, over = begin + count, max(begin + count - self._completions, 0)
        results = self._results[begin:end].tolist() + self._results[:over].tolist()
        rest = [
            (self._requests[(begin + position) % self._completions], taken)
            for position, taken in unfinished(results, len(self._frame))
        ]
        self._seen[0] = (seen + count) % _WRAP
        return rest
