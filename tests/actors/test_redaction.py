"""Redaction: no spelling of a secret gets through, and ordinary text stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.redaction import names_secret, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/session?token=s3cr3t&id=s3cr3t", "/session?token=***&id=***"),
        ("/session?id=s3cr3t HTTP/1.1", "/session?id=*** HTTP/1.1"),
        ("token=s3cr3t", "token=***"),
        ("/session?%74oken=s3cr3t&%69d=s3cr3t", "/session?%74oken=***&%69d=***"),
        ("/x?access_token=s3cr3t#f", "/x?access_token=***"),
        ("/x?TOKEN=s3cr3t&scope=ann", "/x?TOKEN=***&scope=ann"),
        ("postgresql://ann:s3cr3t@h/db", "postgresql://***@h/db"),
        ('{"type":3,"token":"s3cr3t"}', '{"type":3,"token":"***"}'),
        ("{'client_secret': 's3cr3t'}", "{'client_secret': \"***\"}"),
        ("Authorization: s3cr3t", "Authorization: ***"),
        ("Set-Cookie: identity=s3cr3t; HttpOnly", "Set-Cookie: ***"),
        ("sent Bearer s3cr3t.s3cr3t.s3cr3t", "sent Bearer ***"),
        (f"/presence/{'-s3cr3t_' * 5}x-_/x", "/presence/***/x"),
        (f"/session&{'-s3cr3t_' * 5}x-_", "/session&***"),
        (f"no lnyd_{'5ec2e7' * 5}00.", "no ***."),
    ],
)
def test_a_secret_is_masked(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "connected",
        "Bot started",
        "a=b",
        "user id=7",
        "https://h.example/u/ann?page=2",
        "12:30",
        'say "hi": yes',
        "/v2/users/26a7b156-5d60-494a-8712-ed45161cf92f/claims/x",
        f"sha256 {'5ec2e700' * 8}",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redacted(text) == text


def test_secret_names() -> None:
    assert all(map(names_secret, ("token", "Set-Cookie", "client_secret", "DB_PASSWORD", "Authorization")))
    assert not any(map(names_secret, ("user", "id", "code", "path", "event")))


@given(st.text(alphabet="&?= \"',/%", max_size=6), st.text(alphabet="&?; \n", max_size=4))
def test_a_token_in_any_surroundings_is_masked(before: str, after: str) -> None:
    assert "s3cr3tvalue" not in redacted(f"{before}?token=s3cr3tvalue{after}")
