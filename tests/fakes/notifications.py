"""What a FakeMastodon remembers of notifications, and `GET /api/v1/notifications` as Mastodon 4.1 and later answer it.

Source: https://docs.joinmastodon.org/methods/notifications/. The ids are numbers, in the order of their making. With a
file they outlive the process, as a database does: whoever appends a line to it, `{"token": ..., "payload": ...}`, is
an instance's worker, at work while nobody serves the web.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.exchange import Reply, Request, json_reply
from tests.fakes.listeners import READ, READ_NOTIFICATIONS

USUAL, MOST = 40, 80


@dataclass(slots=True)
class Notifications:
    """By number; a `token` of None is everybody."""

    file: Path | None = None
    made: list[tuple[int, str | None, str]] = field(default_factory=list)
    most: int = MOST
    """Of one page, whatever is asked for."""
    pages_forward: bool = True
    """False: it has not heard of min_id, as before 2.6."""
    _read: int = 0

    def add(self, payload: Any, token: str | None) -> None:
        """Where a file says what there is, it has been written there."""
        if self.file is None:
            self._take(payload if isinstance(payload, str) else json.dumps(payload), token)

    def answer(self, request: Request, scopes: frozenset[str] | None) -> Reply:
        """`scopes` are those of the token, None for one that is unknown or revoked."""
        if scopes is None:
            return json_reply({"error": "The access token is invalid"}, 401)
        if not scopes & {READ, READ_NOTIFICATIONS}:
            return json_reply({"error": "This action is outside the authorized scopes"}, 403)
        found = self._page(request)
        body = "[" + ",".join(payload for _, payload in found) + "]"
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if found:
            place = f"http://{request.headers['host']}{request.path}"
            headers["Link"] = f'<{place}?max_id={found[-1][0]}>; rel="next", <{place}?min_id={found[0][0]}>; rel="prev"'
        return Reply(200, headers, body.encode())

    def _page(self, request: Request) -> list[tuple[int, str]]:
        """Newest first, always; with min_id those next to it, otherwise the newest of all."""
        self._read_file()
        asked = request.query
        most = min(int(asked.get("limit", USUAL)), self.most)
        mine = sorted((number, payload) for number, token, payload in self.made if token in {None, request.token})
        if "max_id" in asked:
            mine = [each for each in mine if each[0] < int(asked["max_id"])]
        if "min_id" in asked and self.pages_forward:
            return [each for each in mine if each[0] > int(asked["min_id"])][:most][::-1]
        since = int(asked.get("since_id", -1))
        return [each for each in mine if each[0] > since][-most:][::-1]

    def _read_file(self) -> None:
        if self.file is None:
            return
        with self.file.open("rb") as lines:
            lines.seek(self._read)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                made = json.loads(line)
                self._take(made["payload"], made["token"])

    def _take(self, payload: str, token: str | None) -> None:
        """What is no notification is in no database."""
        try:
            document = json.loads(payload)
        except ValueError:
            return
        if isinstance(document, dict) and str(document.get("id", "")).isdigit():
            self.made.append((int(document["id"]), token, payload))
