"""Discord's place in the tree: a listener among the listeners, where the settings have a token."""

import pykka

from actors.discord.gateway import Gateway
from actors.discord.network import DiscordNetwork
from actors.house import House
from actors.runtime import Address
from actors.settings import Discord
from actors.supervision import Child, Restart


def discord_child(house: House, wanted: Discord, network: DiscordNetwork) -> Child | None:
    """None without a token: then nobody listens."""
    if wanted.token is None:
        return None

    def start(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Gateway]:
        return Gateway.start(house, wanted, network, parent=parent, heir=heir, path=path)

    # TRANSIENT: an upstream that is down, or parked, does not make the server unready.
    return Child(house.discord, start, Restart.TRANSIENT, about="Discord's gateway: presences of the guild's members")
