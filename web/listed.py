"""Listed: the fields by which pages of listed origins may read an answer (`[web] origins`); others get none."""

from collections.abc import Iterable

from web.views import Request

Fields = tuple[tuple[str, str], ...]


class Listed:
    """Cross-origin permission, opt-in: a page may use what an authenticating proxy adds to its requests."""

    def __init__(self, listed: Iterable[str]) -> None:
        self._listed = frozenset(origin.lower() for origin in listed)

    def fields(self, request: Request) -> Fields:
        """What to add to the answer to this request."""
        origin = request.header("ORIGIN")
        if origin is None or origin.lower() not in self._listed:
            return ()
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        )

    def preflight(self, request: Request, methods: str, headers: str) -> Fields:
        """What to add to the answer to an OPTIONS request."""
        allowed = self.fields(request)
        if not allowed:
            return ()
        return (*allowed, ("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", headers))
