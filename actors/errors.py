"""The kinds of failure the house may answer with; web/errors.py maps each once.

Whose fault it was is the class; `code` names the cause for the dialect's own wording. The text is for logs and for
the codec's author, never the text of another exception, and never holds a secret.
"""


class HouseError(Exception):
    """A failure that was foreseen; `code` is a stable word such as `unknown-session`."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code


class Malformed(HouseError):
    """Theirs: what they sent cannot be understood. Nothing was changed."""


class Refused(HouseError):
    """Theirs: understood, but they lack the authority, or what they name is not there. Nothing was changed."""


class _Passing(HouseError):
    """A failure that may pass by itself."""

    def __init__(self, code: str, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, text)
        self.retry_after = retry_after
        """Seconds after which trying again makes sense; None where that cannot be said."""


class Overrun(_Passing):
    """A limit: too large, too many, too often, or a mailbox is full. Nothing was changed."""


class Unavailable(_Passing):
    """Ours: a part of the house is restarting or a store is away. Nothing was changed; it heals by itself."""


class Fatal(HouseError):
    """Raised in an actor to say that starting it again would not help: its supervisor parks it and says why."""
