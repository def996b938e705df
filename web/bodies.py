"""Bodies: how large the body of a request may be where a route says that the door's usual limit is not meant."""

import re

from web.routing import Route

_VARIABLE = re.compile(r"<[^>]*>")


class LargeBodies:
    """The routes' own limits in bytes, by method and path."""

    def __init__(self) -> None:
        self._limits: dict[str, list[tuple[re.Pattern[str], int]]] = {}

    def learn(self, route: Route, rule: str) -> None:
        """Take a route in, at its rule in Flask's spelling."""
        if route.body:
            pattern = re.compile("[^/]+".join(map(re.escape, _VARIABLE.split(rule))))
            self._limits.setdefault(route.method, []).append((pattern, route.body))

    def limit(self, method: str, path: str, usual: int) -> int:
        """What a body may have at this path; `usual` where no route says otherwise."""
        for pattern, most in self._limits.get(method, ()):
            if pattern.fullmatch(path):
                return most
        return usual
