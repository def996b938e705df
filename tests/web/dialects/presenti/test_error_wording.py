"""The exact words of presenti's accounts, links and rules (spec/presenti.md sections 4.8 to 4.11): forms show them."""

from typing import Any

import pytest

from actors.errors import HouseError, Malformed, Refused
from web.dialects.presenti import codec


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        ("foreign-origin", 403, "You are not authorized to use this endpoint."),
        ("first-party-identity", 403, "First-parties may not call this endpoint."),
    ],
)
def test_a_guards_refusal_has_no_code(code: str, status: int, text: str) -> None:
    assert codec.error(Refused(code)) == (status, {"error": text})


@pytest.mark.parametrize(
    ("code", "status", "text", "fields"),
    [
        ("invalid-identity", 401, "Invalid identity token.", []),
        ("invalid-credentials", 401, "Invalid credentials.", []),
        ("invalid-password", 401, "Invalid credentials.", ["password"]),
        ("registration-closed", 403, "Registration is closed.", []),
        ("missing-fields", 400, "Please fill out all required fields.", []),
        (
            "missing-passwords",
            400,
            "The 'password' and 'newPassword' fields are required.",
            ["password", "newPassword"],
        ),
        ("name-taken", 400, "A user with that ID already exists. Please select a different one.", []),
        (
            "bad-name",
            400,
            "An ID has 1 to 64 of A-Z a-z 0-9 _ . - and is no reserved word, long number or UUID.",
            ["id"],
        ),
        ("bad-password", 400, "A password has 1 to 1024 characters.", ["password"]),
        ("unknown-account", 404, "Unknown user.", []),
        ("unknown-link", 404, "Unknown link.", []),
        ("missing-link-fields", 400, "The platform, platformID, and userUUID are required.", []),
        ("link-taken", 400, "A link describing this relationship already exists.", []),
        ("unknown-transformation", 404, "Unknown transformation.", []),
        ("not-your-transformation", 403, "You do not own this transformation.", []),
        ("too-many-transformations", 400, "An account has at most 64 transformations.", []),
    ],
)
@pytest.mark.parametrize("kind", [Malformed, Refused])
def test_an_account_is_told_what_is_wrong_and_with_which_field(
    kind: type[HouseError], code: str, status: int, text: str, fields: list[str]
) -> None:
    named: dict[str, Any] = {"fields": fields} if fields else {}
    assert codec.error(kind(code)) == (status, {"error": text, "code": status, **named})


@pytest.mark.parametrize(("code", "field"), [("bad-rule", "rule"), ("bad-ids", "ids")])
def test_a_rule_is_explained_in_the_houses_own_sentence(code: str, field: str) -> None:
    told = codec.error(Malformed(code, "It lacks something."))
    assert told == (400, {"error": "It lacks something.", "code": 400, "fields": [field]})


def test_a_refusal_without_words_of_its_own() -> None:
    told = codec.error(Refused("unheard-of", "s3cr3t"))
    assert told == (403, {"error": "You are not authorized to use this endpoint.", "code": 403})
