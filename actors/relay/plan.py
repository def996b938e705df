"""The relay's branch of the tree: who listens, for whom, and whose turn it is to connect."""

from functools import partial

import pykka

from actors.falls import Limits
from actors.house import House
from actors.relay.instances import Instances
from actors.relay.ledger import Ledger
from actors.relay.network import Network
from actors.relay.registrar import Registrar
from actors.relay.registration import RELAY, Instance, Registration
from actors.relay.stream import Stream
from actors.relay.streams import Streams
from actors.runtime import Address
from actors.supervision import Branch, Child, Excess


def relay_branch(
    house: House,
    limits: Limits,
    ledger: Ledger,
    network: Network,
    *,
    end_on_410: bool,
    catch_up: bool,
    presence_seconds: float,
) -> Branch:
    """The branch; callbacks of registrations find their way by the roll from now on."""
    house.destinations.learn(RELAY, partial(house.registrations.destination, owner=house.relay))

    def start_instances(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Instances]:
        return Instances.start(house, network, parent=parent, heir=heir, path=path)

    def start_stream(made: Registration, instance: Instance, parent: Address, path: str) -> pykka.ActorRef[Stream]:
        return Stream.start(made, instance, house, network, catch_up=catch_up, parent=parent, path=path)

    def start_streams(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Streams]:
        return Streams.start(house, limits, start_stream, parent=parent, heir=heir, path=path)

    def start_registrar(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Registrar]:
        return Registrar.start(
            house,
            ledger,
            end_on_410=end_on_410,
            presence_seconds=presence_seconds,
            parent=parent,
            heir=heir,
            path=path,
        )

    return Branch(
        Address("relay"),
        (
            Child(house.instances, start_instances, about="what instances say of themselves, and whose turn it is"),
            Child(house.streams, start_streams, about="a stream for each registration; one falls alone"),
            Child(house.relay, start_registrar, about="who is registered, and until when"),
        ),
        excess=Excess.PARK,
        limits=limits,
        about="the Mastodon relay: streams in, callbacks out",
    )
