"""The Courier: delivers callbacks to other people's servers, in order, at least once, from a durable outbox.

Who wants something delivered asks `house.courier` to `Post` a `Parcel` (actors/messages/courier.py) and puts a look-up
for its kind of queue into `house.destinations` (destination.py).
"""

from actors.courier.destination import DEFAULT, Destination, Destinations, LookUp, Policy

__all__ = ["DEFAULT", "Destination", "Destinations", "LookUp", "Policy"]
