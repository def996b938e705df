"""An original presenti's config.json in terms of our settings (spec/presenti.md section 7.1). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from actors.errors import Malformed

_UNTAKEN = {
    "crypto": "tokens of the original are signed with its secrets and mean nothing here: make new ones "
    "(python run.py user add NAME, token first-party)",
    "modules": "modules are named by what runs them: see [modules.NAME] in the settings",
    "discord": "the original never used it; a bot's token belongs to discord.token",
}


@dataclass(slots=True)
class Taken:
    """What could be taken over, as the sections of a config.toml, and a sentence for each thing that could not."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def put(self, section: str, key: str, value: Any) -> None:
        """Take one setting over."""
        self.sections.setdefault(section, {})[key] = value


def taken_over(config: Any) -> Taken:
    """What a config.json says that holds here as well. Malformed where it is no object."""
    if not isinstance(config, Mapping):
        raise Malformed("bad-config", "a presenti config.json is an object")
    taken = Taken()
    taken.put("server", "host", "0.0.0.0")  # noqa: S104 - the original listens on every address (section 1)
    taken.put("server", "port", config.get("port", 8138))
    taken.put("presenti", "registration", bool(config.get("registration", False)))
    taken.put("presenti", "expires_ms", 300_000)  # the original's own (section 4.2)
    _take_web(taken, _section(config, "web"))
    _take_database(taken, _section(config, "db"))
    taken.left += [f"{name}: {why}" for name, why in _UNTAKEN.items() if config.get(name)]
    known = {"port", "registration", "web", "db", *_UNTAKEN}
    taken.left += [f"{name}: not known here" for name in config if name not in known]
    return taken


def _take_web(taken: Taken, web: Mapping[str, Any]) -> None:
    """`host` is "a scheme tail": the original prefixes ws, or http, so that TLS is `s://name`."""
    host = web.get("host")
    if isinstance(host, str) and host.lstrip("s").startswith("://") and host.count("://") == 1:
        taken.put("web", "origins", [f"http{host.rstrip('/')}"])
    elif host:
        taken.left.append('web.host: it is no scheme tail such as "s://name"')
    taken.left += [f"web.{name}: not known here" for name in web if name != "host"]


def _take_database(taken: Taken, database: Mapping[str, Any]) -> None:
    name = database.get("name")
    if not name:
        return
    login = ":".join(_quoted(database))
    place = f"{database.get('host') or '127.0.0.1'}:{database.get('port') or 5432}"
    url = f"postgresql://{login + '@' if login else ''}{place}/{quote(str(name), safe='')}"
    taken.put("server", "database", url)
    taken.left.append("the accounts in the original's tables: people sign up anew, or python run.py user add NAME")
    if database.get("cache"):
        taken.left.append("db.cache: nothing of the database is cached here")


def _quoted(database: Mapping[str, Any]) -> Iterator[str]:
    for name in ("username", "password"):
        if database.get(name):
            yield quote(str(database[name]), safe="")


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = config.get(name)
    return section if isinstance(section, Mapping) else {}
