from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.edge.answer import encode_head, phrase_of, refusal, wishes
from web.edge.upgrade import HandshakeRefused, check_handshake, switch_fields


def test_our_lines_replace_the_applications() -> None:
    fields = [("Content-Type", "a/b"), ("Transfer-Encoding", "chunked"), ("connection", "x"), ("Date", "y")]
    assert encode_head("200 OK", fields, "Content-Length: 1\r\n") == (
        b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\n"
    )


@given(st.text("ab\r\n\0\t\x1b\xe9", max_size=6), st.text("ab\r\n\0:", max_size=6), st.text("ab\r\n\x7f", max_size=6))
def test_nothing_is_smuggled_into_an_answer(value: str, name: str, reason: str) -> None:
    try:
        head = encode_head("200 " + reason, [("A", value), ("B" + name, "c")], "")
    except ValueError:
        assert set(value + name + reason) & set("\r\n\0\x1b\x7f")
    else:
        assert head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r") == 4
        assert not set(value + name + reason) & set("\r\n\0\x1b\x7f")


def test_wishes() -> None:
    assert wishes([("A", "b")]) == (None, False)
    assert wishes([("content-LENGTH", "7"), ("Connection", "Close")]) == (7, True)


def test_a_refusal_is_whole() -> None:
    head, _, body = refusal(HTTPStatus.BAD_REQUEST, "No.").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Connection: close" in head
    assert b"Access-Control-Allow-Origin: *" in head, "else a page would be told of a network failure"


SAMPLE = {
    "presently.websocket": True,
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_the_sample_of_the_rfc() -> None:
    check_handshake(SAMPLE)
    assert ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") in switch_fields(SAMPLE)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"presently.websocket": False}, 426),
        ({"HTTP_SEC_WEBSOCKET_VERSION": "8"}, 426),
        ({"HTTP_SEC_WEBSOCKET_VERSION": "13,13"}, 426),
        ({"HTTP_SEC_WEBSOCKET_KEY": ""}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ="}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZR=="}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "!Ghlbm9uc2Vuc2Ugb25jZQ=="}, 400),
        ({"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=="}, 400),
    ],
)
def test_handshakes_that_are_none(change: dict[str, object], status: int) -> None:
    with pytest.raises(HandshakeRefused) as caught:
        check_handshake(SAMPLE | change)
    assert caught.value.status == status
    assert (("Sec-WebSocket-Version", "13") in caught.value.fields) is (status == 426)


def test_a_subprotocol_is_one_that_was_offered() -> None:
    offered = SAMPLE | {"HTTP_SEC_WEBSOCKET_PROTOCOL": "a, b"}
    assert ("Sec-WebSocket-Protocol", "b") in switch_fields(offered | {"presently.subprotocol": "b"})
    with pytest.raises(ValueError, match="offered"):
        switch_fields(offered | {"presently.subprotocol": "c"})


def test_a_refusal_has_the_phrase_of_rfc_9110_on_any_python() -> None:
    words = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
    assert {status: phrase_of(HTTPStatus(status)) for status in words} == words
    assert phrase_of(HTTPStatus.NOT_FOUND) == "Not Found"
