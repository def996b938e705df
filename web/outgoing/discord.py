"""The ways out to Discord, for actors/discord: addresses of the configuration, or that Discord's own API tells."""

import socket

from actors.discord.gateway import AGENT
from actors.discord.network import DiscordNetwork
from actors.settings import Discord
from web.outgoing.client import Client
from web.outgoing.conversation import Response
from web.outgoing.limits import FetchLimits
from web.outgoing.target import Target

GATEWAY = FetchLimits(seconds=15.0)


def discord_network(client: Client, wanted: Discord) -> DiscordNetwork:
    """By this client. The token goes into a header, which no log and no error repeats."""
    headers = {"Authorization": f"Bot {wanted.token}", "User-Agent": AGENT, "Accept": "application/json"}

    def dial(url: str) -> socket.socket:
        return client.dialler.dial(Target.read(url), guarded=False)

    def ask_gateway() -> Response:
        url = f"{wanted.api_base.rstrip('/')}/gateway/bot"
        return client.fetch_configured("GET", url, headers=headers, limits=GATEWAY)

    return DiscordNetwork(dial, ask_gateway)
