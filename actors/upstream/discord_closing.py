"""What a close code of Discord's gateway means for the session (spec/discord.md section 3.6). Pure."""

from dataclasses import dataclass
from enum import Enum


class Then(Enum):
    """What is to be done about a closed connection."""

    RESUME = "resume"
    IDENTIFY = "identify"
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True)
class Closing:
    """What follows, and for those after which nothing does a sentence for the operator."""

    then: Then
    sentence: str = ""


CLOSED_TO_RESUME = 4000
"""Our own code: 1000 and 1001 would end the session at once (section 3.7)."""
RATE_LIMITED = 4008

_RESUME, _IDENTIFY = Closing(Then.RESUME), Closing(Then.IDENTIFY)
BAD_TOKEN = "Discord does not know the token of [discord] token; take the bot's token from the developer portal"  # noqa: S105
_TABLE = {
    4003: _IDENTIFY,
    4004: Closing(Then.GIVE_UP, BAD_TOKEN),
    4005: _IDENTIFY,
    4007: _IDENTIFY,
    4009: _IDENTIFY,
    4010: Closing(Then.GIVE_UP, "Discord refuses the shard: [discord] base_guild_id names a guild of another one"),
    4011: Closing(
        Then.GIVE_UP, "the bot is in so many guilds that Discord wants shards: set [discord] base_guild_id to the one"
    ),
    4012: Closing(Then.GIVE_UP, "Discord does not speak version 10 of its gateway any more: take a newer Presently"),
    4013: Closing(Then.GIVE_UP, "Discord does not know the intents that are asked for: take a newer Presently"),
    4014: Closing(
        Then.GIVE_UP,
        "Discord does not allow the intents: switch on Presence Intent and Server Members Intent on the bot's page of "
        "the developer portal",
    ),
}


def closing(code: int) -> Closing:
    """Of a close frame's code, and of a connection that was lost; whatever is not known may be resumed."""
    return _TABLE.get(code, _RESUME)
