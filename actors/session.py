"""What a dialect must offer to be spoken over a socket: a Session per connection, an Encoding per audience.

Both are pure: text and values in, effects and bytes out. They know no socket, no clock and no actor.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Protocol, runtime_checkable

from actors.accounts import Credential
from actors.effects import Effect
from actors.presence import Presence, Subject, Update


class Gone(Enum):
    """What an Encoding says of an update after which the user is not there any more for its watchers."""

    GONE = "gone"


class Assembly(Protocol):
    """One message about several users, while it is put together."""

    def add(self, subject: Subject, presence: Presence) -> None:
        """One more user, in the order of asking; one that is not there for this dialect is left out."""

    def done(self) -> bytes:
        """The message. Called once."""


class Encoding(Protocol):
    """Turns what happened to a user into one message's bytes; one object per (dialect, wire, compression).

    A fan-out encodes once per Encoding and sends the same bytes to all its lanes, so two connections share an
    Encoding exactly when they may get identical bytes. The object is hashed by identity.
    """

    every_report: bool
    """True: gets each accepted report. False: only those that change what is seen."""

    coalesces: bool
    """True: a lane that has not been reached yet may skip to the newest update."""

    pause: float
    """Seconds after an update during which further ones wait and only the newest is sent; 0 for at once."""

    def snapshot(self, subject: Subject, presence: Presence) -> bytes | Gone:
        """The message that a new watcher gets first; GONE where the user is not there, which is then told as below."""

    def update(self, update: Update) -> bytes | Gone | None:
        """The message for this update; None where this dialect has nothing to say of it.

        After GONE the session of every watcher hears of it (Gather.left) and says what there is to say.
        """


@runtime_checkable
class Everybody(Encoding, Protocol):
    """An Encoding of a dialect in which everybody may be watched at once, so that who comes and goes matters."""

    def everybody(self, now: float) -> Assembly:
        """The message about everybody, to be put together; the same for all who ask at once."""


@runtime_checkable
class Numbered(Encoding, Protocol):
    """An Encoding whose messages carry numbers of actors/history.py, with the last of which a reader may come back.

    A fan-out takes several turns, so one user's newer change may overtake another's older one. The number in a message
    must therefore stay below every change that is still on its way in this encoding: a reader who has the message has
    everything up to its number.
    """

    def reached(self, user: str) -> None:
        """Everybody who watches the user has been sent what was encoded last, or nobody watches any more."""


@runtime_checkable
class ShowsPairs(Encoding, Protocol):
    """An Encoding in which key-values show; the others hear nothing of a change that is one of those alone."""

    shows_pairs: bool


class Session(Protocol):
    """One connection's conversation, as a state machine.

    Malformed, Refused or Overrun raised from any method closes the connection with 1008 and the error's code.
    """

    publishes: bool
    """True: messages are counted against the publishers' limit, else against the subscribers'."""

    @property
    def encoding(self) -> Encoding:
        """How its client is told of users; may change until the session first asks to Follow or Gather."""

    def opened(self, now: float) -> Iterable[Effect]:
        """The connection stands."""

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:
        """One whole message came, text or binary, within the dialect's size limit."""

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:
        """The answer to Authenticate; None for a token that is unknown, expired or revoked."""
