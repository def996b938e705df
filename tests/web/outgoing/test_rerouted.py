"""An address that the configuration moved is asked where it is now, and no stranger leads out of it."""

from collections.abc import Callable

import pytest

from actors.errors import Refused
from tests.web.outgoing.conftest import Names, Talker, plain, says
from web.outgoing import Client, Rerouted

CDN = "https://cdn.example.org"


@pytest.fixture
def talker(talk: Callable[..., Talker]) -> Talker:
    return talk(says(plain(b"here")))


def test_what_begins_so_is_asked_there_though_it_is_private(strict: Client, talker: Talker) -> None:
    rerouted = Rerouted(strict, {CDN: talker.url(path="/cdn/")})
    assert rerouted.fetch("GET", f"{CDN}/avatars/1/a.png?size=64").body == b"here"
    assert talker.requests[0].startswith(b"GET /cdn/avatars/1/a.png?size=64 HTTP/1.1")


@pytest.mark.parametrize(
    "url", ["https://cdn.example.org.evil.org/a", "https://cdn.example.organ/a", "http://cdn.example.org/a"]
)
def test_what_only_looks_so_is_a_strangers(strict: Client, names: Names, talker: Talker, url: str) -> None:
    for host in ("cdn.example.org.evil.org", "cdn.example.organ", "cdn.example.org"):
        names.answers[host] = [("127.0.0.1",)]
    with pytest.raises(Refused, match=r"private-address|not-https"):
        Rerouted(strict, {CDN: talker.url()}).fetch("GET", url)
    assert talker.requests == []


@pytest.mark.parametrize("path", ["/../secret", "/a/%2e%2E/b", "/."])
def test_no_path_leads_out(strict: Client, talker: Talker, path: str) -> None:
    with pytest.raises(Refused, match="bad-url"):
        Rerouted(strict, {CDN: talker.url(path="/cdn")}).fetch("GET", f"{CDN}{path}")
    assert talker.requests == []


def test_everything_else_is_asked_as_ever(client: Client, strict: Client, talker: Talker) -> None:
    assert Rerouted(client, {CDN: "http://nowhere/"}).fetch("GET", talker.url(path="/x")).body == b"here"
    with pytest.raises(Refused):
        Rerouted(strict, {CDN: "http://nowhere/"}).fetch("GET", talker.url(path="/x"))
