import contextlib
import itertools
import re
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gevent
import gevent.socket
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.burst import Burst, Writes, lanes
from actors.burst.lanes import send_to_all
from actors.burst.ring import fastest
from actors.lane import OUTBOX_BYTES, Lane
from tests.hub import turn

BURSTS: dict[str, Burst] = {"writes": Writes(), "fastest": fastest()}


class Listener:
    """Does to the lane what a door does, and counts what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.lane: Lane

    def lane_overrun(self) -> None:
        self.heard.append("overrun")
        self.lane.farewell(b"<too slow>")

    def lane_broken(self) -> None:
        self.heard.append("broken")
        self.lane.close()

    def lane_drained(self) -> None:
        self.heard.append("drained")


@contextlib.contextmanager
def pair(sndbuf: int = 4096) -> Iterator[tuple[Lane, Any, Listener]]:
    """A lane, the other end of its socket, and the lane's listener."""
    ours, theirs = _plain_pair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)
    ours.setblocking(False)
    theirs.setblocking(False)
    listener = Listener()
    listener.lane = lane = Lane(ours, lambda payload: b"<" + payload + b">", SimpleNamespace(), listener)  # type: ignore[arg-type]
    try:
        yield lane, theirs, listener
    finally:
        lane.close()
        theirs.close()


def _plain_pair() -> tuple[Any, Any]:
    ours, theirs = gevent.socket.socketpair()
    plain = gevent.socket._socket.socket
    return plain(fileno=ours.detach()), plain(fileno=theirs.detach())


def read_all(theirs: Any) -> bytes:
    """What stands in the socket now."""
    portions = []
    with contextlib.suppress(BlockingIOError):
        while portion := theirs.recv(65_536):
            portions.append(portion)
    return b"".join(portions)


def read_everything(lane: Lane, theirs: Any) -> bytes:
    """What comes until nothing waits, the loop's own watcher writing."""
    portions = []
    while lane.backlog:
        portions.append(read_all(theirs))
        turn()
    return b"".join([*portions, read_all(theirs)])


@pytest.fixture(autouse=True, scope="module")
def _one_lane_is_worth_a_burst() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "FEW", 1)
        yield


sends = st.tuples(st.sampled_from(["send", *BURSTS]), st.integers(1, 9_000), st.sampled_from([None, "alice", "bob"]))
reads = st.tuples(st.just("read"), st.integers(1, 20_000), st.none())


@given(st.lists(sends | reads, max_size=40))
@settings(max_examples=100, deadline=None)
def test_frames_come_whole_in_order_and_of_each_key_the_newest_at_last(
    steps: list[tuple[str, int, str | None]],
) -> None:
    with pair() as (lane, theirs, listener):
        received, sent = b"", list[tuple[float, str | None]]()
        for number, (what, size, key) in enumerate(steps):
            if what == "read":
                with contextlib.suppress(BlockingIOError):
                    received += theirs.recv(size)
                if lane._waiting is not None:
                    lane._flush()  # as the watcher would
            elif not listener.heard:
                sent.append((number, key))
                frame = b"<%d %s %s>" % (number, str(key).encode(), b"x" * size)
                if what == "send":
                    lane.send(frame, key)
                else:
                    second = b"<%d.5 %s %s>" % (number, b"bob", b"x" * (size // 2 + 1))
                    sent.append((number + 0.5, "bob"))
                    send_to_all([lane], frame + second, ((key, frame), ("bob", second)), BURSTS[what])
        while lane.backlog:
            received += read_all(theirs)
            lane._flush()
        received += read_all(theirs)
    _whole_ordered_and_newest(received, sent, overrun="overrun" in listener.heard)


def _whole_ordered_and_newest(received: bytes, sent: list[tuple[float, str | None]], *, overrun: bool) -> None:
    if overrun:
        assert received.endswith(b"<too slow>")
        received = received.removesuffix(b"<too slow>")
    assert re.fullmatch(rb"(<[\d.]+ \w+ x+>)*", received)
    arrived = [(float(number), key) for number, key in re.findall(rb"<([\d.]+) (\w+)", received)]
    numbers = [number for number, _ in arrived]
    assert numbers == sorted(set(numbers))
    if not overrun:
        assert [n for n, key in sent if key is None] == [n for n, key in arrived if key == b"None"]
        for key in ("alice", "bob"):
            assert max((n for n, k in sent if k == key), default=None) == max(
                (n for n, k in arrived if k == key.encode()), default=None
            )


def fill(lane: Lane) -> int:
    """Frames that the socket takes before the first stands in the outbox."""
    for number in itertools.count():
        lane.send(b"<%06d%s>" % (number, b"." * 1_000))
        if lane.backlog:
            return number + 1
    raise AssertionError


@pytest.mark.parametrize("burst", BURSTS.values(), ids=BURSTS)
def test_a_burst_reaches_the_others_whatever_is_wrong_with_one(burst: Burst) -> None:
    with contextlib.ExitStack() as stack:
        trios = [stack.enter_context(pair()) for _ in range(9)]
        full, ended, closed, held = (trio[0] for trio in trios[:4])
        frames = fill(full)
        trios[1][1].close()
        closed.close()
        gap = held.hold()
        send_to_all([lane for lane, _, _ in trios], b"<news>", (("alice", b"<news>"),), burst)
        assert [listener.heard for _, _, listener in trios] == [[], ["broken"], *[[]] * 7]
        assert not ended.alive
        assert [read_all(theirs) for _, theirs, _ in trios[4:]] == [b"<news>"] * 5
        assert read_everything(full, trios[0][1]).endswith(b">" + b"<news>")
        assert frames
        assert read_all(trios[3][1]) == b""
        held.fill(gap, b"<first>")
        assert read_all(trios[3][1]) == b"<first><news>"


@pytest.mark.live
def test_what_the_socket_does_not_take_follows_when_it_does() -> None:
    with pair() as (lane, theirs, _):
        frames = fill(lane) + 50
        for number in range(frames - 50, frames):
            lane.send(b"<%06d%s>" % (number, b"." * 1_000))
        received = read_everything(lane, theirs)
        assert [int(number) for number in re.findall(rb"<(\d{6})\.{1000}>", received)] == list(range(frames))
        assert len(received) == frames * 1_008
        lane.send(b"<at once>")
        assert read_all(theirs) == b"<at once>"


def test_the_newest_of_a_key_replaces_what_has_not_left() -> None:
    with pair() as (lane, theirs, _):
        fill(lane)
        for number in range(100_000):
            lane.send(b"<state %06d>" % number, "alice")
        assert lane.backlog < 2_000
        assert read_everything(lane, theirs).endswith(b"><state 099999>")


def test_beyond_its_bound_it_is_overrun_once_and_says_goodbye_after_the_frame_under_way() -> None:
    """Seen to fail when the bound forgot the rest of a frame that the socket had taken a part of."""
    with pair() as (lane, theirs, listener):
        lane.send(b"<000000%s>" % (b"." * 200_000))
        while not listener.heard:
            lane.send(b"<%s>" % (b"-" * 1_000))
            assert lane.backlog <= OUTBOX_BYTES
        lane.send(b"<nothing comes after a goodbye>")
        assert listener.heard == ["overrun"]
        received = read_everything(lane, theirs)
        assert re.fullmatch(rb"<0{6}\.{200000}><too slow>", received)
        assert listener.heard == ["overrun", "drained"]
        assert not lane.alive


def test_a_frame_as_large_as_the_bound_does_not_swallow_the_goodbye() -> None:
    """Seen to fail when the farewell was held to the bound: behind a great snapshot no close code ever left."""
    with pair() as (lane, theirs, listener):
        lane.send(b"<%s>" % (b"s" * 2 * OUTBOX_BYTES))
        lane.farewell(b"<bye>")
        assert read_everything(lane, theirs).endswith(b"ss><bye>")
        assert listener.heard == ["drained"]


def test_a_goodbye_leaves_at_once_when_nothing_is_before_it() -> None:
    with pair() as (lane, theirs, listener):
        lane.say(b"hello")
        lane.farewell(b"<bye>")
        lane.farewell(b"<again>")
        lane.send(b"<late>")
        assert read_all(theirs) == b"<hello><bye>"
        assert listener.heard == ["drained"]


def test_a_goodbye_of_nothing_is_drained_too() -> None:
    with pair() as (lane, theirs, listener):
        fill(lane)
        lane.farewell(b"")
        while not listener.heard:
            read_all(theirs)
            turn()
        assert listener.heard == ["drained"]


def test_a_peer_that_has_gone_is_noticed_once_while_writing() -> None:
    with pair() as (lane, theirs, listener):
        theirs.close()
        lane.send(b"<to nobody>")
        lane.send(b"<to nobody>")
        lane.farewell(b"<bye>")
        assert listener.heard == ["broken"]
        assert not lane.alive


def test_a_peer_that_goes_while_frames_wait_is_noticed_by_the_watcher() -> None:
    with pair() as (lane, theirs, listener):
        fill(lane)
        theirs.close()
        while not listener.heard:
            turn()
        assert listener.heard == ["broken"]


def test_the_watcher_is_closed_before_the_descriptor() -> None:
    """libev aborts the process otherwise. Seen to fail with the two exchanged in Lane.close."""
    with pair() as (lane, _theirs, _):
        fill(lane)
        connection, watcher, order = lane._connection, lane._watcher, []
        assert watcher.active
        lane._connection = SimpleNamespace(  # type: ignore[assignment]
            close=lambda: (order.append(watcher.active), connection.close())
        )
        lane.close()
        lane.close()
        assert order == [False]
        assert lane._watcher is None
        lane.send(b"<late>")


def test_an_idle_lane_holds_no_watcher_and_no_outbox() -> None:
    with pair() as (lane, theirs, _):
        lane.send(b"<a>", "alice")
        assert lane._watcher is None
        assert lane._waiting is None
        fill(lane)
        read_everything(lane, theirs)
        turn()
        assert not lane._watcher.active
        assert lane._waiting is None
