import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.edge.chunks import Chunks
from web.edge.head import BadRequest

REFUSED = {
    "not hex": (400, b"g\r\n"),
    "signed": (400, b"+5\r\nhello\r\n"),
    "prefixed": (400, b"0x5\r\nhello\r\n"),
    "underscore": (400, b"1_0\r\n"),
    "empty size": (400, b"\r\n"),
    "space after the size": (400, b"5 \r\nhello\r\n"),
    "space before the size": (400, b" 5\r\nhello\r\n"),
    "bare LF": (400, b"5\nhello\r\n0\r\n\r\n"),
    "bare LF in an extension": (400, b"5;a\nb\r\nhello\r\n"),
    "NUL in an extension": (400, b"5;\0\r\nhello\r\n"),
    "nine digits": (400, b"000000005\r\nhello\r\n"),
    "size line without end": (400, b"5;" + b"a" * 200),
    "bare LF, and no more yet": (400, b"5\nhel"),
    "chunk too long": (400, b"5\r\nhello!\r\n"),
    "chunk ended by two other bytes": (400, b"5\r\nhelloXX0\r\n\r\n"),
    "chunk ended by LF": (400, b"5\r\nhello\n0\r\n"),
    "trailer": (400, b"0\r\nA: b\r\n\r\n"),
    "too large at once": (413, b"ffffffff\r\n"),
    "too large in all": (413, b"a\r\n0123456789\r\n7\r\n"),
}


@pytest.mark.parametrize(("status", "data"), REFUSED.values(), ids=REFUSED)
def test_refused(status: int, data: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        Chunks(16).feed(data)
    assert caught.value.status == status


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(1, 9), st.binary(max_size=9))
def test_any_cut_gives_the_same_body(parts: list[bytes], cut: int, rest: bytes) -> None:
    wire = b"".join(b"%X;ext=1\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    chunks = Chunks(400)
    pieces = [wire[at : at + cut] for at in range(0, len(wire), cut)]
    assert [chunks.feed(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    chunks.feed(rest)
    at_once = Chunks(400)
    assert at_once.feed(wire + rest)
    for each in (chunks, at_once):
        assert (each.body, each.rest) == (b"".join(parts), rest)


@given(st.binary(max_size=200))
def test_junk_is_refused_or_waited_for(junk: bytes) -> None:
    chunks = Chunks(64)
    try:
        done = chunks.feed(junk)
    except BadRequest as bad:
        status = bad.status.value
    else:
        status = 200
        assert done is chunks.done
    assert status in {200, 400, 413}
    assert len(chunks.body) <= 64


@pytest.mark.parametrize(("said", "size"), [(b"1a", 26), (b"1A;x", 26), (b"0010", 16), (b"00000009", 9)])
def test_a_size_is_hexadecimal(said: bytes, size: int) -> None:
    chunks = Chunks(26)
    assert chunks.feed(said + b"\r\n" + b"x" * size + b"\r\n0\r\n\r\n")
    assert chunks.body == b"x" * size
