"""Words: in whose shape an error is told at a path, also where no view was ever asked."""

import re
from collections.abc import Callable
from functools import lru_cache

from actors.errors import HouseError
from web import errors
from web.views import Answer, Request

Refuse = Callable[[HouseError, Request], Answer]

_VARIABLE = re.compile(r"<[^>]*>")


class Words:
    """The rules of all routes, and how each one's dialect words an error."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[re.Pattern[str], Refuse]] = {}
        self._folders: dict[str, Refuse] = {}
        self._whose = lru_cache(maxsize=1024)(self._find)

    def learn(self, rule: str, refuse: Refuse) -> None:
        """Take a rule in, in Flask's spelling; the first dialect at a rule speaks there."""
        pattern = "[^/]+".join(map(re.escape, _VARIABLE.split(rule)))
        self._rules.setdefault(rule, (re.compile(pattern), refuse))

    def own(self, folder: str, refuse: Refuse) -> None:
        """Everything under this path is of one dialect, so that what is not there is told in its words too."""
        self._folders.setdefault(folder, refuse)

    def refuse(self, error: HouseError, request: Request) -> Answer:
        """The answer to a request that fails before a view was found, or without one."""
        return self._whose(request.environ["PATH_INFO"])(error, request)

    def _find(self, path: str) -> Refuse:
        known = (refuse for pattern, refuse in self._rules.values() if pattern.fullmatch(path))
        whole = (refuse for folder, refuse in self._folders.items() if path.startswith(folder))
        return next(known, None) or next(whole, errors.refuse)
