"""The relay's requests (tateisu/mastodon-streaming-listener at d16fde3 of 2021-05-11, spec part A3). Pure.

instance_url=https://social.example&tag=device-17&app_id=org.example.app&app_secret=k3y&access_token=t0ken
    &callback_url=https://app.example/callback[&endpoint=user]              a registration, as a form or as JSON
    [&presence_token=...]                                                  ours alone: a token of this server's
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from actors.errors import Malformed
from actors.messages.relay import Register, Unregister
from actors.relay.maps import ENDPOINTS, Maps
from actors.upstream.mastodon_address import USER
from web import json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

NAMES = ("instance_url", "tag", "app_id", "app_secret", "access_token", "callback_url", "endpoint", "presence_token")
MOST_FIELDS = 1_000

LONGEST = 255
"""Bytes of instance_url, tag and app_id (README)."""
LONGEST_TOKEN = 4_096
"""Characters of access_token and callback_url; the original's database had room for 255."""

# Row 9 of the table in A3 forbids the first four; the rest could not stand in the stream's address either.
_NOT_IN_TOKENS = re.compile(r"[?&=/]|[^!-~]")


def parameters(kind: str, body: bytes) -> Mapping[str, str]:
    """The parameters that are known here, of a body of this type; of another type there are none.

    Malformed where the body cannot be read, or has a parameter twice or as something else than text.
    """
    kind = kind.partition(";")[0].strip().lower()
    if kind == FORM:
        return _single(_form(body))
    if kind == JSON:
        document = json.read(body)
        if not isinstance(document, dict):
            raise Malformed("malformed-json", "the body must be an object")
        return _single((name, value) for name, value in document.items() if value is not None)
    return {}


def _form(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        yield from parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed("malformed-form", "the body cannot be read as a form") from None


def _single(pairs: Any) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in NAMES:
            continue
        if name in found:
            raise Malformed("repeated-parameter", f"{name} must be given once")
        if not isinstance(value, str):
            raise Malformed("bad-parameter", f"{name} must be text")
        found[name] = value
    return found


def registration_in(given: Mapping[str, str], maps: Maps) -> Register:
    """The registration that is asked for; Malformed with the original's sentence for the first check it fails."""
    instance = _instance_in(given)
    app = _app_in(given, maps)
    _check_instance(instance, app, maps)
    token = given.get("access_token")
    if not token:
        raise Malformed("missing-access-token", "missing access_token")
    if _NOT_IN_TOKENS.search(token):
        raise Malformed("bad-access-token", "access_token contains invalid character")
    endpoint = given.get("endpoint") or None
    if endpoint is not None and endpoint not in ENDPOINTS:
        raise Malformed("bad-endpoint", f"bad endpoint parameter. allowed value is {', '.join(ENDPOINTS)}.")
    tag, callback_url = _present("tag", given), given.get("callback_url")
    if not callback_url:
        raise Malformed("missing-callback-url", "missing callback_url")
    _check_lengths(instance, app, tag)
    for name in ("access_token", "callback_url"):
        if len(given[name]) > LONGEST_TOKEN:
            raise Malformed("too-long", f"{name} must have {LONGEST_TOKEN} characters at most")
    return Register(instance, app, tag, given["app_secret"], token, callback_url, endpoint)


def presence_token_in(given: Mapping[str, str]) -> str | None:
    """The token of ours that allows the account's doings to be claimed. No stream but `user` tells of any."""
    token = given.get("presence_token") or None
    if token is not None and given.get("endpoint") != USER:
        raise Malformed("bad-presence-token", "presence_token needs endpoint user")
    return token


def place_in(given: Mapping[str, str], maps: Maps) -> Unregister:
    """The registration that is to end; the instance map is not consulted."""
    instance = _instance_in(given)
    app = _app_in(given, maps)
    tag = _present("tag", given)
    _check_lengths(instance, app, tag)
    return Unregister(instance, app, tag)


def _instance_in(given: Mapping[str, str]) -> str:
    """Row 1; lower-cased as a whole, "not trimmed"."""
    url = given.get("instance_url")
    if not url:
        raise Malformed("missing-instance-url", "missing instance_url")
    return url.lower()


def _app_in(given: Mapping[str, str], maps: Maps) -> str:
    """Rows 2 to 4; the last of which says nothing of the secret."""
    app = given.get("app_id")
    if not app:
        raise Malformed("missing-app-id", "missing app_id")
    known = maps.apps.get(app)
    if known is None:
        raise Malformed("unknown-app", f"missing app configuration for app: {app}")
    if not known.knows(given.get("app_secret")):
        raise Malformed("wrong-app-secret", f"app_secret not match. app: {app}")
    return app


def _check_instance(instance: str, app: str, maps: Maps) -> None:
    """Rows 5 to 7. "A string appIdAllowed that differs from the app id answers the 'bad data type' text"."""
    if maps.admits(instance, app):
        return
    try:
        allowed = maps.allowed(instance)
    except KeyError:
        sentence = f"missing instance configuration for instance: {instance}"
        raise Malformed("unknown-instance", sentence) from None
    if isinstance(allowed, list):
        raise Malformed("app-not-allowed", f"appIdAllowed not contains your app_id :{app}")
    sentence = f"bad data type of appIdAllowed. it must be string or array of string. in instance: {instance}"
    raise Malformed("app-not-allowed", sentence)


def _present(name: str, given: Mapping[str, str]) -> str:
    value = given.get(name)
    if value is None:
        raise Malformed(f"missing-{name}", f"missing {name}")
    return value


def _check_lengths(instance: str, app: str, tag: str) -> None:
    for name, value in (("instance_url", instance), ("tag", tag), ("app_id", app)):
        if len(value.encode()) > LONGEST:
            raise Malformed("too-long", f"{name} must have {LONGEST} bytes at most")
