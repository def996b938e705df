"""Maps: which apps may register for which instances, as the operator's two Hjson files say (mastodon-relay.md A2)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hjson

from actors.relay.registration import Instance

ENDPOINTS = ("user", "user:notification")
"""The streams that a registration, or an instance's entry, may ask for."""

ANY = "*"
"""The entry for every instance that has none of its own; it says who may register, and nothing else."""

_BASES = ("replaceUrl", "replaceUrlWeb")


class MapFault(Exception):
    """A map that cannot be used; the text is a sentence for the operator, without what stands in the file."""


@dataclass(frozen=True, slots=True)
class App:
    """One entry of app_map. Without a secret nobody can show that they are this app."""

    secret: str | None = field(default=None, repr=False)
    signing_key: str | None = field(default=None, repr=False)

    def knows(self, secret: str | None) -> bool:
        """Whether this is the app's secret, found out in constant time."""
        if self.secret is None or secret is None:
            return False
        return hmac.compare_digest(_bytes(self.secret), _bytes(secret))


@dataclass(frozen=True, slots=True)
class Maps:
    """Both files at one instant; `apps` by id, `instances` by lower-cased URL or `*`."""

    apps: Mapping[str, App] = field(default_factory=dict)
    instances: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def allowed(self, instance: str) -> Any:
        """`appIdAllowed` as it is written for this instance; None: every app may. KeyError without any entry."""
        entry = self.instances.get(instance)
        return (self.instances[ANY] if entry is None else entry).get("appIdAllowed")

    def admits(self, instance: str, app: str) -> bool:
        """Whether this app may register for this instance."""
        if app not in self.apps or (instance not in self.instances and ANY not in self.instances):
            return False
        allowed = self.allowed(instance)
        return allowed is None or allowed == app or (isinstance(allowed, list) and app in allowed)

    def instance(self, url: str) -> Instance:
        """What is said of the instance itself; of one that is only `*` nothing is."""
        entry: Mapping[str, Any] = self.instances.get(url, {}) if url != ANY else {}
        return Instance(url, entry.get("replaceUrl"), entry.get("replaceUrlWeb"), entry.get("endpoint"))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def read_maps(apps: Path | Mapping[str, Any] | None, instances: Path | Mapping[str, Any] | None) -> Maps:
    """Both maps, of files or of tables in the settings; MapFault where either is broken: then neither counts."""
    read = _entries("app_map", apps)
    return Maps({name: _app(name, entry) for name, entry in read.items()}, _instances(instances))


def _instances(said: Path | Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    read = _entries("instance_map", said)
    for url, entry in read.items():
        for name in _BASES:
            base = entry.get(name)
            if base is not None and not (isinstance(base, str) and base.startswith(("http://", "https://"))):
                raise MapFault(f"instance_map: {name} of {url} must be an http:// or https:// URL")
        if entry.get("endpoint") not in (None, *ENDPOINTS):
            raise MapFault(f"instance_map: endpoint of {url} must be one of {', '.join(ENDPOINTS)}")
    return read


def _app(name: str, entry: Mapping[str, Any]) -> App:
    for key in ("secret", "signing_key"):
        if not isinstance(entry.get(key), str | None) or entry.get(key) == "":
            raise MapFault(f"app_map: {key} of {name} must be text in quotes, and not empty")
    return App(entry.get("secret"), entry.get("signing_key"))


def _entries(what: str, said: Path | Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    read = _parsed(what, said) if isinstance(said, Path) else said or {}
    if not isinstance(read, Mapping):
        raise MapFault(f"{what} must be an object, with one entry for each name")
    for name, entry in read.items():
        if not isinstance(entry, Mapping):
            raise MapFault(f"{what}: the entry {name} must be an object in braces")
    return read


def _parsed(what: str, path: Path) -> Any:
    try:
        return hjson.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise MapFault(f"{what}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MapFault(f"{what}: {path} is not UTF-8 text") from None
    except hjson.HjsonDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MapFault(f"{what}: {path} is not Hjson: {error.msg} at {place}") from None
    except RecursionError:
        raise MapFault(f"{what}: {path} is nested too deeply") from None
