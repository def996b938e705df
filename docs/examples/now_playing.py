r"""Shows what plays: reads `title<TAB>artist<TAB>album` lines and publishes each over presenti's /remote.

    pip install websocket-client
    export PRESENTLY_TOKEN=...            # from: python run.py user add NAME
    playerctl metadata --follow --format $'{{title}}\t{{artist}}\t{{album}}' | python now_playing.py

An empty line clears. When the input ends, so does the program, and the server clears what it showed. A lost
connection is made again, with growing pauses, and what plays is then sent again: the server has forgotten it.
Exit codes: 0 the input ended, 1 the server refuses the token, 2 it cannot start.
"""

import argparse
import contextlib
import json
import os
import queue
import random
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass
from typing import Any

import websocket

PING, PONG, PRESENCE, IDENTIFY, GREETINGS = 0, 1, 2, 3, 4

PING_EVERY = 30.0
ANSWER_WITHIN = 10.0
"""Seconds until the server must have greeted, or answered a ping."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
LONGEST_TEXT = 500
"""Characters of a title, artist or album; the server takes messages of 16 KiB."""


@dataclass(frozen=True)
class Line:
    """The player printed this; None when it will print no more."""

    text: str | None


@dataclass(frozen=True)
class Heard:
    """The server sent this on that connection; a `kind` of None means that the connection is closed."""

    link: websocket.WebSocket
    kind: Any
    close_code: int = 1006


class LostError(Exception):
    """The connection is gone; another may do better."""


class RefusedError(Exception):
    """The server does not want this token; another connection would not help."""


class NowPlaying:
    """What plays, and the connection that says so."""

    def __init__(self, url: str, token: str, title: str) -> None:
        self.url = url
        self.token = token
        self.title = title
        self.inbox: queue.SimpleQueue[Line | Heard] = queue.SimpleQueue()
        self.text = ""
        self.since_ms = 0
        self.ended = False
        self.failures = 0

    def run(self) -> None:
        """Publish until the input ends; RefusedError when the token is no good."""
        threading.Thread(target=read_lines, args=(self.inbox,), daemon=True).start()
        while not self.ended:
            try:
                self.live_once()
            except (LostError, OSError, websocket.WebSocketException) as error:
                self.failures += 1
                self.rest(error)

    def live_once(self) -> None:
        """One connection, from its opening to its end."""
        link = websocket.create_connection(self.url, timeout=ANSWER_WITHIN)
        link.settimeout(None)  # silence is told by the missing answer to a ping
        listening = threading.Thread(target=listen, args=(link, self.inbox), daemon=True)
        listening.start()
        try:
            send(link, IDENTIFY, self.token)
            self.converse(link)
        finally:
            with contextlib.suppress(OSError, websocket.WebSocketException):  # it may be gone already
                link.send_close()
            listening.join(1.0)
            link.shutdown()

    def converse(self, link: websocket.WebSocket) -> None:
        """Answer to what comes from the player and the server; returns when the input has ended."""
        greeted, awaiting, deadline = False, True, time.monotonic() + ANSWER_WITHIN
        while not self.ended:
            event = self.next_event(deadline)
            if event is None:
                if awaiting:
                    raise LostError("the server does not answer")
                send(link, PING)
                awaiting, deadline = True, time.monotonic() + ANSWER_WITHIN
            elif isinstance(event, Line):
                if self.take(event) and greeted:
                    send(link, PRESENCE, self.presence())
            elif event.link is link and event.kind is None:
                raise ended(event.close_code, greeted=greeted)
            elif event.link is link and event.kind in {GREETINGS, PONG}:
                awaiting, deadline = False, time.monotonic() + PING_EVERY
                if event.kind == PONG:
                    self.failures = 0  # it held; a greeting alone may be followed by a close
                elif not greeted:
                    greeted = True
                    tell(f"showing what plays on {self.url}")
                    send(link, PRESENCE, self.presence())

    def rest(self, error: Exception) -> None:
        """Wait before the next try, and take in what the player prints meanwhile."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures - 1, 20)) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        tell(
            f"no connection ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}), "
            f"next try in {pause:.1f} s"
        )
        until = time.monotonic() + pause
        while not self.ended and (event := self.next_event(until)) is not None:
            if isinstance(event, Line):
                self.take(event)

    def next_event(self, deadline: float) -> Line | Heard | None:
        """What comes next; None when nothing has come by the deadline."""
        try:
            return self.inbox.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None

    def take(self, line: Line) -> bool:
        """Note what plays; True when that is something else than before."""
        if line.text is None:
            self.ended = True
            return False
        text = line.text.strip(" \r\n")
        if text == self.text:
            return False
        self.text, self.since_ms = text, time.time_ns() // 1_000_000
        return True

    def presence(self) -> list[dict[str, Any]]:
        """The list that presenti shows: one entry, or none while nothing plays."""
        title, *rest = (part.strip()[:LONGEST_TEXT] for part in self.text.split("\t"))
        small = [{"text": part} for part in rest[:2] if part]
        if not title and not small:
            return []
        entry: dict[str, Any] = {"id": "now-playing", "title": self.title, "isPaused": False, "smallTexts": small}
        return [{**entry, "largeText": {"text": title} if title else None, "timestamps": {"start": self.since_ms}}]


def read_lines(inbox: queue.SimpleQueue[Line | Heard]) -> None:
    """In a thread of its own: what the player prints."""
    for line in sys.stdin or ():
        inbox.put(Line(line))
    inbox.put(Line(None))


def listen(link: websocket.WebSocket, inbox: queue.SimpleQueue[Line | Heard]) -> None:
    """In a thread of its own: what the server sends, until the connection ends."""
    code = 1006
    try:
        while True:
            opcode, frame = link.recv_data_frame(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                code = int.from_bytes(frame.data[:2], "big") or 1005
                break
            if opcode == websocket.ABNF.OPCODE_TEXT:
                document = json.loads(frame.data)
                if isinstance(document, dict) and document.get("type") is not None:
                    inbox.put(Heard(link, document["type"]))
    except (OSError, ValueError, websocket.WebSocketException) as error:
        tell(f"connection ended: {type(error).__name__}")
    inbox.put(Heard(link, None, code))


def send(link: websocket.WebSocket, kind: int, data: Any = None) -> None:
    """One message of presenti's /remote."""
    link.send(json.dumps({"type": kind} if data is None else {"type": kind, "data": data}))


def ended(code: int, *, greeted: bool) -> Exception:
    """What the end of a connection means."""
    if not greeted and (code == 1008 or 4000 <= code < 5000):
        return RefusedError(f"the server refuses PRESENTLY_TOKEN (closed with {code})")
    return LostError(f"closed with {code}")


def is_socket(url: str) -> bool:
    """True for the address of a WebSocket."""
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in {"ws", "wss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def tell(text: str) -> None:
    """A line for whoever started this."""
    print(f"now_playing: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Shows what a music player plays.")
    parser.add_argument("--url", default="ws://127.0.0.1:8138/remote", help="the server's publisher socket")
    parser.add_argument("--title", default="Listening to music", help="the line above the track")
    given = parser.parse_args()
    token = os.environ.get("PRESENTLY_TOKEN", "")
    if not token or not token.isascii():
        tell("put the token into the environment variable PRESENTLY_TOKEN")
        return 2
    if not is_socket(given.url):
        tell("--url must be an address that begins with ws:// or wss://")
        return 2
    if sys.stdin is not None:  # a title that is not UTF-8 is shown as far as it is
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    try:
        NowPlaying(given.url, token, given.title).run()
    except RefusedError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
