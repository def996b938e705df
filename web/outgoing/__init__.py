"""Outgoing: requests to addresses that users name, which must not become a way into the operator's own network.

The rules are PROMISES 3.6; client.py is the way in.
"""

from web.outgoing.allowed import Allowed
from web.outgoing.callbacks import Callbacks
from web.outgoing.client import Client
from web.outgoing.conversation import Response
from web.outgoing.limits import IMAGE, TEXT, FetchLimits
from web.outgoing.rerouted import Rerouted

__all__ = ["IMAGE", "TEXT", "Allowed", "Callbacks", "Client", "FetchLimits", "Rerouted", "Response"]
