import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.edge.head import BadRequest, Head, find_end, parse_head
from web.edge.limits import EdgeLimits

LIMITS = EdgeLimits()


def read(data: bytes) -> Head:
    end = find_end(data, LIMITS)
    if end < 0:
        raise AssertionError("the head is not complete")
    return parse_head(data[:end], LIMITS)


def get(*lines: bytes, first: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([first, *lines, b"", b""])


HOST = b"Host: a.example"

REFUSED = {
    "length and chunked": (400, get(HOST, b"Content-Length: 5", b"Transfer-Encoding: chunked")),
    "chunked and length": (400, get(HOST, b"Transfer-Encoding: chunked", b"Content-Length: 5")),
    "differing lengths": (400, get(HOST, b"Content-Length: 5", b"Content-Length: 6")),
    "repeated length": (400, get(HOST, b"Content-Length: 5", b"content-length: 5")),
    "list of lengths": (400, get(HOST, b"Content-Length: 5, 5")),
    "signed length": (400, get(HOST, b"Content-Length: +5")),
    "negative length": (400, get(HOST, b"Content-Length: -5")),
    "hex length": (400, get(HOST, b"Content-Length: 0x5")),
    "length with underscore": (400, get(HOST, b"Content-Length: 1_0")),
    "length in other digits": (400, get(HOST, "Content-Length: \u0665".encode())),
    "superscript length": (400, get(HOST, b"Content-Length: \xb2")),
    "empty length": (400, get(HOST, b"Content-Length:")),
    "gzip": (400, get(HOST, b"Transfer-Encoding: gzip")),
    "gzip, chunked": (400, get(HOST, b"Transfer-Encoding: gzip, chunked")),
    "chunked twice": (400, get(HOST, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked")),
    "chunked, identity": (400, get(HOST, b"Transfer-Encoding: chunked, identity")),
    "xchunked": (400, get(HOST, b"Transfer-Encoding: xchunked")),
    "vertical tab chunked": (400, get(HOST, b"Transfer-Encoding: \x0bchunked")),
    "empty coding": (400, get(HOST, b"Transfer-Encoding:")),
    "chunked in 1.0": (400, get(HOST, b"Transfer-Encoding: chunked", first=b"POST / HTTP/1.0")),
    "folded by space": (400, get(HOST, b"A: b", b" c")),
    "folded by tab": (400, get(HOST, b"A: b", b"\tc")),
    "folded first line": (400, get(b" A: b", HOST)),
    "bare LF everywhere": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "bare LF in a value": (400, get(HOST, b"A: b\nB: c")),
    "bare LF before the end": (400, b"GET / HTTP/1.1\r\nHost: a\n\r\n\r\n"),
    "bare CR in a value": (400, get(HOST, b"A: b\rB: c")),
    "bare CR before CRLF": (400, get(HOST, b"A: b\r")),
    "space before colon": (400, get(HOST, b"A : b")),
    "tab before colon": (400, get(HOST, b"A\t: b")),
    "no colon": (400, get(HOST, b"Accept")),
    "unknown name without colon": (400, get(HOST, b"garbage")),
    "empty name": (400, get(HOST, b": b")),
    "NUL": (400, get(HOST, b"A: b\0c")),
    "NUL in the name": (400, get(HOST, b"A\0: c")),
    "escape": (400, get(HOST, b"A: b\x1bc")),
    "delete": (400, get(HOST, b"A: b\x7fc")),
    "control in the target": (400, get(HOST, first=b"GET /\x01 HTTP/1.1")),
    "missing Host": (400, get(b"A: b")),
    "second Host": (400, get(HOST, HOST)),
    "second Host differs": (400, get(HOST, b"host: b.example")),
    "empty Host": (400, get(b"Host:")),
    "Host with a path": (400, get(b"Host: a/b")),
    "Host with a user": (400, get(b"Host: a@b")),
    "Host with a list": (400, get(b"Host: a, b")),
    "Host with a bad port": (400, get(b"Host: a:8o")),
    "underscore": (400, get(HOST, b"X_User_Claim: root")),
    "underscore in a known name": (400, get(HOST, b"Content_Length: 5")),
    "obs-text in a name": (400, get(HOST, b"\xe9: 5")),
    "obs-text in the target": (400, get(HOST, first=b"GET /\xe9 HTTP/1.1")),
    "two spaces": (400, get(HOST, first=b"GET  / HTTP/1.1")),
    "space before": (400, get(HOST, first=b" GET / HTTP/1.1")),
    "space after": (400, get(HOST, first=b"GET / HTTP/1.1 ")),
    "tabs between": (400, get(HOST, first=b"GET\t/\tHTTP/1.1")),
    "HTTP/0.9": (400, get(HOST, first=b"GET /")),
    "method no token": (400, get(HOST, first=b"G(T / HTTP/1.1")),
    "target without slash": (400, get(HOST, first=b"GET a HTTP/1.1")),
    "star for GET": (400, get(HOST, first=b"GET * HTTP/1.1")),
    "tunnel": (400, get(HOST, first=b"CONNECT a:80 HTTP/1.1")),
    "fragment": (400, get(HOST, first=b"GET /#a HTTP/1.1")),
    "options of what is no path": (400, get(HOST, first=b"OPTIONS a HTTP/1.1")),
    "everything by another method": (400, get(HOST, first=b"GET * HTTP/1.1")),
    "user in the absolute target": (400, get(HOST, first=b"GET http://u@h/ HTTP/1.1")),
    "empty authority": (400, get(HOST, first=b"GET http:/// HTTP/1.1")),
    "broken escape": (400, get(HOST, first=b"GET /%zz HTTP/1.1")),
    "half an escape": (400, get(HOST, first=b"GET /% HTTP/1.1")),
    "escaped NUL": (400, get(HOST, first=b"GET /%00 HTTP/1.1")),
    "escaped LF": (400, get(HOST, first=b"GET /%0a HTTP/1.1")),
    "escaped latin-1": (400, get(HOST, first=b"GET /%e9 HTTP/1.1")),
    "overlong escape": (400, get(HOST, first=b"GET /%c0%af HTTP/1.1")),
    "escaped surrogate": (400, get(HOST, first=b"GET /%ed%a0%80 HTTP/1.1")),
    "version lower case": (400, get(HOST, first=b"GET / http/1.1")),
    "no version of HTTP": (400, get(HOST, first=b"GET / JUNK")),
    "WebSocket with a body": (
        400,
        get(HOST, b"Upgrade: websocket", b"Connection: upgrade", b"Content-Length: 1"),
    ),
    "line of 9 KiB": (414, get(HOST, first=b"GET /" + b"a" * 9000 + b" HTTP/1.1")),
    "unended line": (414, b"GET /" + b"a" * 9000),
    "other expectation": (417, get(HOST, b"Expect: 200-ok")),
    "65 fields": (431, get(HOST, *[b"A%d: b" % number for number in range(64)])),
    "fields of 33 KiB": (431, get(HOST, b"A: " + b"b" * 33_000)),
    "unended fields": (431, b"GET / HTTP/1.1\r\nA: " + b"b" * 33_000),
    "length beyond measure": (413, get(HOST, b"Content-Length: " + b"9" * 5000)),
    "HTTP/1.2": (505, get(HOST, first=b"GET / HTTP/1.2")),
    "HTTP/2.0 preface": (505, get(first=b"PRI * HTTP/2.0")),
    "HTTP/3": (505, get(HOST, first=b"GET / HTTP/3")),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01"),
}


@pytest.mark.parametrize(("status", "data"), REFUSED.values(), ids=REFUSED)
def test_refused(status: int, data: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        read(data)
    assert caught.value.status == status
    assert caught.value.reason.isprintable()


def test_a_whole_head() -> None:
    head = read(get(b"Host: a.example:80", b"aCCept:\t x, y ", b"Cookie: a=1", b"Cookie: b=2", b"Accept: z",
                    b"X-Odd: caf\xc3\xa9", first=b"GET /caf%C3%A9/b%20c?q=%zz HTTP/1.1"))  # fmt: skip
    assert (head.method, head.path, head.query) == ("GET", "/caf\xc3\xa9/b c", "q=%zz")
    assert head.target == "/caf%C3%A9/b%20c?q=%zz"
    assert head.fields == {
        "HTTP_HOST": "a.example:80",
        "HTTP_ACCEPT": "x, y,z",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_X_ODD": "caf\xc3\xa9",
    }
    assert (head.keep_alive, head.chunked, head.length, head.websocket) == (True, False, 0, False)


@pytest.mark.parametrize(
    ("version", "value", "kept"),
    [
        (b"1.1", b"x", True),
        (b"1.1", b"x, Close", False),
        (b"1.0", b"x", False),
        (b"1.0", b"Keep-Alive", True),
        (b"1.0", b"keep-alive, close", False),
    ],
)
def test_keep_alive(version: bytes, value: bytes, kept: bool) -> None:
    assert read(get(HOST, b"Connection: " + value, first=b"GET / HTTP/" + version)).keep_alive is kept


def test_http_1_0_may_lack_a_host() -> None:
    assert "HTTP_HOST" not in read(get(first=b"GET / HTTP/1.0")).fields


def test_an_absolute_target_names_the_host() -> None:
    head = read(get(HOST, first=b"GET http://B.example:81?a=1 HTTP/1.1"))
    assert (head.path, head.query, head.fields["HTTP_HOST"]) == ("/", "a=1", "B.example:81")
    head = read(get(HOST, first=b"GET http://b.example/c/d?a=1 HTTP/1.1"))
    assert (head.path, head.query, head.fields["HTTP_HOST"]) == ("/c/d", "a=1", "b.example")


@pytest.mark.parametrize(("version", "expected"), [(b"1.1", True), (b"1.0", False)])
def test_who_waits_for_leave_to_send_the_body(version: bytes, expected: bool) -> None:
    first = b"POST / HTTP/" + version
    assert read(get(HOST, b"Expect: 100-Continue", first=first)).expects_continue is expected
    assert read(get(HOST, first=first)).expects_continue is False


def test_a_body_is_told_of_under_the_names_that_wsgi_has_for_it() -> None:
    head = read(get(HOST, b"content-type: a/b", b"Content-Length: 5", first=b"POST / HTTP/1.1"))
    assert (head.fields["CONTENT_TYPE"], head.fields["CONTENT_LENGTH"], head.length) == ("a/b", "5", 5)


@pytest.mark.parametrize("host", [b"[::1]:80", b"[::1]", b"my_service", b"1.2.3.4:"])
def test_hosts(host: bytes) -> None:
    assert read(get(b"Host: " + host)).fields["HTTP_HOST"] == host.decode()


def test_options_of_everything() -> None:
    assert read(get(HOST, first=b"OPTIONS * HTTP/1.1")).path == "*"


def test_the_limits_are_reached_but_not_passed() -> None:
    line = b"GET /" + b"a" * (8192 - len(b"GET / HTTP/1.1")) + b" HTTP/1.1"
    assert len(line) == 8192
    assert read(get(HOST, *[b"A%d: b" % number for number in range(63)], first=line)).method == "GET"
    with pytest.raises(BadRequest):
        read(get(HOST, first=line.replace(b"/a", b"/aa", 1)))


def test_a_websocket_is_asked_for() -> None:
    asked = read(get(HOST, b"Upgrade: WebSocket", b"Connection: keep-alive, Upgrade"))
    assert asked.websocket
    assert not read(get(HOST, b"Upgrade: websocket")).websocket
    assert not read(get(HOST, b"Upgrade: websocket", b"Connection: upgrade", first=b"POST / HTTP/1.1")).websocket
    assert not read(get(HOST, b"Upgrade: websocket", b"Connection: upgrade", first=b"GET / HTTP/1.0")).websocket


@given(st.binary(max_size=300), st.integers(0, 60))
def test_no_bytes_do_anything_but_parse_wait_or_be_refused(junk: bytes, at: int) -> None:
    good = get(HOST, b"Content-Length: 5", first=b"PUT /a%20b?c=d HTTP/1.1")
    for data in (junk, good[:at] + junk + good[at:], junk + b"\r\n\r\n"):
        try:
            end = find_end(data, LIMITS)
            status = 200 if end >= 0 and parse_head(data[:end], LIMITS).method else 100
        except BadRequest as bad:
            status = bad.status.value
        assert status in {100, 200, 400, 413, 414, 417, 431, 505}


NAMES = st.text("abcXYZ019-!~", min_size=1, max_size=12)
VALUES = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30)


@given(st.dictionaries(NAMES.map(str.lower), VALUES, max_size=20))
def test_fields_come_out_as_they_went_in(fields: dict[str, str]) -> None:
    lines = [f"x-{name}:{value}".encode("latin-1") for name, value in fields.items()]
    head = read(get(HOST, *lines))
    for name, value in fields.items():
        assert head.fields["HTTP_X_" + name.upper().replace("-", "_")] == value.strip(" \t")
