"""A Stream over TLS: what comes in records and not in packets is read to its end, and a stranger is not believed."""

import json
import ssl
from collections.abc import Iterator

import pytest
import trustme

from actors.relay.registration import StreamState
from tests.actors.relay.listening import Listening, until
from tests.fakes.exchange import Reply

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Listening]:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    made = Listening(tls=_server("127.0.0.1", authority), trust=trust)
    yield made
    made.close()


@pytest.mark.parametrize("way", ["websocket", "event stream"])
def test_many_and_long_notifications(secure: Listening, way: str) -> None:
    if way == "event stream":
        secure.fake.always("websocket", Reply(404))
    secure.listen()
    secure.until_open()
    (listener,) = secure.fake.listeners
    assert listener.way == way
    payloads = [json.dumps({"id": str(number), "text": "x" * (300 * number)}) for number in range(200)]
    for payload in payloads:
        listener.notify(payload)
        listener.ping()  # type: ignore[attr-defined]
    until(lambda: len(secure.outbox.parcels) == 200)
    assert secure.outbox.payloads == payloads


def test_pings_and_the_end(secure: Listening) -> None:
    secure.listen()
    secure.until_open()
    (listener,) = secure.fake.listeners
    listener.ping()  # type: ignore[attr-defined]
    until(lambda: listener.pongs == 1)
    secure.clock.advance(31)
    until(lambda: listener.pings == 1)
    secure.fake.revoke("t0ken")
    secure.until_waiting("close-1005")
    secure.return_now()
    assert secure.until_over() == "unauthorized"


def test_a_cut_is_a_lost_connection(secure: Listening) -> None:
    secure.listen()
    secure.until_open()
    secure.fake.listeners[0].cut()
    secure.until_waiting("close-1006")
    assert secure.state is StreamState.WAITING


@pytest.mark.parametrize("fault", ["other name", "other authority"])
def test_a_certificate_that_is_not_good(authority: trustme.CA, fault: str) -> None:
    trust = ssl.create_default_context()
    (trustme.CA() if fault == "other authority" else authority).configure_trust(trust)
    name = "127.0.0.2" if fault == "other name" else "127.0.0.1"
    stranger = Listening(tls=_server(name, authority), trust=trust)
    try:
        stranger.listen()
        stranger.until_waiting("bad-certificate")
    finally:
        stranger.close()


def _server(name: str, authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
