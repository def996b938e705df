"""What the settings can ask for and no room can do yet: refused with a sentence, or warned of."""

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


def warn_of_unused(settings: Settings) -> None:
    """One line for each setting that is understood and that nothing acts on yet."""
    unused = {
        "server.redis": settings.server.redis,
        "discord.token": settings.discord.token,
    }
    for name, value in unused.items():
        if value is not None:
            structlog.get_logger().warning("nothing acts on this setting yet", setting=name)
