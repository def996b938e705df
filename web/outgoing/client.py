"""Client: asks addresses that users name, under the rules of PROMISES 3.6."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from actors.clock import Clock
from actors.errors import Refused, Unavailable
from web.deadline import Deadline
from web.outgoing.allowed import Allowed
from web.outgoing.conversation import ClosedEarlyError, Conversation, Response
from web.outgoing.dialler import Dialler
from web.outgoing.idle import Idle
from web.outgoing.limits import TEXT, FetchLimits
from web.outgoing.resolver import Resolve, Resolver
from web.outgoing.target import Target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_FOR_ONE_ORIGIN = frozenset({"authorization", "cookie"})
_OF_THE_BODY = frozenset({"content-type", "content-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request; `guarded` says whether the address must be the public internet's."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None
    guarded: bool
    repeatable: bool
    """True: to be asked twice does no harm."""

    def onward(self, status: int, location: str) -> "_Ask":
        """The request that a redirect asks for (RFC 9110 section 15.4); guarded, since a stranger names it."""
        target, headers, method, body = self.target.onward(location), self.headers, self.method, self.body
        if status == 303 or (status in {301, 302} and method == "POST"):
            method, body, headers = "GET", None, _without(headers, _OF_THE_BODY)
        if target.origin != self.target.origin:
            headers = _without(headers, _FOR_ONE_ORIGIN)
        return _Ask(method, target, headers, body, guarded=True, repeatable=method in _REPEATABLE)


@dataclass(slots=True)
class Progress:
    """How far a request came, also where it failed."""

    connected: bool = False
    head: Response | None = None
    """The answer without its body."""


_read_again = lru_cache(maxsize=1024)(Target.read)
"""For addresses that are asked again and again."""


def _without(headers: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in names}


class Client:
    """Made once in a process, in its hub. Every call waits, so it is for greenlets of requests and WaitingActors."""

    def __init__(
        self,
        allowed: Allowed,
        clock: Clock,
        *,
        resolve: Resolve | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`resolve` and `context` stand in for the machine's resolver and its certificate authorities."""
        self._clock = clock
        self._resolve = resolve or Resolver()
        self.dialler = Dialler(allowed, self._resolve, context or ssl.create_default_context())
        """For who speaks something else than HTTP over the socket; dial under a Deadline."""
        self._idle = Idle(clock)

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: FetchLimits = TEXT,
    ) -> Response:
        """The answer of whatever status; with a redirect that is not to be followed, that.

        Refused: `bad-url`, `bad-scheme`, `user-info`, `bad-host`, `not-https`, `private-address` or
        `too-many-redirects`. Overrun: `too-large` or `too-slow`. Unavailable: `unknown-host`, `unreachable`,
        `bad-certificate`, `bad-response` or `encoded-body`. No text of them repeats the URL.
        """
        return self._fetch(self._ask(method, url, headers, body, guarded=True), limits, Progress())

    def deliver(
        self, url: str, headers: Mapping[str, str], body: bytes, limits: FetchLimits, progress: Progress
    ) -> Response:
        """POST what may come twice; `progress` tells how far that came, also where it raises as `fetch` does."""
        ask = _Ask("POST", _read_again(url), headers, body, guarded=True, repeatable=True)
        return self._fetch(ask, limits, progress)

    def fetch_configured(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: FetchLimits = TEXT,
    ) -> Response:
        """The same for an address from the configuration: it may be private and plain http; redirects may not."""
        return self._fetch(self._ask(method, url, headers, body, guarded=False), limits, Progress())

    def close(self) -> None:
        """Close what stands open."""
        self._idle.close()
        if isinstance(self._resolve, Resolver):
            self._resolve.close()

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None, *, guarded: bool
    ) -> _Ask:
        return _Ask(method, Target.read(url), headers or {}, body, guarded, method in _REPEATABLE)

    def _fetch(self, ask: _Ask, limits: FetchLimits, progress: Progress) -> Response:
        with Deadline(self._clock, limits.seconds):
            for _ in range(limits.redirects + 1):
                response = self._answer(ask, limits, progress)
                location = response.headers.get("location")
                if not limits.redirects or location is None or response.status not in _REDIRECTS:
                    return response
                ask = ask.onward(response.status, location)
        raise Refused("too-many-redirects")

    def _answer(self, ask: _Ask, limits: FetchLimits, progress: Progress) -> Response:
        """By a connection that stands open, or by a new one; a request is sent twice only where that does no harm."""
        place = (*ask.target.origin, ask.guarded)
        waiting = self._idle.take(place)
        if waiting is not None:
            try:
                return self._converse(waiting, ask, limits, progress)
            except ClosedEarlyError:
                if not ask.repeatable:
                    raise Unavailable("unreachable", "the connection was closed before the answer") from None
        progress.connected = False
        fresh = Conversation(ask.target, self.dialler.dial(ask.target, guarded=ask.guarded))
        try:
            return self._converse(fresh, ask, limits, progress)
        except ClosedEarlyError:
            raise Unavailable("unreachable", "the connection was closed before the answer") from None

    def _converse(self, conversation: Conversation, ask: _Ask, limits: FetchLimits, progress: Progress) -> Response:
        progress.connected = True
        try:
            response = conversation.ask(ask.method, ask.target.path, ask.headers, ask.body, limits)
        except BaseException:
            progress.head = conversation.head
            conversation.close()
            raise
        if conversation.reusable:
            self._idle.put((*ask.target.origin, ask.guarded), conversation)
        else:
            conversation.close()
        return response
