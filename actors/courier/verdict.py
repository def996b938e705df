"""Verdict: what a reply means for a parcel: taken, given up, or to be tried again after a pause. Pure."""

from dataclasses import dataclass

from actors.courier.destination import Policy
from actors.courier.reply import Answered, Forbidden, Reply, Unreached

PASSING = frozenset({408, 429})
"""4xx that say nothing against the parcel itself."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Delivered, with this status."""

    status: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Dead."""

    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried again after so many seconds."""

    pause: float
    status: int | None = None
    error: str | None = None


Verdict = Taken | GivenUp | Again


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a parcel before this reply is judged."""

    age: float
    """Seconds since it was made."""
    tries: int
    """How often the host was reached, this time included."""
    absences: int
    """How often in a row the host could not be reached, this time included."""


def judge(reply: Reply, record: Record, policy: Policy, draw: float) -> Verdict:
    """`draw`, from 0 to 1, decides the jitter."""
    if isinstance(reply, Forbidden):
        return GivenUp(error=reply.code)
    if isinstance(reply, Unreached):
        if record.age >= policy.patience:
            return GivenUp(error=reply.code)
        return Again(_absence(record.absences, policy, draw), error=reply.code)
    if isinstance(reply, Answered):
        return _judge_answer(reply, record, policy, draw)
    if record.tries >= policy.tries:
        return GivenUp(error=reply.code)
    return Again(_pause(record.tries, policy, draw), error=reply.code)


def _judge_answer(answer: Answered, record: Record, policy: Policy, draw: float) -> Verdict:
    status = answer.status
    if 200 <= status <= 299:
        return Taken(status)
    if (status < 500 and status not in PASSING) or record.tries >= policy.tries:
        return GivenUp(status)
    pause = _pause(record.tries, policy, draw)
    if answer.retry_after is not None:  # never sooner than asked
        wished = min(answer.retry_after, policy.longest_pause)
        pause = wished * (1 + policy.jitter * draw)
    return Again(pause, status)


def _pause(tries: int, policy: Policy, draw: float) -> float:
    nominal = min(policy.first_pause * policy.growth ** (tries - 1), policy.longest_pause)
    return _jittered(nominal, policy, draw)


def _absence(absences: int, policy: Policy, draw: float) -> float:
    doublings = min(absences - 1, 32)
    return _jittered(min(policy.first_absence * 2**doublings, policy.longest_absence), policy, draw)


def _jittered(seconds: float, policy: Policy, draw: float) -> float:
    return seconds * (1 + policy.jitter * (2 * draw - 1))
