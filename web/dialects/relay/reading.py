"""The event stream of one's own notifications: the body of each callback, as it is sent. Pure."""

from collections.abc import Iterable

from actors.accounts import Credential
from actors.bulletin import Notified
from actors.effects import Effect, Listen
from actors.presence import Presence, Subject, Update
from actors.session import Encoding


def as_it_is(body: bytes) -> bytes:
    """The wording of every reader: one line of JSON stands in an event as it is."""
    return body


class Nobody:
    """The Encoding of these streams, whose readers watch no user."""

    every_report = False
    coalesces = False
    pause = 0.0

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:  # noqa: ARG002 - see Nobody
        """Nothing is said of anybody."""
        return b""

    def update(self, update: Update) -> None:
        """The same."""


class Reading:
    """One event stream's Session: hears what the relay hears by the token of this digest."""

    publishes = False

    def __init__(self, digest: bytes, encoding: Nobody) -> None:
        self.encoding: Encoding = encoding
        self._digest = digest

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing here depends on the time
        """See actors.session.Session."""
        yield Listen(Notified(self._digest), as_it_is)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """A reader of an event stream says nothing."""
        return ()

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token of ours here."""
        return ()
