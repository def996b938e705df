"""Lantern's key-value storage over REST (spec/lantern.md section 7): its routes, and its order of checks."""

import re
from dataclasses import dataclass
from typing import Any

from actors.errors import Malformed, Refused
from actors.keyvalues import LONGEST_KEY, LONGEST_VALUE, Change, DropPairs, SetPairs
from actors.presence import Kept
from web import json
from web.dialects.discord.finding import Finding, json_answer
from web.dialects.discord.keeping import BODY, Keeping
from web.dialects.discord.person import discord_id
from web.dialects.lantern.routes import ANY_ORIGIN, check_user_id, preflight, unmonitored
from web.routing import Route
from web.views import Answer, Request

_KEY = re.compile(r"[a-zA-Z0-9]+")
"""Section 7.3: "whole string, ASCII only, no underscore"."""

_DONE = json_answer({"success": True}, 200, ANY_ORIGIN)


@dataclass(frozen=True, slots=True)
class LanternStorage:
    """The views and what they need."""

    finding: Finding
    keeping: Keeping

    def routes(self) -> tuple[Route, ...]:
        """Section 7.2. A trailing slash is accepted."""
        whole, one = "/api/v1/users/<name>/storage", "/api/v1/users/<name>/storage/<key>"
        views = (
            ("GET", whole, self.read_all),
            ("DELETE", whole, self.delete_all),
            ("GET", one, self.read),
            ("PUT", one, self.put),
            ("PATCH", one, self.patch),
            ("DELETE", one, self.delete),
            ("OPTIONS", whole, preflight),
            ("OPTIONS", one, preflight),
        )
        return tuple(Route(method, rule + end, view, body=BODY) for method, rule, view in views for end in ("", "/"))

    def read_all(self, request: Request) -> Answer:
        """All pairs; "public"."""
        _, kept = self._storage(request)
        return json_answer(dict(kept.pairs), 200, ANY_ORIGIN)

    def read(self, request: Request) -> Answer:
        """One value. Unlike the original's, an empty one is there."""
        key = _key_in(request)
        _, kept = self._storage(request)
        value = dict(kept.pairs).get(key)
        if value is None:
            raise _unknown_key(key)
        return json_answer({"value": value}, 200, ANY_ORIGIN)

    def put(self, request: Request) -> Answer:
        """Make or replace: "creates or overwrites (not create-only)"."""
        return self._set(request, only_known=False)

    def patch(self, request: Request) -> Answer:
        """Replace: "key must exist"."""
        return self._set(request, only_known=True)

    def delete(self, request: Request) -> Answer:
        """Take one away: "key must exist"."""
        key = _key_in(request)
        account = self._authorized(request)
        return self._change(DropPairs(account, (key,), only_known=True), key)

    def delete_all(self, request: Request) -> Answer:
        """Take all away; "superset: really delete"."""
        return self._change(DropPairs(self._authorized(request)))

    def _set(self, request: Request, *, only_known: bool) -> Answer:
        key, value = _key_in(request), _value_in(request)
        account = self._authorized(request)
        known = dict(self.keeping.kept(account).pairs)
        if only_known and key not in known:
            raise _unknown_key(key)
        if _units(value) > LONGEST_VALUE:
            raise Malformed("invalid-parameter", "Invalid key-value pair.")
        return self._change(SetPairs(account, ((key, value),), only_known), key)

    def _change(self, change: Change, key: str = "") -> Answer:
        try:
            self.keeping.change(change)
        except Refused as refusal:
            raise _unknown_key(key) if refusal.code == "unknown-key" else refusal from None
        return _DONE

    def _storage(self, request: Request) -> tuple[str, Kept]:
        """Whose storage it is, and what is in it: "member of guild (404), storage exists (404)"."""
        name = check_user_id(request.path["name"])
        user = self.keeping.user(name)
        owns = self.keeping.owner(request.header("AUTHORIZATION")) == user
        if self.finding.find(name) is None and not (owns and self._is_linked(user)):
            raise unmonitored(name)
        kept = self.keeping.kept(user)
        if not kept.revision and not owns:
            raise Refused("unknown-storage", f"User {name} does not have any storage.")
        return user, kept

    def _authorized(self, request: Request) -> str:
        """Section 7.1: "for writes: Authorization (401)", the bare token; after what is not there."""
        user, _ = self._storage(request)
        if self.keeping.owner(request.header("AUTHORIZATION")) != user:
            raise Refused("not-permitted")
        return user

    def _is_linked(self, user: str) -> bool:
        """Whoever hides is not monitored for others, but may write."""
        house = self.finding.house
        return discord_id(house.register.subject(user), house.known(user)) is not None


def _key_in(request: Request) -> str:
    check_user_id(request.path["name"])
    key = request.path["key"]
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Malformed("invalid-parameter", "key must be 1-255 characters long.")
    if not _KEY.fullmatch(key):
        raise Malformed("invalid-parameter", "key must be alphanumeric.")
    return key


def _value_in(request: Request) -> str:
    """Section 7.3: a body that is not called JSON is not looked at; one that is and is none is told so here."""
    document = _document(request)
    if not isinstance(document, dict) or "value" not in document:
        raise Malformed("invalid-parameter", "value is required.")
    value = document["value"]
    if not isinstance(value, str):
        raise Malformed("invalid-parameter", "value must be a string.")
    if len(value) > LONGEST_VALUE:
        raise Malformed("invalid-parameter", "value must not exceed 30,000 characters.")
    return value


def _document(request: Request) -> Any:
    kind = request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    body = request.body()
    if kind != "application/json" or not body:
        return None
    try:
        return json.read(body, strings=BODY)
    except Malformed:
        raise Malformed("invalid-parameter", "body must be a JSON object.") from None


def _units(value: str) -> int:
    """UTF-16 units, which the original's second count goes by."""
    return len(value) + sum(character > "\uffff" for character in value)


def _unknown_key(key: str) -> Refused:
    return Refused("unknown-key", f"Key {key} does not exist in the storage.")
