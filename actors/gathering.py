"""Gathering: one message about several users, while their answers come in."""

from dataclasses import dataclass

from actors.clock import Timer
from actors.lane import Gap
from actors.messages.connection import Seated
from actors.session import Assembly


class Gathering:
    """Who was asked, in order, who has answered, and the place in the lane that is kept for the message."""

    __slots__ = ("_answers", "_assembly", "_users", "gap", "timer")

    def __init__(self, users: tuple[str, ...], assembly: Assembly, gap: Gap) -> None:
        self._users = users
        self._assembly = assembly
        self._answers: dict[str, Seated] = {}
        self.gap = gap
        self.timer: Timer | None = None
        """Rings when the message must wait no longer."""

    def wants(self, user: str) -> bool:
        """True while this user has been asked and has not answered."""
        return user in self._users and user not in self._answers

    def take(self, answer: Seated) -> bool:
        """Note an answer down; True when it was the last."""
        self._answers[answer.user] = answer
        return len(self._answers) == len(self._users)

    def message(self) -> bytes:
        """The message about all who have answered. Called once."""
        self.end()
        for user in self._users:
            answer = self._answers.get(user)
            if answer is not None:
                self._assembly.add(answer.subject, answer.presence)
        return self._assembly.done()

    def end(self) -> None:
        """Nobody waits any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


@dataclass(frozen=True, slots=True, eq=False)
class Overdue:
    """To a Subscriber from its timer: this gathering must wait no longer."""

    gathering: Gathering


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """To a Subscriber from its timer: what fills this gap must have been read by now."""

    gap: Gap
