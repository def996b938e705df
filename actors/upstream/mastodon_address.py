"""Where a registration's stream is to be had, and which: by instance map, by what the instance says, by its version.

Sources: mastodon-streaming-listener (README's version rule, instance map), Mastodon's REST and streaming API. Pure.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import orjson

from actors.relay.registration import Instance, Registration

USER = "user"
NOTIFICATIONS = "user:notification"
NOTIFICATIONS_SINCE = (1, 4, 2)

_NUMBERS = re.compile(r"\s*v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?", re.IGNORECASE)
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_KEPT = "!$&'()*+,;=:@/%~-._"


@dataclass(frozen=True, slots=True)
class Info:
    """What an instance says of itself; None for what it does not say."""

    version: str | None = None
    streaming: str | None = None
    """Base of its streaming API, http or https."""


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https URL without any secret in it, and whether it must lead to the public internet."""

    url: str
    guarded: bool = True

    @property
    def host(self) -> str:
        """As the Host header says it, in ASCII; UnicodeError where it cannot be."""
        parts = urlsplit(self.url)
        return parts.netloc.encode("idna").decode("ascii") if not parts.netloc.isascii() else parts.netloc

    @property
    def target(self) -> str:
        """What stands in the request line."""
        parts = urlsplit(self.url)
        query = f"?{quote(parts.query, safe=_KEPT + '?')}" if parts.query else ""
        return (quote(parts.path, safe=_KEPT) or "/") + query

    def onward(self, location: str, stream: str) -> "Address | None":
        """Where a redirect leads: to TLS or to the same host, None otherwise. It is a stranger who says so."""
        try:
            url = http_url(urljoin(self.url, location))
            mine, theirs = urlsplit(self.url), urlsplit(url or "")
        except ValueError:
            return None
        if url is None or (theirs.scheme != "https" and theirs.hostname != mine.hostname):
            return None
        asked = [pair for pair in parse_qsl(theirs.query) if pair[0] != "access_token"]
        if "/streaming/user" not in theirs.path and not any(name == "stream" for name, _ in asked):
            asked.append(("stream", stream))
        return Address(theirs._replace(query=urlencode(asked, safe=":"), fragment="").geturl())


def http_url(url: str) -> str | None:
    """The URL with ws and wss as http and https; None for any other scheme."""
    scheme, colon, rest = url.partition("://")
    known = _SCHEMES.get(scheme.lower())
    return f"{known}://{rest}" if colon and known and rest else None


def read_info(body: bytes) -> Info | None:
    """From the answer to GET /api/v1/instance; None where it is none."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    version, urls = document.get("version"), document.get("urls")
    streaming: Any = urls.get("streaming_api") if isinstance(urls, dict) else None
    return Info(
        version if isinstance(version, str) else None,
        http_url(streaming) if isinstance(streaming, str) else None,
    )


def info_address(instance: Instance) -> Address:
    """Where an instance tells its version and its streaming address."""
    base = instance.replace_url_web or instance.url
    return Address(f"{base.rstrip('/')}/api/v1/instance", guarded=instance.replace_url_web is None)


def knows_notifications(version: str | None) -> bool:
    """True for an instance that has the stream of notifications alone: "version >= v1.4.2".

    Compared by number, whether a v stands before it or not. A text that begins with none is above every number, no
    version below.
    """
    found = _NUMBERS.match(version or "")
    if found is None:
        return bool(version and version.strip())
    return tuple(int(part or 0) for part in found.groups()) >= NOTIFICATIONS_SINCE


def chosen_stream(registration: Registration, instance: Instance, info: Info) -> str:
    """The registration's wish, else the instance map's, else what the instance's version has."""
    by_version = NOTIFICATIONS if knows_notifications(info.version) else USER
    return registration.endpoint or instance.endpoint or by_version


def websocket_address(instance: Instance, info: Info, stream: str) -> Address:
    """Where the stream is to be had as a WebSocket."""
    base = _streaming_base(instance, info)
    return Address(f"{base.url}/api/v1/streaming/?{urlencode({'stream': stream}, safe=':')}", base.guarded)


def event_stream_address(instance: Instance, info: Info, stream: str) -> Address:
    """Where the same is to be had as an event stream."""
    base = _streaming_base(instance, info)
    return Address(f"{base.url}/api/v1/streaming/{stream.replace(':', '/')}", base.guarded)


def _streaming_base(instance: Instance, info: Info) -> Address:
    """Addresses from the configuration are the operator's own and may be private."""
    if instance.replace_url is not None:
        return Address((http_url(instance.replace_url) or instance.replace_url).rstrip("/"), guarded=False)
    return Address((info.streaming or http_url(instance.url) or instance.url).rstrip("/"))
