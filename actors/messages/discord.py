"""Messages to the listener of Discord's gateway (actors/discord/gateway.py)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Relinked:
    """From the Directory: these Discord ids may mean another user from now on."""

    idents: tuple[str, ...]
