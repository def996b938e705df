"""The signature, checked as a receiver would: by its own reading of the documented form."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from actors.courier import Destination
from actors.courier.signature import fields, signature


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=200), st.integers(0, 2**40))
def test_a_receiver_can_check_it_by_timestamp_and_body(key: bytes, body: bytes, at: int) -> None:
    parts = dict(part.split("=") for part in signature(key, body, at + 0.9).split(","))
    assert parts["t"] == str(at)
    assert parts["v1"] == hmac.new(key, f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def test_the_fields_of_a_try() -> None:
    plain = fields(Destination("https://a.example", headers=(("X-Mine", "1"), ("Content-Type", "x"))), "id", b"{}", 5.0)
    assert plain["X-Mine"] == "1"
    assert plain["Content-Type"] == "application/json", "ours win"
    assert plain["X-Presently-Delivery"] == "id"
    assert "X-Presently-Signature" not in plain
    signed = fields(Destination("https://a.example", key=b"k"), "id", b"{}", 5.0)
    assert signed["X-Presently-Signature"] == signature(b"k", b"{}", 5.0)


def test_neither_key_nor_url_is_shown() -> None:
    shown = repr(Destination("https://a.example/?token=geheim", key=b"geheim"))
    assert "geheim" not in shown
