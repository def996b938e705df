"""Everything that can be set, as one frozen value with its defaults, and what the settings demand of each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from actors.redaction import MASK, names_secret, redacted
from actors.settings.kinds import (
    decimal,
    file_or_table,
    folder,
    networks,
    one_of,
    snowflake,
    switch,
    text,
    texts,
    whole,
)

_HTTP = r"https?://[^\s/?#@]+(/[^\s?#]*)?"
_HOSTS = (r"[^\s/@?#]+(/[0-9]{1,3})?", "a list of hosts, host:port or address ranges")


@dataclass(frozen=True, slots=True)
class Server:
    """`[server]`: where it listens and what it leans on; without `redis` in this process, without `database` SQLite.

    `io_uring` lets one system call send to many subscribers, where the kernel grants it (actors/burst).
    """

    host: str = text("127.0.0.1", r"[^\s/@?#]+", "a host name or an address")
    port: int = whole(8138, 0, 65535)
    data: Path = folder("data")  # noqa: RUF009 - a dataclass field
    workers: int = whole(1, 1, 256)
    redis: str | None = text(None, r"(rediss?|unix)://\S+", "a URL such as redis://127.0.0.1:6379/0")
    database: str | None = text(None, r"((postgres|postgresql)://|sqlite:///)\S+", "a postgresql:// or sqlite:/// URL")
    io_uring: bool = switch(default=True)

    def url(self, port: int) -> str:
        """Where it is found on this port; an IPv6 address stands in brackets (RFC 3986 section 3.2.2)."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{port}"


@dataclass(frozen=True, slots=True)
class Presenti:
    """`[presenti]`: the life of a session and the pause between two updates of one name, in milliseconds."""

    expires_ms: int = whole(10_000, 1_000, 86_400_000)
    coalesce_ms: int = whole(0, 0, 86_400_000)
    registration: bool = switch(default=False)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`[dialects.NAME]`: whether a dialect is spoken, in which of its two wires, and under which path."""

    enabled: bool = switch(default=True)
    wire: str = one_of("documented", "documented", "deployed")
    prefix: str = text("", r"(/[A-Za-z0-9._~-]+)*", 'empty or a path such as "/lantern"')


@dataclass(frozen=True, slots=True)
class Lantern(Dialect):
    """`[dialects.lantern]`: `kv_secret` encrypts its storage tokens; None lets the server make its own."""

    kv_secret: str | None = text(None, r"[0-9A-Fa-f]{64}", "64 hexadecimal digits", secret=True)


@dataclass(frozen=True, slots=True)
class Dyson(Dialect):
    """`[dialects.dyson]`: `push` says of whom a signed-in socket hears, of everybody or of its own account."""

    push: str = one_of("all", "all", "own")


@dataclass(frozen=True, slots=True)
class Dialects:
    """`[dialects]`: one section for each."""

    presenti: Dialect = field(default_factory=Dialect)
    lantern: Lantern = field(default_factory=Lantern)
    lanyard: Dialect = field(default_factory=Dialect)
    dyson: Dyson = field(default_factory=Dyson)
    heartbeat: Dialect = field(default_factory=Dialect)
    relay: Dialect = field(default_factory=Dialect)
    native: Dialect = field(default_factory=Dialect)


@dataclass(frozen=True, slots=True)
class Limits:
    """`[limits]`: how much one may have or do; 0 switches a limit off. A subscriber's messages count by the minute."""

    connections: int = whole(12_000, 0, 10_000_000)
    connections_per_address: int = whole(100, 0, 10_000_000)
    requests_per_second: int = whole(200, 0, 10_000_000)
    messages_per_minute: int = whole(60, 0, 10_000_000)
    publisher_messages_per_second: int = whole(20, 0, 10_000_000)
    sign_ins_per_minute: int = whole(20, 0, 10_000_000)


@dataclass(frozen=True, slots=True)
class Web:
    """`[web]`: origins whose pages may bring credentials, proxies whose word on the client is believed, our address."""

    origins: tuple[str, ...] = texts((), r"https?://[^\s/?#@]+", 'a list of origins such as "https://example.org"')
    trusted_proxies: tuple[str, ...] = networks(("127.0.0.0/8", "::1/128"))
    public_url: str | None = text(None, _HTTP, "an http:// or https:// URL")


@dataclass(frozen=True, slots=True)
class Module:
    """`[modules.NAME]`: the callable `package.module:callable` that publishes, and what else stands there for it."""

    entry: str = text("", r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", "given as package.module:callable")
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """`[log]`: the least that is worth a line."""

    level: str = one_of("info", "debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Supervision:
    """`[supervision]`: falls allowed within a period, and the back-off's start and end, in seconds."""

    intensity: int = whole(5, 0, 1_000)
    period: float = decimal(60.0, 1, 86_400)
    backoff: float = decimal(0.5, 0.01, 3_600)
    backoff_max: float = decimal(60.0, 0.01, 86_400)


@dataclass(frozen=True, slots=True)
class Discord:
    """`[discord]`: the bot. A `gateway_url` of None is asked of the API."""

    token: str | None = text(None, r"[!-~]+", "a bot's token", secret=True)
    api_base: str = text("https://discord.com/api/v10", _HTTP, "an http:// or https:// URL")
    gateway_url: str | None = text(None, r"wss?://[^\s#@]+", "a ws:// or wss:// URL")
    cdn_base: str = text("https://cdn.discordapp.com", _HTTP, "an http:// or https:// URL")
    base_guild_id: str | None = snowflake()
    application_id: str | None = snowflake()
    client_secret: str | None = text(None, r"[!-~]+", "an application's secret", secret=True)


@dataclass(frozen=True, slots=True)
class Relay:
    """`[relay]`: who may register and whereto; a map is the path of a file or a table of tables.

    With `end_on_410` a callback that answers 410 ends its registration. With `catch_up` an instance is asked for what
    it said while nobody listened. Who asks for it and was at work at their
    instance counts as online for `presence_seconds`.
    """

    app_map: Path | Mapping[str, Any] | None = file_or_table()  # noqa: RUF009 - a dataclass field
    instance_map: Path | Mapping[str, Any] | None = file_or_table()  # noqa: RUF009 - a dataclass field
    allow_private_hosts: tuple[str, ...] = texts((), *_HOSTS)
    end_on_410: bool = switch(default=False)
    catch_up: bool = switch(default=True)
    presence_seconds: float = decimal(300.0, 1.0, 86_400.0)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`[outgoing]`: which private hosts may be asked for what users name."""

    allow_private_hosts: tuple[str, ...] = texts((), *_HOSTS)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it; `modules` by name."""

    server: Server = field(default_factory=Server)
    presenti: Presenti = field(default_factory=Presenti)
    dialects: Dialects = field(default_factory=Dialects)
    limits: Limits = field(default_factory=Limits)
    web: Web = field(default_factory=Web)
    log: Log = field(default_factory=Log)
    supervision: Supervision = field(default_factory=Supervision)
    discord: Discord = field(default_factory=Discord)
    relay: Relay = field(default_factory=Relay)
    outgoing: Outgoing = field(default_factory=Outgoing)
    modules: Mapping[str, Module] = field(default_factory=dict)

    def contradictions(self) -> list[str]:
        """What the sections demand of each other and do not get, a sentence each."""
        demands = (
            (
                self.presenti.coalesce_ms < self.presenti.expires_ms,
                "presenti.coalesce_ms must be less than presenti.expires_ms",
            ),
            (
                self.server.workers == 1 or self.server.redis is not None,
                "server.workers above 1 needs server.redis: the workers share their claims there",
            ),
            (
                self.supervision.backoff <= self.supervision.backoff_max,
                "supervision.backoff must not be above supervision.backoff_max",
            ),
            (
                self.discord.base_guild_id is None or self.discord.token is not None,
                "discord.base_guild_id needs discord.token: the guild is watched by a bot",
            ),
        )
        return [sentence for met, sentence in demands if not met]

    def describe(self) -> str:
        """The settings as text, a line each, with secrets masked."""
        return "\n".join(_lines(self, ""))


def _lines(section: Any, place: str) -> Iterator[str]:
    for each in fields(section):
        value, name = getattr(section, each.name), f"{place}{each.name}"
        secret = "kind" in each.metadata and each.metadata["kind"].secret
        if is_dataclass(value):
            yield from _lines(value, f"{name}.")
        elif name == "modules":
            for module, wanted in value.items():
                yield from _lines(wanted, f"modules.{module}.")
        else:
            yield f"{name} = {MASK if secret and value else _shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{key} = {MASK if names_secret(str(key)) else _shown(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return redacted(str(value)) if isinstance(value, Path | str) else "none" if value is None else str(value).lower()
