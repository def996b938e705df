"""What the settings can ask for and no room can do yet: refused with a sentence, or warned of."""

from operator import attrgetter

import structlog

from actors.settings import Settings


def not_built(settings: Settings) -> list[str]:
    """A sentence for each thing that is asked for and that no room can do yet: better refused than passed over."""
    asked = settings.server
    faults = []
    if asked.workers > 1:
        faults.append("server.workers: several processes are not built yet, only 1 can serve")
    if (asked.database or "").startswith("postgres"):
        faults.append("server.database: PostgreSQL is not built yet, leave it out for SQLite in the data folder")
    return faults


_UNUSED = (
    "server.redis",
    "discord.application_id",
    "discord.client_secret",
    "dialects.lanyard.wire",
    "dialects.heartbeat.wire",
    "dialects.relay.wire",
    "dialects.native.wire",
)
"""What is understood and does nothing: nobody signs in by Discord yet, and these dialects have one wire alone."""


def warn_of_unused(settings: Settings) -> None:
    """One line for each setting that was changed although nothing acts on it; never its value."""
    usual = Settings()
    for name in _UNUSED:
        asked = attrgetter(name)
        if asked(settings) != asked(usual):
            structlog.get_logger().warning("nothing acts on this setting yet", setting=name)
