"""docs/dialect.md: what it shows is what the server takes and says."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.errors import Malformed, Overrun, Refused
from web.dialects.native import schemas
from web.dialects.native.claims import MOST_SOURCES
from web.dialects.native.problems import problem_of, status_of
from web.dialects.native.schemas import GivenClaim, Invalid, Wish, read
from web.dialects.native.sessions import MOST_USERS

TEXT = (Path(__file__).parents[2] / "docs" / "dialect.md").read_text("utf-8")


def documents(language: str) -> list[Any]:
    return [json.loads(block) for block in re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)]


def test_the_claim_that_is_shown_is_taken() -> None:
    (body,) = re.findall(r"-d '(\{.*?\})'", TEXT, re.DOTALL)
    claim = read(body, GivenClaim)
    assert claim.lease_seconds == 60
    assert [activity.name for activity in claim.activities] == ["Suite No. 1"]


def test_every_member_of_a_claim_is_named() -> None:
    for shape in (GivenClaim, schemas.GivenActivity):
        for name in shape.__struct_fields__:
            assert f"`{name}`" in TEXT, name


def test_the_answers_that_are_shown_have_their_shapes() -> None:
    claim, presence, problem = documents("json")
    msgspec.convert(claim, schemas.Claim)
    msgspec.convert(presence, schemas.OwnPresence)
    msgspec.convert(problem, schemas.Problem)
    with pytest.raises(Invalid) as caught:
        read('{"lease_seconds": 1}', GivenClaim)
    assert json.loads(msgspec.json.encode(problem_of(caught.value))) == problem


def test_the_event_that_is_shown_has_its_shape() -> None:
    ident, data = re.findall(r"```\nid: (\S+)\ndata: (.*)\n```", TEXT)[0]
    event = msgspec.json.decode(data, type=schemas.Snapshot | schemas.Change | schemas.Resumed)
    assert isinstance(event, schemas.Change)
    assert event.id == ident


def test_the_wishes_that_are_shown_are_understood() -> None:
    wishes = re.findall(r"^\| `(\{.*?\})` \|", TEXT, re.MULTILINE)
    assert [read(wish, Wish).type for wish in wishes] == ["subscribe", "subscribe", "unsubscribe", "ping"]
    for event in (schemas.Snapshot, schemas.Change, schemas.Resumed):
        assert f"| `{event.__struct_config__.tag}` |" in TEXT


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("malformed-json"), 400),
        (Malformed("bad-source"), 400),
        (Malformed("bad-key"), 400),
        (Refused("missing-token"), 401),
        (Refused("invalid-token"), 401),
        (Refused("not-permitted"), 403),
        (Refused("unknown-claim"), 404),
        (Refused("key-in-use"), 409),
        (Invalid("", "x"), 422),
        (Refused("key-reused"), 422),
        (Overrun("too-many-claims"), 429),
        (Overrun("too-many-requests"), 429),
    ],
)
def test_the_codes_have_the_statuses_that_are_named(error: Any, status: int) -> None:
    codes = TEXT.partition("`code` is for programs: ")[2]
    named = codes.partition(f"`{error.code}`")[2]
    assert named, error.code
    assert re.search(r"\d{3}", named)[0] == str(status) == str(status_of(error))  # type: ignore[index]


def test_the_limits_are_those_of_the_code() -> None:
    assert f"At most {MOST_SOURCES} sources" in TEXT
    assert f"up to {MOST_USERS} users" in TEXT
    assert f"up to {schemas.MOST_ACTIVITIES};" in TEXT
