"""Target: a URL taken apart once, so that what is checked is what is asked for (RFC 3986). Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from actors.errors import Refused
from web.outgoing.addresses import read_address

LONGEST = 4096

_PORTS = {"https": 443, "http": 80}
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""A host that some resolvers read as an address: 2130706433, 0x7f.1, 0177.0.0.1."""
_KEPT = "!$&'()*+,;=:@/%~-._"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: `host` in ASCII and lower case, without brackets and without a dot at its end."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query; never empty, never with a fragment."""

    @classmethod
    def read(cls, url: str) -> "Target":
        """Refused: `bad-url`, `bad-scheme`, `user-info` or `bad-host`; the error does not repeat the URL."""
        if len(url) > LONGEST or _NOT_IN_URLS.search(url):
            raise Refused("bad-url")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Refused("bad-url") from None
        if parts.scheme not in _PORTS:
            raise Refused("bad-scheme")
        if "@" in parts.netloc:
            raise Refused("user-info")
        if port == 0:
            raise Refused("bad-url")
        query = f"?{quote(parts.query, safe=_KEPT + '?')}" if parts.query else ""
        path = (quote(parts.path, safe=_KEPT) or "/") + query
        return cls(parts.scheme, _host(parts.hostname or ""), port or _PORTS[parts.scheme], path)

    def onward(self, location: str) -> "Target":
        """Where a redirect leads; Refused as in `read`."""
        return Target.read(urljoin(self.url, location))

    @property
    def url(self) -> str:
        """The whole address. It may hold secrets in its query: not for logs and errors."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two targets must share to be trusted with the same credentials."""
        return self.scheme, self.host, self.port


def _host(name: str) -> str:
    """The host in ASCII; names beyond it by IDNA 2003, which the standard library has."""
    if ":" in name:
        if "%" in name or read_address(name) is None:
            raise Refused("bad-host")
        return name
    try:
        host = name.encode("idna").decode("ascii").lower() if len(name) <= 253 else ""
    except UnicodeError:
        raise Refused("bad-host") from None
    host = host.removesuffix(".")
    if not _HOST.fullmatch(host) or (_NUMERIC.fullmatch(host) and read_address(host) is None):
        raise Refused("bad-host")
    return host
