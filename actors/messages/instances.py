"""Messages to Instances (actors/relay/instances.py)."""

from dataclasses import dataclass

from actors.relay.registration import Instance


@dataclass(frozen=True, slots=True)
class Admit:
    """May I connect to this instance? Answered with its Info when it is the asker's turn.

    Unavailable when nothing is known of the instance and it can't be asked; `retry_after` says for how long.
    """

    instance: Instance
    doubtful: bool = False
    """The asker has been turned away and wonders whether the streaming address is still the same."""
