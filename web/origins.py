"""Origins: whose pages may bring a credential, and what other pages' scripts may read (PROMISES 3.3; Fetch, CORS)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from actors.errors import HouseError
from web.proxies import Proxies
from web.routing import Route
from web.views import Accept, Answer, Request, View

Fields = tuple[tuple[str, str], ...]
Refuse = Callable[[HouseError, Request], Answer]

_ALLOW = "Access-Control-Allow-Origin"
_PORTS = {"http": ":80", "https": ":443"}
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
    ("Access-Control-Allow-Headers", "content-type,authorization"),
    ("Access-Control-Max-Age", "600"),
)


class Origins:
    """The server's own origin, as the request's Host names it, and those of `[web] origins`."""

    def __init__(self, listed: Iterable[str], proxies: Proxies) -> None:
        self._listed = frozenset(origin.lower() for origin in listed)
        self._proxies = proxies

    def may_bring_credential(self, request: Request) -> bool:
        """True when a cookie or a handshake's token was brought by a page that may, or by no page at all.

        An image or a link of a foreign page has no Origin; browsers then tell by Sec-Fetch-Site (Fetch Metadata).
        """
        origin = request.header("ORIGIN")
        if origin is None:
            return request.header("SEC_FETCH_SITE") in {None, "same-origin", "none"}
        return self.knows(origin, request)

    def knows(self, origin: str, request: Request) -> bool:
        """True for our own origin and for the listed ones."""
        return origin.lower() in self._listed or _is_own(origin.lower(), (request.header("HOST") or "").lower())

    def is_foreign(self, request: Request) -> bool:
        """True when a listed page of another origin asks."""
        origin = (request.header("ORIGIN") or "").lower()
        return bool(origin) and not _is_own(origin, (request.header("HOST") or "").lower())

    def is_https(self, request: Request) -> bool:
        """True when the client's side of the connection is encrypted, by a trusted proxy's word."""
        trusted = self._proxies.trusts(request.environ.get("REMOTE_ADDR", ""))
        return trusted and (request.header("X_FORWARDED_PROTO") or "").lower() == "https"


@dataclass(frozen=True, slots=True)
class Cors:
    """Lets scripts of other pages read answers: with a cookie those of known origins, without one all."""

    origins: Origins

    def over(self, routes: Iterable[Route]) -> list[Route]:
        """The same routes with these fields, and one for the preflight of each."""
        known = list(routes)
        rules = dict.fromkeys(route.rule for route in known)
        return [self._with_fields(route) for route in (*known, *(Route("OPTIONS", rule, _preflight) for rule in rules))]

    def refusing(self, refuse: Refuse) -> Refuse:
        """The same words with these fields."""
        return lambda error, request: self._sealed(refuse(error, request), request)

    def _with_fields(self, route: Route) -> Route:
        view: View = route.view

        def seen(request: Request) -> Answer | Accept:
            answer = view(request)
            return self._sealed(answer, request) if isinstance(answer, Answer) else answer

        return route if route.websocket else replace(route, view=seen)

    def _sealed(self, answer: Answer, request: Request) -> Answer:
        origin = request.header("ORIGIN")
        if origin is None or any(name == _ALLOW for name, _ in answer.headers):
            return answer
        return replace(answer, headers=(*answer.headers, *self._fields(origin, request)))

    def _fields(self, origin: str, request: Request) -> Fields:
        if not self.origins.knows(origin, request):
            return ((_ALLOW, "*"),)
        allowed = (_ALLOW, origin), ("Access-Control-Allow-Credentials", "true")
        return (*allowed, ("Vary", "Origin"))


def _preflight(_request: Request) -> Answer:
    """presenti.md section 4.9: "OPTIONS anywhere: 200 empty"; the origin's fields come with every answer."""
    return Answer(headers=_PREFLIGHT)


def _is_own(origin: str, host: str) -> bool:
    scheme, _, authority = origin.partition("://")
    port = _PORTS.get(scheme)
    return port is not None and bool(host) and authority.removesuffix(port) == host.removesuffix(port)
