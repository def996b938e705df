"""The bytes of an answer's head, made in one piece and checked as a whole; pure."""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

from web.edge.head import PLAIN

Fields = Iterable[tuple[str, str]]
# What the front door alone says of an answer (RFC 9112 section 6, 9).
OURS = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "date"})


def encode_head(status: str, fields: Fields, ours: str) -> bytes:
    """The head of an answer: status ("200 OK"), the application's fields but OURS, then our finished lines.

    `ours` is "" or lines that each end in CR LF. ValueError for a status that is no status, for a CR, an LF or another
    control character in any field, and for text beyond latin-1.
    """
    return b"%b%b\r\n" % (_encoded(status, tuple(fields)), ours.encode("latin-1"))


@lru_cache(maxsize=256)
def _encoded(status: str, fields: tuple[tuple[str, str], ...]) -> bytes:
    """Remembered, because most answers of a busy server have the same fields."""
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name}: {value}" for name, value in fields if name.lower() not in OURS]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError("a status or field of the answer has a line break")
    head = f"{text}\r\n".encode("latin-1")
    if head.translate(None, PLAIN):
        raise ValueError("a status or field of the answer has a control character")
    return head


def wishes(fields: Fields) -> tuple[int | None, bool]:
    """The body's length in bytes (None if not stated) and whether the connection ends, by an application's fields.

    ValueError for a length that is no number.
    """
    return _wishes(tuple(fields))


@lru_cache(maxsize=256)
def _wishes(fields: tuple[tuple[str, str], ...]) -> tuple[int | None, bool]:
    length, ends = None, False
    for name, value in fields:
        key = name.lower()
        if key == "content-length":
            length = int(value)
        elif key == "connection":
            ends = "close" in value.lower()
    return length, ends


# RFC 9110's phrases, which http.HTTPStatus has from Python 3.13 on.
_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def phrase_of(status: HTTPStatus) -> str:
    """A status in a word or two, whatever Python this is."""
    return _PHRASES.get(status) or status.phrase


def refusal(status: HTTPStatus, reason: str, fields: Fields = (), date_line: str = "") -> bytes:
    """A whole answer that ends its connection: a sentence as plain text."""
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return parting(f"{status.value} {phrase_of(status)}", [kind, *fields], reason.encode() + b"\n", date_line)


_UNLESS_SAID = (("X-Content-Type-Options", "nosniff"), ("Access-Control-Allow-Origin", "*"))


def parting(status: str, fields: Fields, body: bytes, date_line: str = "", *, bodiless: bool = False) -> bytes:
    """A whole answer that ends its connection; scripts of any page may read it, unless its fields say which."""
    given = list(fields)
    names = {name.lower() for name, _ in given}
    given += [each for each in _UNLESS_SAID if each[0].lower() not in names]
    # RFC 9110 section 7.8: who sends the field Upgrade says so in Connection.
    options = "close, Upgrade" if "upgrade" in names else "close"
    ours = f"{date_line}Content-Length: {len(body)}\r\nConnection: {options}\r\n"
    return encode_head(status, given, ours) + (b"" if bodiless else body)


FULL = refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections are open.", [("Retry-After", "5")])
FULL_ADDRESS = refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many connections from here.", [("Retry-After", "5")])
