"""Messages to the Streams of the relay (actors/relay/streams.py)."""

from dataclasses import dataclass

from actors.relay.registration import Registration


@dataclass(frozen=True, slots=True)
class Open:
    """Keep a stream for this registration; one that stands hears of the renewal, one that is parked begins anew."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class Close:
    """The registration of this id has ended: no stream for it any more."""

    registration_id: str
