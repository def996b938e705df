"""Trust: whether a token may still be good, and an instance still be there. Pure."""

GONE_AFTER = 86_400.0
"""Seconds: an instance that has said 404 or 410 for so long, and nothing else, is gone."""

_GONE = frozenset({404, 410})
_PROBABLY_REVOKED = frozenset({1000, 1005})
"""Mastodon closes without a code when a token is revoked; some libraries read that as 1000."""


class Trust:
    """What one stream has heard that speaks against its token and its instance."""

    __slots__ = ("_gone_since", "_suspected", "token_in_query")

    def __init__(self) -> None:
        self._suspected = False
        """The next 401 is final."""
        self.token_in_query = False
        """A 401 is asked about once more in the way that every server knows, some by no other: in the query."""
        self._gone_since: float | None = None

    def unauthorised(self) -> bool:
        """A 401 was said: True when it was to be expected, and is final."""
        if self._suspected:
            return True
        self._suspected = self.token_in_query = True
        return False

    def closed(self, code: int) -> None:
        """The connection was closed with this code."""
        self._suspected = self._suspected or code in _PROBABLY_REVOKED

    def is_good(self) -> None:
        """The token is: a notification came, or the connection has lasted."""
        self._suspected = False

    def status(self, status: int, now: float) -> bool:
        """An answer came with this status: True when the instance is gone for good."""
        if status not in _GONE:
            self._gone_since = None
            return False
        if self._gone_since is None:
            self._gone_since = now
        return now - self._gone_since >= GONE_AFTER
