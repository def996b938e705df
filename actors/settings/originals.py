"""The variables by which the originals are set up, in terms of our settings.

PORT is the relay's and Lanyard's, LISTEN and REDIS Beep's heartbeat's, DISCORD_BOT_TOKEN and
KV_TOKEN_ENCRYPTION_SECRET Lantern's, DB_* the relay's and presenti's (spec/mastodon-relay.md A2, spec/presenti.md 7.1).
"""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

_PLAIN = {
    "PORT": "server.port",
    "DISCORD_BOT_TOKEN": "discord.token",
    "KV_TOKEN_ENCRYPTION_SECRET": "dialects.lantern.kv_secret",
}
_POSTGRES = {"postgres", "postgresql"}


def originals(environ: Mapping[str, str], faults: list[str]) -> Iterator[tuple[str, str, str]]:
    """Triples of variable, key and value for each that is set and not empty."""
    for variable, key in _PLAIN.items():
        if environ.get(variable):
            yield variable, key, environ[variable]
    if environ.get("LISTEN"):
        yield from _listen(environ["LISTEN"], faults)
    if environ.get("REDIS"):
        yield "REDIS", "server.redis", _redis(environ["REDIS"])
    if environ.get("DB_DIALECT") or environ.get("DB_HOST"):
        yield from _database(environ, faults)


def _listen(value: str, faults: list[str]) -> Iterator[tuple[str, str, str]]:
    """`host:port`; without a host it means every address, as `:8080` does in the original."""
    host, colon, port = value.rpartition(":")
    if not colon or not port:
        faults.append("LISTEN must be host:port or :port")
        return
    yield "LISTEN", "server.host", host.removeprefix("[").removesuffix("]") or "0.0.0.0"  # noqa: S104 - what ":8080" says
    yield "LISTEN", "server.port", port


def _redis(value: str) -> str:
    """`host:port` in the original; a URL passes."""
    if "://" in value:
        return value
    return f"redis://{'127.0.0.1' if value.startswith(':') else ''}{value}"


def _database(environ: Mapping[str, str], faults: list[str]) -> Iterator[tuple[str, str, str]]:
    dialect = environ.get("DB_DIALECT") or "postgres"
    name = environ.get("DB_NAME")
    if dialect not in _POSTGRES:
        faults.append(f"DB_DIALECT is {dialect!r}, but only postgres is spoken; leave it unset for SQLite")
    elif not name:
        faults.append("DB_NAME must name the database that DB_HOST and DB_DIALECT speak of")
    else:
        user = environ.get("DB_USER") or environ.get("DB_USERNAME") or ""
        password = environ.get("DB_PASS") or environ.get("DB_PASSWORD") or ""
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        place = f"{environ.get('DB_HOST') or '127.0.0.1'}:{environ.get('DB_PORT') or '5432'}"
        yield "DB_HOST", "server.database", f"postgresql://{f'{login}@' if login else ''}{place}/{quote(name, safe='')}"
