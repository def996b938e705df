"""Plays written conversations against a dialect's pure session: no socket, no clock, no actor.

The first line of a transcript names its source. After it, blank lines and lines that begin with # are skipped:

    > text              the client sends a text message
    >> text             the client sends the same as a binary message
    < json              the server's next message, compared as JSON
    = follow NAME       the session's next effect is none that the client sees: `= authenticate TOKEN`,
                        `= publish USER DOCUMENTS`, `= retract USER`, `= unfollow NAME`, `= close CODE`,
                        `= listen TOPIC`, `= unlisten TOPIC`
    ! ACCOUNT SCOPE...  the answer to Authenticate: what the token allows; `-` stands for no account
    ! nobody            ... that the token is unknown
    @ SECONDS           time passes, and the session is reminded of what it wanted
    % left USER         a user that is watched is not there any more

Where a stage has `people`, what is gathered is answered at once: `= gather NAME ...` (`= look NAME ...` where nothing
is to be watched; `all` for everybody) and then the message. What the session wants to be reminded of is no line.

Whatever is not written must not happen: an effect that no line expects is a failure. As in a connection, messages
that come while a token is being looked up wait for the answer.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from actors.accounts import Credential, digest_of
from actors.effects import (
    Authenticate,
    Effect,
    Follow,
    Gather,
    GatherAll,
    Hang,
    Left,
    Listen,
    Publish,
    Remind,
    Retract,
    Say,
    Unfollow,
    UnfollowAll,
    Unlisten,
)
from actors.presence import NOBODY, Presence, Subject, Update
from actors.session import Session

START = 1_700_000_000.0


@dataclass
class Stage:
    """One session, what it has done that no line has asked for yet, and the time."""

    session: Session
    now: float = START
    done: deque[Effect] = field(default_factory=deque)
    seen: list[Effect] = field(default_factory=list)
    waiting: list[str | bytes] | None = None
    people: dict[str, tuple[Subject, Presence]] = field(default_factory=dict)
    """Who is there, by id in the house."""
    reminder: tuple[float, Remind] | None = None
    left: Left | None = None

    def enter(self) -> None:
        self._take(self.session.opened(self.now))

    def send(self, data: str | bytes) -> None:
        assert not self.done, f"nobody expected {self.done}"
        if self.waiting is None:
            self._take(self.session.received(data, self.now))
        else:
            self.waiting.append(data)

    def answer(self, credential: Credential | None) -> None:
        assert not self.done, f"nobody expected {self.done}"
        assert self.waiting is not None, "nobody has asked about a token"
        waiting, self.waiting = self.waiting, None
        self._take(self.session.authenticated(credential, self.now))
        for data in waiting:
            self._take(self.session.received(data, self.now))

    def passes(self, seconds: float) -> None:
        end = self.now + seconds
        while self.reminder is not None and self.reminder[0] <= end:
            self.now, due = self.reminder
            self.reminder = None
            self._take(due.then(self.now))
        self.now = end

    def part(self, user: str) -> None:
        assert self.left is not None, "nobody is watched"
        subject, before = self.people.pop(user)
        after = Subject(subject.name, subject.name)
        self._take(self.left(Update(after, before, NOBODY, changed=True, at=self.now, was=subject), self.now))

    def _take(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Remind):
                self.reminder = self.now + effect.seconds, effect
                continue
            self.done.append(effect)
            self.seen.append(effect)
            if isinstance(effect, Authenticate):
                self.waiting = []
            elif isinstance(effect, Gather | GatherAll):
                self._gather(effect)

    def _gather(self, effect: Gather | GatherAll) -> None:
        self.left = effect.left
        if isinstance(effect, GatherAll):
            assembly, users = self.session.encoding.everybody(self.now), tuple(self.people)
        else:
            assembly, users = effect.assembly, effect.users
        for user in users:
            assembly.add(*self.people[user])
        if isinstance(effect, Gather) or effect.snapshot:
            self.done.append(Say(assembly.done()))


def play(path: Path, session: Session, people: dict[str, tuple[Subject, Presence]] | None = None) -> Stage:
    """Play the transcript in this file; returns the stage after its last line."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("# source: "), f"{path} does not name its source"
    stage = Stage(session, people=dict(people or {}))
    stage.enter()
    for number, line in enumerate(lines[1:], 2):
        if line.strip() and not line.startswith("#"):
            _play_line(stage, line, f"{path.name}:{number}")
    assert not stage.done, f"{path.name}: after the last line came {stage.done}"
    return stage


def _play_line(stage: Stage, line: str, place: str) -> None:
    sign, _, rest = line.partition(" ")
    match sign:
        case ">":
            stage.send(rest)
        case ">>":
            stage.send(rest.encode())
        case "!":
            stage.answer(_credential(rest.split()))
        case "@":
            stage.passes(float(rest))
        case "%":
            stage.part(rest.removeprefix("left "))
        case "<" | "=":
            assert stage.done, f"{place}: {line!r} did not come"
            _compare(stage.done.popleft(), sign, rest, place)
        case _:
            raise ValueError(f"{place}: {line!r} is no line of a transcript")


def _compare(effect: Effect, sign: str, rest: str, place: str) -> None:
    if sign == "<":
        assert isinstance(effect, Say), f"{place}: {effect} is no message"
        assert orjson.loads(effect.payload) == orjson.loads(rest), f"{place}: {effect.payload.decode()}"
    else:
        assert _told(effect) == _normal(rest), place


def _told(effect: Effect) -> str:
    match effect:
        case Hang(code=code):
            told = f"close {code}"
        case Follow(name=name) | Unfollow(name=name):
            told = f"{type(effect).__name__.lower()} {name}"
        case Gather(users=users, watch=watch):
            told = " ".join(("gather" if watch else "look", *users))
        case GatherAll(watch=watch):
            told = "gather all" if watch else "look all"
        case UnfollowAll():
            told = "unfollow all"
        case Authenticate(token=token):
            told = f"authenticate {token}"
        case Retract(user=user):
            told = f"retract {user}"
        case Listen(topic=topic) | Unlisten(topic=topic):
            told = f"{type(effect).__name__.lower()} {topic.value}"
        case Publish(user=user, claim=claim):
            documents = [activity.native and activity.native.document for activity in claim.activities]
            told = f"publish {user} {orjson.dumps(documents).decode()}"
        case _:
            told = repr(effect)
    return told


def _normal(rest: str) -> str:
    verb, _, told = rest.partition(" ")
    if verb != "publish":
        return rest
    user, _, documents = told.partition(" ")
    return f"publish {user} {orjson.dumps(orjson.loads(documents)).decode()}"


def _credential(words: list[str]) -> Credential | None:
    if words == ["nobody"]:
        return None
    account, *scopes = words
    return Credential("credential", digest_of("token"), None if account == "-" else account, frozenset(scopes), START)
