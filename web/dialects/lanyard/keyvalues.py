"""Lanyard's key-values over REST (spec/lanyard.md section 3): raw values, and 404 for what breaks a rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from actors.errors import Malformed, Refused
from actors.keyvalues import (
    LONGEST_KEY,
    LONGEST_VALUE,
    MOST_CHARACTERS,
    MOST_PAIRS,
    Change,
    DropPairs,
    SetPairs,
)
from actors.text import is_longer
from web import json
from web.dialects.discord.keeping import BODY, Keeping
from web.dialects.lanyard.codec import BROKEN_RULE
from web.dialects.lanyard.routes import origin, preflight
from web.routing import Route
from web.views import Answer, Request

_KEY = re.compile(r"[a-zA-Z0-9_]*")
_TOO_MANY = f"request would exceed key limit ({MOST_PAIRS}), please delete keys first"
_TOO_MANY_MERGED = f"request would exceed the key limit ({MOST_PAIRS}), please delete some keys first"

_FULL = f"request would exceed {MOST_CHARACTERS} characters in all keys and values, please delete keys first"
"""Ours: the original knows no such limit."""


@dataclass(frozen=True, slots=True)
class LanyardKeyValues:
    """The views and what they need."""

    keeping: Keeping

    def routes(self) -> tuple[Route, ...]:
        """There is no route to read them by: "KV is read from the presence". A trailing slash is accepted."""
        whole, one = "/v1/users/<name>/kv", "/v1/users/<name>/kv/<field>"
        views = (
            ("PATCH", whole, self.merge),
            ("PUT", one, self.put),
            ("DELETE", one, self.delete),
            ("OPTIONS", whole, preflight),
            ("OPTIONS", one, preflight),
        )
        return tuple(Route(method, rule + end, view, body=BODY) for method, rule, view in views for end in ("", "/"))

    def put(self, request: Request) -> Answer:
        """Set one: "the whole body is the value, no content type is looked at"."""
        account, field = self._owner(request), request.path["field"]
        known = self._known(account)
        if field not in known and len(known) >= MOST_PAIRS:
            raise _broken(_TOO_MANY)
        try:
            value = request.body().decode()
        except UnicodeDecodeError:
            _check(field, "")
            raise _broken("value must be valid UTF-8") from None
        _check(field, value)
        return self._change(request, SetPairs(account, ((field, value),)), _TOO_MANY)

    def merge(self, request: Request) -> Answer:
        """Set several: "JSON object string->string, merged into the store"."""
        account = self._owner(request)
        pairs = json.read(request.body(), keys=BODY, strings=BODY)
        if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
            raise Malformed("invalid-value")
        for field, value in pairs.items():
            _check(field, value)
        return self._change(request, SetPairs(account, tuple(pairs.items())), _TOO_MANY_MERGED)

    def delete(self, request: Request) -> Answer:
        """Take one away: "204, also if the key does not exist"."""
        account = self._owner(request)
        return self._change(request, DropPairs(account, (request.path["field"],)), "")

    def _owner(self, request: Request) -> str:
        """Who may: "the key must resolve to that very id; a valid key for another id is 401 like an unknown one"."""
        owner = self.keeping.owner(request.header("AUTHORIZATION"))
        name = request.path["name"]
        if owner is None or (name != "@me" and self.keeping.user(name) != owner):
            raise Refused("no-permission")
        return owner

    def _known(self, account: str) -> Mapping[str, str]:
        return dict(self.keeping.kept(account).pairs)

    def _change(self, request: Request, change: Change, too_many: str) -> Answer:
        """Rule 1 is judged where it cannot be raced: with all others' changes in their order."""
        try:
            self.keeping.change(change)
        except Refused as refusal:
            texts = {"too-many-pairs": too_many, "storage-full": _FULL}
            raise _broken(texts[refusal.code]) if refusal.code in texts else refusal from None
        return Answer(status=204, headers=origin(request))


def _check(field: str, value: str) -> None:
    """Rules 2 to 4. "Lengths count grapheme clusters"; that a value is not too heavy is the body's limit."""
    if is_longer(field, LONGEST_KEY):
        raise _broken("key must be 255 characters or less")
    if not _KEY.fullmatch(field):
        raise _broken("key must be alphanumeric (a-zA-Z0-9_)")
    if is_longer(value, LONGEST_VALUE):
        raise _broken("value must be 30000 characters or less")


def _broken(text: str) -> Malformed:
    return Malformed(BROKEN_RULE, text)
