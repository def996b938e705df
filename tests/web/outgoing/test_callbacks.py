"""Callbacks over real sockets: every fault of a receiver is told in the Courier's words."""

import socket
from collections.abc import Callable
from email.utils import formatdate

import gevent
import pytest
from gevent.event import Event
from hypothesis import given
from hypothesis import strategies as st

from actors.courier.reply import Answered, Forbidden, Reply, Unanswered, Unreached
from tests.clock import BEGINNING, FakeClock
from tests.web.outgoing.conftest import Script, Talker, plain, says, until_waiting
from web.outgoing import Callbacks, Client
from web.outgoing.callbacks import wait_of

Talk = Callable[..., Talker]


@pytest.fixture
def send(client: Client, clock: FakeClock) -> Callbacks:
    return Callbacks(client, clock)


def post(send: Callbacks, url: str, body: bytes = b"{}") -> Reply:
    return send(url, {"Content-Type": "application/json", "X-Presently-Delivery": "id-1"}, body)


def closing(text: bytes) -> Script:
    def script(peer: socket.socket, _request: bytes) -> str:
        peer.sendall(text)
        return "close"

    return script


def test_it_is_posted_as_it_is_over_one_connection(send: Callbacks, talk: Talk) -> None:
    server = talk(says(plain(b"ok")))
    for _ in range(3):
        assert post(send, server.url(path="/hook?x=1"), b'{"a":1}') == Answered(200)
    head, _, body = server.requests[-1].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert b"X-Presently-Delivery: id-1" in head.split(b"\r\n")
    assert body == b'{"a":1}'
    assert server.connections == 1


@pytest.mark.parametrize("status", [204, 302, 400, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(send: Callbacks, talk: Talk, status: int) -> None:
    server = talk(says(f"HTTP/1.1 {status} X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode()))
    assert post(send, server.url()) == Answered(status)
    assert len(server.requests) == 1


def test_what_it_says_of_waiting_is_told(send: Callbacks, talk: Talk) -> None:
    server = talk(says(b"HTTP/1.1 429 X\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n"))
    assert post(send, server.url()) == Answered(429, 17.0)


def test_nobody_listens(send: Callbacks) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert post(send, f"http://127.0.0.1:{port}/") == Unreached("unreachable")


def test_a_name_that_leads_nowhere(send: Callbacks, names: object) -> None:
    names.answers = {"none.example": [()]}  # type: ignore[attr-defined]
    assert isinstance(post(send, "https://none.example/"), Unreached)


def test_a_certificate_of_somebody_else(send: Callbacks, talk: Talk) -> None:
    assert post(send, talk(says(plain(b"")), tls="other.example").url(scheme="https")) == Unreached("bad-certificate")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://10.0.0.1/", "not-https"),
        ("https://10.0.0.1/", "private-address"),
        ("ftp://a.example/", "bad-scheme"),
        ("https://a@b.example/", "user-info"),
        ("", "bad-scheme"),
    ],
)
def test_an_address_that_must_not_be_asked(send: Callbacks, url: str, code: str) -> None:
    assert post(send, url) == Forbidden(code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "unreachable"),
        (b"HTTP/1.1 20", "bad-response"),
        (b"nonsense\r\n\r\n", "bad-response"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "too-large"),
    ],
)
def test_a_half_answer_is_none(send: Callbacks, talk: Talk, answer: bytes, code: str) -> None:
    reply = post(send, talk(closing(answer)).url())
    assert isinstance(reply, Unanswered)
    assert reply.code in {code, "bad-response"}


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 100\r\n\r\nshort",
        b"Content-Length: 1000000000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nnonsense",
        b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx",
        b"\r\n" + b"x" * 200_000,
    ],
)
def test_a_status_counts_whatever_becomes_of_the_body(send: Callbacks, talk: Talk, rest: bytes) -> None:
    assert post(send, talk(closing(b"HTTP/1.1 202 Accepted\r\n" + rest)).url()) == Answered(202)


def test_an_endless_body_is_not_read_to_its_end(send: Callbacks, talk: Talk) -> None:
    def script(peer: socket.socket, _request: bytes) -> None:
        peer.sendall(b"HTTP/1.1 503 X\r\nRetry-After: 3\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65536)

    assert post(send, talk(script).url()) == Answered(503, 3.0)


def test_who_is_slow_to_answer(send: Callbacks, talk: Talk, clock: FakeClock) -> None:
    server = talk(lambda _peer, _request: None)
    asking = until_waiting(lambda: post(send, server.url()), server.asked)
    clock.advance(9.9)
    gevent.idle()
    assert not asking.ready()
    clock.advance(0.1)
    assert asking.get(timeout=5) == Unanswered("too-slow")


def test_who_answers_and_then_is_slow(send: Callbacks, talk: Talk, clock: FakeClock) -> None:
    said = Event()

    def script(peer: socket.socket, _request: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx")
        said.set()

    server = talk(script)
    asking = until_waiting(lambda: post(send, server.url()), said)
    gevent.idle()
    while not asking.ready():
        clock.advance(1.0)
        gevent.idle()
    assert asking.get() == Answered(200)


def test_a_connection_that_was_closed_meanwhile_is_no_try(send: Callbacks, talk: Talk) -> None:
    def script(peer: socket.socket, _request: bytes) -> str | None:
        if len(server.requests) == 2:
            return "close"
        peer.sendall(plain(b"ok"))
        return None

    server = talk(script)
    assert post(send, server.url()) == Answered(200)
    assert post(send, server.url()) == Answered(200)
    assert len(server.requests) == 3


@given(st.integers(0, 10**12))
def test_seconds_to_wait(seconds: int) -> None:
    wait = wait_of(f" {seconds} ", BEGINNING)
    assert wait is not None
    assert wait == seconds or wait > 10**8 / 2


@given(st.integers(-(10**6), 10**6))
def test_a_date_to_wait_for(seconds: int) -> None:
    assert wait_of(formatdate(BEGINNING + seconds, usegmt=True), BEGINNING) == max(seconds, 0)


@given(st.text(max_size=40).filter(lambda text: not text.strip().isdigit()))
def test_nonsense_asks_for_nothing(text: str) -> None:
    assert wait_of(text, BEGINNING) is None or wait_of(text, BEGINNING) >= 0  # type: ignore[operator]


def test_nothing_asks_for_nothing() -> None:
    assert wait_of(None, BEGINNING) is None
    assert wait_of("soon", BEGINNING) is None


@pytest.mark.parametrize("year", ["0000", "0001", "9999", "99999"])
def test_a_date_beyond_all_calendars_does_no_harm(year: str) -> None:
    wait = wait_of(f"Fri, 31 Dec {year} 23:59:59 -2359", BEGINNING)
    assert wait is None or wait >= 0


def test_head_and_body_go_out_together(send: Callbacks, talk: Talk) -> None:
    server = talk(says(plain(b"ok")))
    for size in (0, 1, 2_000, 20_000):
        assert post(send, server.url(), b"x" * size) == Answered(200)
        head, _, body = server.requests[-1].partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % size in head.split(b"\r\n")
        assert body == b"x" * size, "one write, so one read brings all of it"
    assert len(server.requests) == 4
