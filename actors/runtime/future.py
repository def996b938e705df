"""pykka's Future on gevent's AsyncResult: waiting parks a greenlet, never a thread."""

import sys
from collections.abc import Callable
from typing import Any

import pykka
from gevent.event import AsyncResult
from pykka._future import _Unset


class Future(pykka.Future[Any]):
    """A value that will be there; set once, from the hub's thread."""

    _get_hook = None
    _get_hook_result = _Unset()

    def __init__(self) -> None:  # pykka's sets the two attributes above, which only hooks need
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
        result = self._result
        if not result.ready():
            result.wait(timeout)
            if not result.ready():
                raise pykka.Timeout(f"no answer within {timeout} s")
        error = result.exception
        if error is None:
            return result.value
        try:
            raise error.with_traceback(None)
        finally:  # the traceback holds this frame: with these names in it, every refusal would be a cycle
            del self, result, error

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
        """Give `other` the same outcome when it is there.

        A future made by map, filter or `ActorRef.stop` has none until somebody waits for it, and nobody would: `other`
        fails at once.
        """
        if self._get_hook is not None:
            other.fail(TypeError("a handler may not answer with a future that is derived from another"))
            return

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
