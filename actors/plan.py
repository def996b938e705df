"""The plan of the house: which actors stand in the tree, in starting order, and how each is kept (HOUSE section 6)."""

from collections.abc import Mapping
from typing import Any

import pykka

from actors.activities import ClaimOf
from actors.backlog import Backlog
from actors.committer import Archive, Committer
from actors.connections import Connections
from actors.courier.courier import Courier
from actors.courier.outbox import Aftermath, Outbox
from actors.courier.reply import Send
from actors.directory import Directory
from actors.envoys import Envoys, Roll
from actors.falls import Limits
from actors.house import House
from actors.journal import Journal
from actors.keeper import Keeper, Ledger
from actors.leases import LeaseSupervisor
from actors.listener import Listener
from actors.painter import Measure, Painter
from actors.roster import Roster
from actors.runtime import Address, Kin
from actors.settings import Module
from actors.supervision import Branch, Child, Excess, Restart
from actors.warden import Records, Warden
from actors.webhooks.book import Book
from actors.webhooks.notifier import Notifier, Webhooks
from actors.webhooks.webhook import Words

STOP_WITHIN = 2.0
"""Seconds that a listener may take to stop: several stuck ones must not hold up a drain."""


def plan(
    house: House,
    ledger: Ledger,
    records: Records,
    change: int,
    limits: Limits,
    *,
    archive: Archive,
    modules: Mapping[str, Module],
    measure: Measure,
    claim_of: ClaimOf,
    outbox: Outbox,
    senders: Mapping[str, Send],
    webhooks: Webhooks,
    words: Words,
    relay: Branch | None = None,
    discord: Child | None = None,
) -> Branch:
    """The tree; `change` is the newest change that the house has read (actors/warden.py).

    `senders` posts callbacks, by kind of queue (actors/courier/); `words` says what webhooks are told. Without a
    `relay` nobody registers for anything, without a `discord` nobody listens to Discord.
    """
    if discord is None:
        house.discord.close()
    backlog = Backlog()
    roll: Roll = {}
    aftermath = Aftermath()
    book = Book()

    def child(address: Address, about: str, kind: type[Kin], *args: object) -> Child:
        def start(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Any]:
            return kind.start(*args, parent=parent, heir=heir, path=path)

        return Child(address, start, about=about)

    return Branch(
        house.presence,
        limits=limits,
        about="everything; if it falls the process ends with 1",
        children=(
            child(house.journal, "the log of all below", Journal, house),
            child(house.keeper, "writes behind", Keeper, house, ledger, backlog),
            child(house.leases, "expires claims", LeaseSupervisor, house),
            child(house.directory, "users: started on need; one falls alone", Directory, house, limits),
            child(house.envoys, "sessions of first parties", Envoys, house, roll),
            child(house.committer, "activities and key-values: commits in groups", Committer, house, archive, claim_of),
            child(house.courier, "delivers callbacks, in order", Courier, house, outbox, senders, aftermath),
            child(house.notifier, "tells webhooks who comes, changes and goes", Notifier, house, webhooks, words, book),
            child(house.roster, "who watches everybody", Roster, house),
            child(house.warden, "tokens and accounts, in step with storage", Warden, house, records, change),
            child(house.painter, "colours of the images that wish for it", Painter, house, measure),
            _listeners(house, limits, modules, discord),
            *(() if relay is None else (relay,)),
            child(house.connections, "subscribers: never restarted, the client comes back", Connections, house),
        ),
    )


def _listeners(house: House, limits: Limits, modules: Mapping[str, Module], discord: Child | None) -> Branch:
    return Branch(
        house.listeners,
        (
            *(() if discord is None else (discord,)),
            *(_listener(name, module, house) for name, module in modules.items()),
        ),
        excess=Excess.PARK,
        limits=limits,
        about="Discord, and modules of [modules]; a fatal cause parks one and says why",
    )


def _listener(name: str, module: Module, house: House) -> Child:
    def start(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Any]:
        return Listener.start(name, module, house, parent=parent, heir=heir, path=path)

    # TRANSIENT: a module that returns is done.
    return Child(Address(f"module:{name}"), start, Restart.TRANSIENT, STOP_WITHIN, about=f"runs {module.entry}")
