"""What no room can do yet is refused or told, never passed over in silence."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.settings import Settings
from actors.settings.sources import load
from actors.settings.unbuilt import not_built, warn_of_unused


def warned(flags: dict[str, Any]) -> list[str]:
    with capture_logs() as lines:
        warn_of_unused(load(flags, {}))
    assert all(line["log_level"] == "warning" for line in lines)
    return [line["setting"] for line in lines]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("server.redis", "redis://127.0.0.1/1"),
        ("discord.application_id", "100000000000000001"),
        ("discord.client_secret", "s3cr3t"),
        ("dialects.lanyard.wire", "deployed"),
        ("dialects.heartbeat.wire", "deployed"),
        ("dialects.relay.wire", "deployed"),
        ("dialects.native.wire", "deployed"),
    ],
)
def test_a_setting_that_nothing_acts_on_is_told_by_name_alone(setting: str, value: str) -> None:
    assert warned({setting: value}) == [setting]


def test_of_the_bot_that_is_listened_for_nothing_is_told() -> None:
    places = {"discord.api_base": "http://127.0.0.1:1", "discord.gateway_url": "ws://127.0.0.1:1"}
    assert warned({"discord.token": "s3cr3t", "discord.base_guild_id": "100000000000000001", **places}) == []


def test_of_what_holds_when_nothing_is_said_nothing_is_told() -> None:
    assert warned({}) == []
    assert not_built(Settings()) == []
