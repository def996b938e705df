"""Whose words are spoken at a path."""

import pytest

from actors.errors import HouseError, Refused
from web.views import Answer, Request
from web.words import Words


def saying(word: str):
    def refuse(error: HouseError, request: Request) -> Answer:
        return Answer(f"{word} {error.code}".encode())

    return refuse


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/session", b"one code"),
        ("/api/presence/x", b"one code"),
        ("/api/presence/x y", b"one code"),
        ("/v1/users/7", b"two code"),
        ("/api/presence/x/y", b'{"error":"code"}'),
        ("/api/presence/", b'{"error":"code"}'),
        ("/sessionX", b'{"error":"code"}'),
        ("/v1.users.7", b'{"error":"code"}'),
        ("/v2/any/thing", b"whole code"),
        ("/v2/users/7", b"one code"),
        ("/v2", b'{"error":"code"}'),
    ],
)
def test_the_dialect_of_the_rule_words_the_error(path: str, told: bytes) -> None:
    words = Words()
    words.learn("/session", saying("one"))
    words.learn("/session", saying("second"))
    words.learn("/api/presence/<name>", saying("one"))
    words.learn("/v1/users/<int:id>", saying("two"))
    words.own("/v2/", saying("whole"))
    words.learn("/v2/users/<name>", saying("one"))
    assert words.refuse(Refused("code"), Request({"PATH_INFO": path})).body == told
