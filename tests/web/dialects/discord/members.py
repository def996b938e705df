"""A member of a guild as Discord sends one, and the presence that the listener makes of it."""

from typing import Any

from actors.presence import Presence, Source, Subject
from actors.upstream.discord_native import member_claim

ALICE: dict[str, Any] = {
    "id": "100000000000000001",
    "username": "alice",
    "discriminator": "0",
    "global_name": "Alice",
    "avatar": "abcdef1234567890abcdef1234567890",
    "bot": False,
    "public_flags": 4194368,
    "primary_guild": {
        "identity_guild_id": "987654321098765432",
        "identity_enabled": True,
        "tag": "GGEZ",
        "badge": "badgehash123",
    },
}
NOT_ACCOUNT = Subject("100000000000000001", "100000000000000001")
JOINED = "2023-11-14T22:13:20+00:00"

SPOTIFY: dict[str, Any] = {
    "id": "spotify:1",
    "name": "Spotify",
    "type": 2,
    "details": "Song",
    "state": "One; Two",
    "sync_id": "track",
    "assets": {"large_image": "spotify:cover", "large_text": "Album"},
    "timestamps": {"start": 1_700_000_000_000, "end": 1_700_000_200_000},
    "party": {"id": "spotify:100000000000000001"},
    "flags": 48,
    "created_at": 1_700_000_000_500,
}


def presence(status: str = "online", *activities: dict[str, Any], **said: Any) -> Presence:
    client_status = said.pop("client_status", {"desktop": "online", "mobile": "idle"})
    data = {"status": status, "client_status": client_status, "activities": list(activities)}
    user = {**ALICE, **said.pop("user", {})}
    return Presence((member_claim(Source("discord", "bot"), 1.0, user, data, JOINED),), **said)
