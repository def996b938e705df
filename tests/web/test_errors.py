"""The table of failures: each class has one status, and nothing of ours is told to a client."""

from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Fatal, HouseError, Malformed, Overrun, Refused, Unavailable
from web import errors
from web.views import Request

ENVIRON = {"REQUEST_METHOD": "PUT", "PATH_INFO": "/session", "QUERY_STRING": "token=SECRET"}


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (Malformed("malformed-body"), 400, None),
        (Refused("invalid-token"), 401, None),
        (Refused("missing-token"), 401, None),
        (Refused("not-first-party"), 403, None),
        (Refused("unknown-account"), 404, None),
        (Refused(errors.UNKNOWN_PATH), 404, None),
        (Refused(errors.WRONG_METHOD), 405, None),
        (Overrun("too-large"), 413, None),
        (Overrun("mailbox-full", retry_after=1.5), 429, "2"),
        (Overrun("too-many-requests"), 429, "1"),
        (Unavailable("store-away"), 503, "1"),
        (Unavailable("user-resting", retry_after=0.2), 503, "1"),
        (Fatal("never"), 500, None),
        (HouseError("internal"), 500, None),
    ],
)
def test_each_class_has_its_status(error: HouseError, status: int, retry_after: str | None) -> None:
    answer = errors.refuse(error, Request(ENVIRON))
    assert answer.status == errors.status_of(error) == status
    assert dict(answer.headers).get("Retry-After") == retry_after


@given(st.text(min_size=1), st.sampled_from([Malformed, Refused, Overrun, Unavailable, Fatal, HouseError]))
def test_the_text_of_an_error_is_never_told(text: str, kind: type[HouseError]) -> None:
    answer = errors.refuse(kind("code", f"<{text}>"), Request(ENVIRON))
    assert f"<{text}>".encode() not in answer.body
    assert answer.body == (b'{"error":"internal"}' if answer.status == 500 else b'{"error":"code"}')


def test_a_path_is_logged_as_it_is_spelt() -> None:
    """Seen to fail: /u/josé was told of as /u/josÃ©, for WSGI has each byte as a character."""
    environ = {**ENVIRON, "PATH_INFO": "/u/josé".encode().decode("latin-1")}
    with structlog.testing.capture_logs() as lines:
        errors.note(Refused("unknown-account"), environ)
        errors.failed(environ)
    assert [line["path"] for line in lines] == ["/u/josé"] * 2


def test_a_fault_of_ours_is_one_line_with_its_traceback_and_without_the_query() -> None:
    with structlog.testing.capture_logs() as lines:
        try:
            int("the reason")
        except ValueError:
            failure = errors.failed(ENVIRON)
    assert errors.status_of(failure) == 500
    assert [(line["event"], line["log_level"], line["exc_info"]) for line in lines] == [
        ("request failed", "error", True)
    ]
    assert "SECRET" not in repr(lines)


def test_a_refusal_is_one_warning_without_the_query() -> None:
    with structlog.testing.capture_logs() as lines:
        errors.note(Refused("invalid-token"), ENVIRON)
    wanted: list[dict[str, Any]] = [
        {"event": "refused", "log_level": "warning", "method": "PUT", "path": "/session", "code": "invalid-token"}
    ]
    assert lines == wanted
