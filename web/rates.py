"""Meter: counts each address's and each token's requests by the second, before anything else sees them.

One dictionary a second is all there is to keep. The library `limits` was tried: on gevent it costs a request 26 to
50 us (a thread every 10 ms that sweeps, a lock for each count) where this costs 10 to 20, and it reads the wall clock.
The fields are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

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
        self._counted: dict[Hashable, int] = {}
        self._window = 0
        address, token = (f'"{name}";q={allowed};w={WINDOW}' for name in ("address", "token"))
        self._policies = address, f"{address}, {token}"

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or refuse it in the words of whose path it is."""
        window = int(self._monotonic()) // WINDOW
        if window != self._window:
            self._window, self._counted = window, {}
        left = self._spend(neighbourhood(self._proxies.client(environ)))
        policy, standing = self._policies[0], f'"address";r={max(left, 0)};t={WINDOW}'
        least = left
        if left >= 0:  # else a flood would fill the memory with tokens that it makes up
            tokens = _tokens(environ)
            if tokens:
                left = min(self._spend(hash(token)) for token in tokens)
                least = min(least, left)
                policy = self._policies[1]
                standing = f'{standing}, "token";r={max(left, 0)};t={WINDOW}'
        fields = [("RateLimit-Policy", policy), ("RateLimit", standing)]
        if least < 0:
            return self._refuse(environ, start_response, fields, first=least == -1)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            return start_response(status, [*headers, *fields], *exc_info)

        return self._behind(environ, start)

    def _spend(self, key: Hashable) -> int:
        """Count one request; how many are left in this window, negative for one too many."""
        counted = self._counted[key] = self._counted.get(key, 0) + 1
        return self._allowed - counted

    def _refuse(
        self, environ: Environ, start_response: StartResponse, fields: list[tuple[str, str]], *, first: bool
    ) -> list[bytes]:
        if first:  # one line a window: a flood must not become a flood of lines
            errors.note(_OVER, environ)
        answer = self._words.refuse(_OVER, Request(environ))
        start_response(answer.status_line, [*answer.fields(), *fields])
        return [answer.body]


def _tokens(environ: Environ) -> set[str]:
    """Whatever this request shows as a token, in any dialect's place."""
    tokens = set()
    query: str = environ["QUERY_STRING"]
    if "token=" in query or "%" in query:
        tokens.add(Request(environ).query().get("token", ""))
    header: str | None = environ.get("HTTP_AUTHORIZATION")
    if header:
        tokens.add(header.rpartition(" ")[2])
    tokens.discard("")
    return tokens
