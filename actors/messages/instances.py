"""Messages to Instances (actors/relay/instances.py)."""

from dataclasses import dataclass, field

from actors.relay.registration import Instance


@dataclass(frozen=True, slots=True)
class Admit:
    """May I connect to this instance? Answered with its Info when it is the asker's turn.

    Unavailable when nothing is known of the instance and it can't be asked; `retry_after` says for how long.
    """

    instance: Instance
    doubtful: bool = False
    """The asker has been turned away and wonders whether the streaming address is still the same."""


@dataclass(frozen=True, slots=True)
class ReadNotifications:
    """Say which notifications come next after the one with the id `after`, or, where that is None, which is the newest.

    Answered with Listed ones (actors.upstream.mastodon_notifications), oldest first, none where there are no more.
    Refused `status-N`: it will not say, whoever asks again; N is 401 or 403 where the token may not read them.
    Unavailable: later perhaps, after `retry_after`. It is not asked any more at `not_after` (monotonic).
    """

    instance: Instance
    token: str = field(repr=False)
    after: str | None
    not_after: float
