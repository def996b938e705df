"""A Gateway that listens to a fake Discord over real sockets, on the test's clock; whom it tells are probes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pykka

from actors.discord.gateway import Gateway
from actors.discord.network import DiscordNetwork
from actors.discord.reporter import source_of
from actors.house import House
from actors.messages.directory import DeliverAll
from actors.messages.keeper import Flush, KeepValue, RecallValues, Record
from actors.messages.supervision import Fell
from actors.messages.user import Report, Withdraw
from actors.presence import Claim, Status
from actors.runtime import Address, Future
from actors.settings import Discord as Wanted
from storage.board import LocalBoard
from tests.actors.relay.listening import NOBODY, until
from tests.clock import FakeClock
from tests.fakes.discord import TOKEN, FakeDiscord, member
from tests.hub import turn
from tests.stage import Probe
from web.outgoing import Allowed, Client
from web.outgoing.discord import discord_network

HERE = "100000000000000000"
ANN, BOB, CAT = (f"20000000000000000{number}" for number in range(3))
TURNS = 8


class Desk(Address):
    """A Keeper of values, and of nothing else."""

    def __init__(self) -> None:
        super().__init__("keeper")
        self.values: dict[str, str] = {}
        self.flushes = 0

    def future(self, message: Any) -> Future:
        future = Future()
        match message:
            case RecallValues():
                future.set(dict(self.values))
            case KeepValue(_, name, None):
                self.values.pop(name, None)
                future.set(None)
            case KeepValue(_, name, text):
                self.values[name] = text
                future.set(None)
            case Flush():
                self.flushes += 1
                future.set(None)
        return future


class Town(Address):
    """A Directory that puts what it is told on the board, as Users do."""

    def __init__(self, house: Callable[[], House]) -> None:
        super().__init__("directory")
        self._house = house
        self.deeds: list[tuple[str, Report | Withdraw]] = []

    def tell(self, message: Any) -> None:
        assert isinstance(message, DeliverAll)
        for parcel in message.parcels:
            self.deeds.append((parcel.user, parcel.message))
            if isinstance(parcel.message, Report):
                self._house().board.report(parcel.user, parcel.message.claim)
            else:
                self._house().board.withdraw(parcel.user, parcel.message.source)


class Listening:
    """Everything that the listener needs, and the listener."""

    def __init__(self, tls: ssl.SSLContext | None = None, trust: ssl.SSLContext | None = None) -> None:
        self.clock = FakeClock(between=self.turns)
        self.fake = FakeDiscord(tls=tls).start()
        self.guild = self.fake.guild(HERE, member(ANN, "ann"), member(BOB, "bob"))
        self.client = Client(Allowed.read(()), self.clock, context=trust or NOBODY)
        self.desk, self.town = Desk(), Town(lambda: self.house)
        probes: dict[str, Any] = {each.name: Probe(each.name) for each in fields(House) if each.type is Address}
        self.house = House(self.clock, LocalBoard(), **{**probes, "keeper": self.desk, "directory": self.town})
        self.parent = Probe("listeners")
        self.refs: list[pykka.ActorRef[Gateway]] = []
        self.wanted = {"token": TOKEN, "api_base": f"{self.fake.url}/api/v10", "base_guild_id": HERE}

    def start(self, network: DiscordNetwork | None = None, **changed: Any) -> pykka.ActorRef[Gateway]:
        wanted = Wanted(**{**self.wanted, **changed})
        network = network or discord_network(self.client, wanted)
        self.refs.append(Gateway.start(self.house, wanted, network, parent=self.parent, path="discord"))
        return self.refs[-1]

    def close(self) -> None:
        for ref in self.refs:
            if ref.is_alive():
                ref.stop(block=False)
        until(lambda: not any(ref.is_alive() for ref in self.refs))
        self.fake.stop()
        self.client.close()

    def turns(self) -> None:
        for _ in range(TURNS):
            turn()

    # What is seen

    def claim(self, ident: str, user: str | None = None) -> Claim | None:
        claims = self.house.board.claims(user or ident)
        return next((claim for claim in claims if claim.source == source_of(ident)), None)

    def status(self, ident: str) -> Status | None:
        claim = self.claim(ident)
        return None if claim is None else claim.status

    def until_loaded(self, times: int = 1) -> None:
        until(lambda: self.events.count("loaded") >= times)

    def until_resumed(self, times: int = 1) -> None:
        until(lambda: [each for each in self.records if each.details.get("session") == "resumed"][times - 1 : times])

    @property
    def reported(self) -> list[tuple[str, Report | Withdraw]]:
        """What was told of users since the last time that somebody asked."""
        deeds, self.town.deeds = self.town.deeds, []
        return deeds

    @property
    def records(self) -> list[Record]:
        return self.house.journal.got(Record)  # type: ignore[attr-defined,no-any-return]

    @property
    def events(self) -> list[str]:
        return [record.event for record in self.records]

    @property
    def falls(self) -> list[Fell]:
        return self.parent.got(Fell)
