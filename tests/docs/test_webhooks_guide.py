"""What docs/webhooks.md teaches works as it stands there."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.courier.signature import signature
from actors.presence import Activity, Claim, Presence, Source, Subject
from actors.webhooks.webhook import Happened, Notice
from tests.serving import ROOT
from web.dialects.native.notices import Notices

TEXT = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
NOW = 1_767_225_600.0


def block(language: str, mark: str) -> str:
    """The first block of code in this language that has the mark in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return next(each for each in blocks if mark in each)


@pytest.fixture(scope="module")
def is_genuine() -> Any:
    taught: dict[str, Any] = {}
    exec(block("python", "is_genuine"), taught)
    return taught["is_genuine"]


@given(st.text("abc-", min_size=16, max_size=40), st.binary(max_size=100))
def test_the_check_takes_what_we_sign(is_genuine: Any, secret: str, body: bytes) -> None:
    said = signature(secret.encode(), body, NOW)
    assert is_genuine(secret, said, body, NOW)
    assert not is_genuine(secret + "x", said, body, NOW)
    assert not is_genuine(secret, said, body + b"x", NOW)
    assert not is_genuine(secret, said, body, NOW + 301)


@pytest.mark.parametrize("said", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=,v1=", "nonsense,,=", "t=1767225600,v1=ab"])
def test_the_check_refuses_nonsense(is_genuine: Any, said: str) -> None:
    assert not is_genuine("s" * 16, said, b"", NOW)


def test_what_is_sent_has_the_members_that_are_shown() -> None:
    shown = json.loads(block("json", '"came"').replace("8c5e...", "8c5e"))
    presence = Presence((Claim(Source("native", "1"), NOW, activities=(Activity("Chess"),)),))
    subject = Subject("8c5e", "alice", account=True)
    body = Notices().body(Notice(shown["webhook"], Happened.CAME, "alice", 7, NOW, subject, presence))
    assert json.loads(body) == shown
