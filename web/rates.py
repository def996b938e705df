"""Meter: counts each address's and each token's requests by the second, before anything else sees them.

The counters are those of the library `limits`; the windows are ours, seconds of the house's clock, which never runs
backwards. The fields are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gevent import monkey
from limits.storage import MemoryStorage

from actors.errors import Overrun
from web import errors
from web.edge.admission import neighbourhood
from web.proxies import Proxies
from web.views import Environ, Request
from web.words import Words

StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

WINDOW = 1
"""Seconds that are counted together."""

_OVER = Overrun("too-many-requests", retry_after=WINDOW)


class Meter:
    """A WSGI application before the others: at most `allowed` requests a second by address and by token.

    Who sends from one address and with one token spends both; a handshake counts as a request.
    """

    def __init__(
        self, behind: Wsgi, allowed: int, *, proxies: Proxies, words: Words, monotonic: Callable[[], float]
    ) -> None:
        self._behind = behind
        self._allowed = allowed
        self._proxies = proxies
        self._words = words
        self._monotonic = monotonic
        self._counters = MemoryStorage()
        # One native thread counts and never waits while it does: gevent's own locks would cost a third of it all.
        self._counters.locks = defaultdict(monkey.get_original("_thread", "RLock"))
        self._policies = tuple(f'"{name}";q={allowed};w={WINDOW}' for name in ("address", "token"))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or refuse it in the words of whose path it is."""
        window = int(self._monotonic()) // WINDOW
        left = self._spend(f"{window} {neighbourhood(self._proxies.client(environ))!r}")
        policy, standing = self._policies[0], f'"address";r={max(left, 0)};t={WINDOW}'
        least = left
        if left >= 0:  # else a flood would fill the memory with tokens that it makes up
            for token in _tokens(environ):
                left = self._spend(f"{window} token {hash(token)}")
                least = min(least, left)
                policy = f"{policy}, {self._policies[1]}"
                standing = f'{standing}, "token";r={max(left, 0)};t={WINDOW}'
        fields = [("RateLimit-Policy", policy), ("RateLimit", standing)]
        if least < 0:
            return self._refuse(environ, start_response, fields, first=least == -1)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            return start_response(status, [*headers, *fields], *exc_info)

        return self._behind(environ, start)

    def _spend(self, key: str) -> int:
        """Count one request; how many are left in this window, negative for one too many."""
        return self._allowed - self._counters.incr(key, WINDOW)

    def _refuse(
        self, environ: Environ, start_response: StartResponse, fields: list[tuple[str, str]], *, first: bool
    ) -> list[bytes]:
        if first:  # one line a window: a flood must not become a flood of lines
            errors.note(_OVER, environ)
        answer = self._words.refuse(_OVER, Request(environ))
        start_response(answer.status_line, [*answer.fields(), *fields])
        return [answer.body]


def _tokens(environ: Environ) -> Iterator[str]:
    """Whatever this request shows as a token, of any dialect: one per place."""
    if "token=" in environ["QUERY_STRING"] or "%" in environ["QUERY_STRING"]:
        shown = Request(environ).query().get("token")
        if shown:
            yield shown
    header: str | None = environ.get("HTTP_AUTHORIZATION")
    if header:
        yield header.rpartition(" ")[2]
