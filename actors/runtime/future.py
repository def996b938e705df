"""pykka's Future on gevent's AsyncResult: waiting parks a greenlet, never a thread."""

import sys
from collections.abc import Callable
from typing import Any

import gevent
import pykka
from gevent.event import AsyncResult


class Future(pykka.Future[Any]):
    """A value that will be there; set once, from the hub's thread."""

    _get_hook = None

    def __init__(self) -> None:  # pykka's sets two attributes that only hooks need
        self._result = AsyncResult()

    def set_get_hook(self, func: Callable[[float | None], Any]) -> None:
        """See pykka.Future; a blocking `ActorRef.stop` answers through one."""
        super().__init__()
        super().set_get_hook(func)

    def get(self, *, timeout: float | None = None) -> Any:
        """Wait at most `timeout` seconds for the value and return or raise it.

        Raises pykka.Timeout when time is up. Inside the hub (in an Actor's handler) waiting fails at once.
        """
        if self._get_hook is not None:
            return super().get(timeout=timeout)
        if timeout is None:
            return self._result.get()
        patience = gevent.Timeout(timeout)
        try:
            with patience:
                return self._result.get()
        except gevent.Timeout as expired:
            if expired is not patience:
                raise
            raise pykka.Timeout(f"no answer within {timeout} s") from None

    def set(self, value: Any = None) -> None:
        """Set the value; a second time is an error."""
        self._refuse_twice()
        self._result.set(value)

    def set_exception(self, exc_info: Any = None) -> None:
        """Set what `get` raises: a three-tuple as of sys.exc_info(), by default the one being handled."""
        self._refuse_twice()
        self._result.set_exception((exc_info or sys.exc_info())[1])

    def fail(self, error: BaseException) -> None:
        """Set the exception that `get` raises."""
        self._refuse_twice()
        self._result.set_exception(error)

    def when_done(self, call: Callable[["Future"], object]) -> None:
        """Make `call(self)` in the hub once there is a value or an error; at once (next turn) if there is one now."""
        self._result.rawlink(lambda _: call(self))

    def relay_to(self, other: "Future") -> None:
        """Give `other` the same outcome when it is there."""

        def pass_on(_: Future) -> None:
            error = self._result.exception
            if error is None:
                other.set(self._result.value)
            else:
                other.fail(error)

        self.when_done(pass_on)

    def _refuse_twice(self) -> None:
        if self._get_hook is not None or self._result.ready():
            raise RuntimeError("this future has its value already")
