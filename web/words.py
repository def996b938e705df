"""Words: in whose shape an error is told at a path, also where no view was ever asked, and what may be asked there."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus

from actors.errors import HouseError
from web import errors
from web.views import Answer, Environ, Request

Refuse = Callable[[HouseError, Request], Answer]

EVERYWHERE = "*"
"""In the place of a path: the server as a whole (RFC 9110 section 9.3.7)."""

_VARIABLE = re.compile(r"<[^>]*>")


class Words:
    """The rules of all routes, and how each one's dialect words an error."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[re.Pattern[str], Refuse, set[str]]] = {}
        self._folders: dict[str, Refuse] = {}
        self._whose = lru_cache(maxsize=1024)(self._find)

    def learn(self, rule: str, refuse: Refuse, methods: Iterable[str] = ()) -> None:
        """Take a rule in, in Flask's spelling; the first dialect at a rule speaks there."""
        pattern = "[^/]+".join(map(re.escape, _VARIABLE.split(rule)))
        _, _, known = self._rules.setdefault(rule, (re.compile(pattern), refuse, set()))
        known.update(methods)

    def own(self, folder: str, refuse: Refuse) -> None:
        """Everything under this path is of one dialect, so that what is not there is told in its words too."""
        self._folders.setdefault(folder, refuse)

    def refuse(self, error: HouseError, request: Request) -> Answer:
        """The answer to a request that fails before a view was found, or without one."""
        return self._whose(request.environ["PATH_INFO"])(error, request)

    def at_door(self, status: HTTPStatus, sentence: str, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status line, fields and body for a request that the front door could not take in."""
        answer = self.refuse(errors.Unreadable(status, sentence), Request(environ))
        return answer.status_line, answer.fields(), answer.body

    def allowed(self, path: str) -> tuple[str, ...]:
        """What the field Allow says there: every method that is answered, OPTIONS always (RFC 9110 section 10.2.1)."""
        everywhere = path == EVERYWHERE
        known = [methods for pattern, _, methods in self._rules.values() if everywhere or pattern.fullmatch(path)]
        return (*sorted(set[str]().union(*known) - {"OPTIONS"}), "OPTIONS")

    def _find(self, path: str) -> Refuse:
        known = (refuse for pattern, refuse, _ in self._rules.values() if pattern.fullmatch(path))
        whole = (refuse for folder, refuse in self._folders.items() if path.startswith(folder))
        return next(known, None) or next(whole, errors.refuse)
