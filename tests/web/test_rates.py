"""The meter: what one address and one token may ask in a second, and what they are told."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actors.errors import HouseError
from web.proxies import Proxies
from web.rates import Meter
from web.views import Answer, Request
from web.words import Words


def in_words(error: HouseError, request: Request) -> Answer:
    return Answer(b"in words", 429, headers=(("Retry-After", "1"),))


class Metered:
    """A meter before an application that says what it got, with a clock that the test moves."""

    def __init__(self, allowed: int) -> None:
        self.now = 1000.5
        words = Words()
        words.learn("/spoken", in_words)
        proxies = Proxies(("127.0.0.0/8",))
        self.meter = Meter(self.app, allowed, proxies=proxies, words=words, monotonic=lambda: self.now)

    def app(self, _environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"served"]

    def ask(self, address: str = "192.0.2.1", query: str = "", path: str = "/", **fields: str) -> Any:
        started: list[Any] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": address, **fields}
        body = self.meter(environ, lambda status, headers: started.extend((status, dict(headers))))
        return int(started[0][:3]), started[1], b"".join(body)


def test_one_too_many_is_refused_until_the_next_second() -> None:
    metered = Metered(2)
    assert [metered.ask()[0] for _ in range(3)] == [200, 200, 429]
    metered.now = 1000.99
    assert metered.ask()[0] == 429
    metered.now = 1001.0
    assert metered.ask()[0] == 200


def test_the_fields_say_what_is_left() -> None:
    metered = Metered(2)
    _, fields, body = metered.ask()
    assert body == b"served"
    assert fields == {
        "Content-Type": "text/plain",
        "RateLimit-Policy": '"address";q=2;w=1',
        "RateLimit": '"address";r=1;t=1',
    }
    _, fields, _ = metered.ask(address="192.0.2.2", query="token=a")
    assert fields["RateLimit-Policy"] == '"address";q=2;w=1, "token";q=2;w=1'
    assert fields["RateLimit"] == '"address";r=1;t=1, "token";r=1;t=1'


def test_a_refusal_has_its_dialects_words_and_when_to_come_again() -> None:
    metered = Metered(1)
    metered.ask()
    status, fields, body = metered.ask(path="/spoken")
    assert (status, body, fields["Retry-After"]) == (429, b"in words", "1")
    assert fields["RateLimit"] == '"address";r=0;t=1'
    status, fields, body = metered.ask(path="/elsewhere")
    assert (status, body, fields["Retry-After"]) == (429, b'{"error":"too-many-requests"}', "1")


def test_a_flood_is_one_line_a_second() -> None:
    metered = Metered(2)
    with capture_logs() as lines:
        for _ in range(6):
            metered.ask(path="/asked", query="token=secret")
        metered.now += 1
        for _ in range(3):
            metered.ask(path="/asked")
    line = {"event": "refused", "log_level": "warning", "method": "GET", "path": "/asked", "code": "too-many-requests"}
    assert lines == [line, line]


def test_an_empty_token_is_none() -> None:
    metered = Metered(1)
    empty: list[dict[str, str]] = [{"query": "token="}, {"query": "id=%20"}, {"HTTP_AUTHORIZATION": "Bearer "}]
    for number, shown in enumerate(empty):
        status, fields, _ = metered.ask(f"192.0.2.{number}", **shown)
        assert (status, fields["RateLimit"]) == (200, '"address";r=0;t=1')


def test_a_token_counts_from_wherever_and_however_it_is_shown() -> None:
    metered = Metered(3)
    assert metered.ask("192.0.2.1", "id=x&token=abc")[0] == 200
    assert metered.ask("192.0.2.2", "%74oken=ab%63")[0] == 200
    assert metered.ask("192.0.2.3", HTTP_AUTHORIZATION="Bearer abc")[0] == 200
    status, fields, _ = metered.ask("192.0.2.4", HTTP_AUTHORIZATION="abc")
    assert (status, fields["RateLimit"]) == (429, '"address";r=2;t=1, "token";r=0;t=1')
    assert metered.ask("192.0.2.4", "token=other")[0] == 200


def test_the_same_token_in_both_places_counts_once() -> None:
    _, fields, _ = Metered(3).ask(query="token=a", HTTP_AUTHORIZATION="a")
    assert fields["RateLimit"] == '"address";r=2;t=1, "token";r=2;t=1'


def test_an_address_that_floods_leaves_no_tokens_behind() -> None:
    metered = Metered(2)
    for number in range(100):
        metered.ask(query=f"token={number}")
    assert len(metered.meter._counted) == 3


def test_addresses_count_by_neighbourhood_and_behind_proxies_by_client() -> None:
    metered = Metered(1)
    assert [metered.ask(f"2001:db8::{number}")[0] for number in (1, 2)] == [200, 429]
    assert metered.ask("2001:db8:0:1::1")[0] == 200
    forwarded = [metered.ask("127.0.0.1", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")[0] for number in (1, 2, 2)]
    assert forwarded == [200, 200, 429]
    lied = [metered.ask("192.0.2.99", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")[0] for number in (7, 8)]
    assert lied == [200, 429]


@given(st.integers(1, 5), st.lists(st.tuples(st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.floats(0, 0.4))))
def test_no_second_of_one_address_has_more_than_allowed(allowed: int, asked: list[tuple[str, float]]) -> None:
    metered = Metered(allowed)
    served: dict[tuple[str, int], int] = {}
    wanted: dict[tuple[str, int], int] = {}
    for address, pause in asked:
        metered.now += pause
        place = address, int(metered.now)
        wanted[place] = wanted.get(place, 0) + 1
        served[place] = served.get(place, 0) + (metered.ask(address)[0] == 200)
    assert served == {place: min(count, allowed) for place, count in wanted.items()}
