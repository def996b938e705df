"""Passwords as argon2 keeps them, and the few native threads in which they are hashed: never in the hub."""

import os
import secrets
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from gevent.threadpool import ThreadPool

from actors.errors import Malformed, Overrun
from actors.text import is_unicode

T = TypeVar("T")

LONGEST = 1024
"""Characters; the work grows with them."""

WAITING = 16
"""Hashes that may be under way or wait: who comes after them is told to come again."""

# OWASP's least: 19 MiB twice over. One hash is one thread's work, so that the pool's size bounds all of it.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(password: str) -> str:
    """The argon2id hash to keep, parameters and salt included; takes some 50 ms of one processor.

    Raises Malformed for a password that cannot be one (password_fault).
    """
    fault = password_fault(password)
    if fault is not None:
        raise Malformed("bad-password", fault)
    return _HASHER.hash(password)


def password_fault(password: str) -> str | None:
    """Why this cannot be a password: empty, longer than LONGEST, or with lone surrogates; None when it can."""
    if not 1 <= len(password) <= LONGEST or not is_unicode(password):
        return f"a password has 1 to {LONGEST} characters"
    return None


class Passwords:
    """Hashes and verifies in native threads; the calling greenlet waits, the hub does not."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPool(threads or max(1, min(4, (os.cpu_count() or 2) // 2)))
        self._under_way = 0

    def hash(self, password: str) -> str:
        """See hashed. Raises Malformed as it does, and Overrun (`too-many-passwords`) where too many wait already."""
        fault = password_fault(password)
        if fault is not None:
            raise Malformed("bad-password", fault)
        return self._threaded(hashed, password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether this is the password kept; takes as long where none is (None). Raises Overrun as `hash`."""
        return self._threaded(_matches, kept, password)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.kill()

    def _threaded(self, work: Callable[..., T], *args: object) -> T:
        if self._under_way >= WAITING:
            raise Overrun("too-many-passwords", retry_after=2.0)
        self._under_way += 1
        try:
            done: T = self._pool.apply(work, args)
        finally:
            self._under_way -= 1
        return done


def _matches(kept: str | None, password: str) -> bool:
    """In a thread: whether the password is the one kept."""
    if password_fault(password) is not None:
        return False
    try:
        matching = _HASHER.verify(kept or _nobodys(), password)
    except VerificationError:
        return False
    return matching and kept is not None


@cache
def _nobodys() -> str:
    """The hash of no password that anybody knows, as dear to verify as a real one."""
    return _HASHER.hash(secrets.token_hex(32))
