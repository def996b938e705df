"""Every Burst does the same: checked on real sockets that are open, full, half full, ended or none at all."""

import contextlib
import ctypes
import errno
import os
import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.burst import Burst, Writes
from actors.burst import ring as rings
from actors.burst.ring import ENTRIES, Ring, fastest


def _granted() -> Ring | None:
    with contextlib.suppress(OSError):
        return Ring()
    return None


WRITES, RING = Writes(), _granted()
"""For all tests, so that the ring's places wrap around."""


@pytest.fixture
def ring() -> Ring:
    if RING is None:
        pytest.skip("this kernel grants no io_uring")
    return RING


@pytest.fixture(params=["writes", "ring"])
def burst(request: pytest.FixtureRequest) -> Burst:
    return WRITES if request.param == "writes" else request.getfixturevalue("ring")  # type: ignore[no-any-return]


@contextlib.contextmanager
def pairs(count: int) -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Connected sockets of TCP, which take a part of a frame where they are nearly full; ours don't wait."""
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        made = []
        for _ in range(count):
            theirs = stack.enter_context(socket.create_connection(door.getsockname()))
            ours = stack.enter_context(door.accept()[0])
            ours.setblocking(False)
            made.append((ours, theirs))
        yield made


def read(theirs: socket.socket, count: int) -> bytes:
    """Exactly this many bytes."""
    theirs.settimeout(5)
    data = b""
    while len(data) < count:
        data += theirs.recv(count - len(data))
    return data


def fill(ours: socket.socket) -> int:
    """Write until the socket takes no more; the bytes that it took."""
    taken = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            taken += ours.send(b"." * 65_536)
    return taken


def test_every_descriptor_gets_the_frame(burst: Burst) -> None:
    with pairs(20) as sockets:
        assert burst([ours.fileno() for ours, _ in sockets], b"a frame") == []
        assert {read(theirs, 7) for _, theirs in sockets} == {b"a frame"}


def test_more_than_one_call_takes_and_frames_stay_in_order(burst: Burst) -> None:
    frames = [b"one", b"two, longer", b"three", b"four"]
    with pairs(3) as sockets:
        descriptors = [ours.fileno() for ours, _ in sockets] * ENTRIES
        for frame in frames:
            assert burst(descriptors, frame) == []
        everything = b"".join(frame * ENTRIES for frame in frames)
        assert [read(theirs, len(everything)) == everything for _, theirs in sockets] == [True] * 3


def test_who_cannot_take_it_is_named_and_the_others_get_it(burst: Burst) -> None:
    with pairs(40) as sockets:
        descriptors = [ours.fileno() for ours, _ in sockets]
        before = fill(sockets[3][0])
        sockets[5][0].shutdown(socket.SHUT_WR)
        descriptors[7] = -1
        assert burst(descriptors, b"hello") == [(3, 0), (5, 0), (7, 0)]
        for position, (_, theirs) in enumerate(sockets):
            if position not in {3, 5, 7}:
                assert read(theirs, 5) == b"hello"
        assert read(sockets[3][1], before) == b"." * before
        assert burst([descriptors[3]], b"again") == []
        assert read(sockets[3][1], 5) == b"again"


def test_a_part_that_was_taken_is_told(burst: Burst) -> None:
    frame = bytes(range(256)) * 64_000  # beyond every socket's buffers
    with pairs(1) as [(ours, theirs)]:
        [(position, taken)] = burst([ours.fileno()], frame)
        assert position == 0
        assert 0 < taken < len(frame)
        assert read(theirs, taken) == frame[:taken]


@settings(max_examples=25)
@given(st.data())
def test_whatever_is_written_to_whom_each_reads_its_own(data: st.DataObject) -> None:
    for burst in filter(None, (WRITES, RING)):
        with pairs(3) as sockets:
            told: list[bytes] = [b"", b"", b""]
            for _ in range(data.draw(st.integers(1, 5))):
                whom = data.draw(st.lists(st.integers(0, 2), max_size=ENTRIES + 40))
                frame = data.draw(st.binary(min_size=1, max_size=40))
                assert burst([sockets[who][0].fileno() for who in whom], frame) == []
                for who in whom:
                    told[who] += frame
            assert [read(theirs, len(told[who])) for who, (_, theirs) in enumerate(sockets)] == told


class Refusing:
    """The system calls of a container that forbids these."""

    restype: object = None
    argtypes: object = None

    def __call__(self, *_: int) -> int:
        ctypes.set_errno(errno.EPERM)
        return -1


def test_where_the_kernel_grants_no_ring_each_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings.ctypes, "CDLL", lambda *_, **__: SimpleNamespace(syscall=Refusing()))
    assert isinstance(fastest(), Writes)


def test_who_does_not_want_a_ring_gets_none() -> None:
    assert isinstance(fastest(io_uring=False), Writes)


def test_what_the_kernel_does_not_take_is_named(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Callable[[int], int]] = [lambda count: count - 2, lambda _: -1]
    call = ring._call

    def stingy(number: int, descriptor: int, count: int, *rest: int) -> int:
        wanted = answers.pop(0)(count) if answers else count
        return int(call(number, descriptor, wanted, *rest)) if wanted > 0 else -1

    with pairs(5) as sockets:
        descriptors = [ours.fileno() for ours, _ in sockets]
        monkeypatch.setattr(ring, "_call", stingy)
        assert ring(descriptors, b"first") == [(3, 0), (4, 0)]
        assert ring(descriptors, b"second") == []
        assert [read(theirs, 6) for _, theirs in sockets[3:]] == [b"second"] * 2
        assert [read(theirs, 11) for _, theirs in sockets[:3]] == [b"firstsecond"] * 3


@pytest.mark.usefixtures("ring")
def test_a_ring_that_breaks_says_so_and_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_number: int, _descriptor: int, count: int, *_: int) -> int:
        ctypes.set_errno(errno.EBADF)
        return count or -1  # takes all, and never tells of any

    ring = Ring()
    monkeypatch.setattr(ring, "_call", broken)
    with pytest.raises(OSError, match="io_uring_enter"):
        ring([-1], b"frame")


@pytest.mark.usefixtures("ring")
def test_a_ring_that_is_gone_leaves_no_descriptor() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        Ring()
    gevent.idle()  # gevent closes a descriptor when its loop has looked at it
    assert len(os.listdir("/proc/self/fd")) == before
