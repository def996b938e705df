"""Gateway: listens to Discord for one bot, and says in the house what it hears of the members.

The protocol is actors/upstream/discord.py, who the members are actors/upstream/discord_members.py; here their effects
are carried out. A lost connection is a state, not a fall: what was heard last is believed for GRACE, then it is said
that nobody knows. It never waits. A guild of thousands is told in slices, and nothing more is read meanwhile.

Longer than most files: it joins the wire, the clock and the house, and each has its messages.
"""

from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any

import orjson

from actors.discord.network import DiscordNetwork
from actors.discord.newsroom import Newsroom
from actors.discord.notebook import Notebook
from actors.discord.timers import Timers
from actors.discord.wire import GatewayWire, Heard, Packed
from actors.errors import Fatal, HouseError
from actors.house import House
from actors.messages.discord import Describe, GatewayFigures, Relinked
from actors.messages.keeper import Record
from actors.relay.handshake import Opened, Turned, open_websocket
from actors.relay.line import Answered, Line, Readable
from actors.relay.network import Answer
from actors.relay.wire import Closed, Text
from actors.runtime import Actor, Future, handles
from actors.settings import Discord as Wanted
from actors.upstream.discord import Discord, Phase
from actors.upstream.discord_effects import (
    AskGateway,
    BudgetChanged,
    Connect,
    Effect,
    GiveUp,
    HangUp,
    Happened,
    Note,
    Send,
    WakeIn,
)
from actors.upstream.discord_places import Session
from actors.upstream.mastodon_address import Address
from actors.upstream.retry_after import retry_after

GRACE = 120.0
"""Seconds for which members' presences are believed while nobody listens (PROMISES 2: at most 120)."""
TURN = 32
"""Messages in one turn, after which others have theirs."""
SLICE = 64
"""Members of a big message that are told in one turn."""
SAVE_EVERY = 2.0
"""Seconds between two looks at the session; by the second look, all of the first is surely told on."""
AGENT = "DiscordBot (https://presently.example, 0.1.0)"
"""Discord asks for this form, and may block who has another."""


@dataclass(frozen=True, slots=True)
class _Recalled:
    """To oneself: what an earlier life has kept."""

    answer: Future


class _Due:
    """To oneself: the protocol's appointment."""


class _MembersDue:
    """To oneself: the members'."""


class _GoOn:
    """To oneself: the next slice."""


class _Unheard:
    """To oneself: for GRACE nobody has listened."""


class _Save:
    """To oneself: keep the session."""


class Gateway(Actor):
    """One bot's listener."""

    mailbox_limit = 10_000

    def __init__(self, house: House, wanted: Wanted, network: DiscordNetwork) -> None:
        super().__init__()
        if wanted.token is None:
            raise Fatal("no-token", "[discord] token is missing")
        self.house = house
        self.wanted = wanted
        self.token = wanted.token
        self.newsroom = Newsroom(house, wanted.base_guild_id, self._ask, self._record)
        self.notebook = Notebook(house, self.token, wanted.base_guild_id)
        self.line: Line[AskGateway | Connect, Answer | Turned, GatewayWire] = Line(
            partial(_attempt, network), self.remind
        )
        self.protocol: Discord | None = None
        self.timers = Timers(house.clock, self.remind)
        self.last_event_at: float | None = None
        self.stood = False
        """True once there has been a session: what an earlier life has left ends by its own leases."""
        self.written = ""
        """The last reason for waiting that the journal has: an outage is written down once."""

    def on_start(self) -> None:
        """See what an earlier life has left."""
        self.notebook.recall(lambda answer: self.remind(_Recalled(answer)))

    def on_stop(self) -> None:
        """Put everything down; the session and its claims wait a while for whoever comes after us."""
        session = self._resumable
        if session is not None:
            self.notebook.keep(session)
        self._put_down()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Law 4: unless another life takes the claims up they end, in a while."""
        self._put_down()
        self.newsroom.reporter.leave(self.house.clock.now() + GRACE)

    # Mail

    @handles(_Recalled)
    def recalled(self, message: _Recalled) -> None:
        """Connect, or go on where an earlier life has stopped."""
        budget, session = self.notebook.read(message.answer)
        if session is not None and not self.newsroom.take_up():
            session = None
        wanted = self.wanted
        self.protocol = Discord(
            self.token,
            budget,
            gateway=wanted.gateway_url,
            guild=wanted.base_guild_id,
            plain=(wanted.gateway_url or wanted.api_base).startswith(("ws:", "http:")),
            session=session,
        )
        self._do(self.protocol.begin(self._now()))

    @handles(_Due)
    def due(self, _: _Due) -> None:
        """The protocol's appointment. While a guild is being told nothing is read: that silence is our own."""
        if self.newsroom.busy:
            self._protocol.pulse.forgive(self._now())
        self._do(self._protocol.due(self._now()))

    @handles(_MembersDue)
    def members_due(self, _: _MembersDue) -> None:
        """Something is to be asked, or is not waited for any more; in its turn."""
        self.newsroom.look_after()
        self._say()

    @handles(_Unheard)
    def doubt(self, _: _Unheard) -> None:
        """Nobody can know what the members do now; who they are is still true."""
        self._record("members-doubted", members=len(self.newsroom.reporter), after_seconds=GRACE)
        self.newsroom.doubt()
        self._say()

    @handles(_Save)
    def save(self, _: _Save) -> None:
        """Keep the session as it was a while ago."""
        self.timers.set(_Save, SAVE_EVERY)
        if not self.newsroom.busy:
            self.notebook.look(self._resumable)

    @handles(Relinked)
    def relinked(self, message: Relinked) -> None:
        """See messages.Relinked."""
        for ident in message.idents:
            self.newsroom.reporter.relink(ident)
        self.newsroom.reporter.flush()

    @handles(Describe)
    def describe(self, _: Describe) -> GatewayFigures:
        """See messages.Describe."""
        protocol, now = self.protocol, self._now()
        if protocol is None:
            return GatewayFigures("starting")
        waits = protocol.wakes_at - now if protocol.phase is Phase.RETURN else None
        return GatewayFigures(
            protocol.phase.value,
            protocol.reason,
            None if waits is None else self.house.clock.now() + waits,
            None if protocol.session is None else protocol.session.id,
            len(self.newsroom.members.users),
            len(self.newsroom.members.guilds),
            protocol.identifies,
            protocol.resumes,
            protocol.budget.left(now),
            self.last_event_at,
            protocol.pulse.latency,
            dict(protocol.closes),
        )

    @handles(Answered)
    def answered(self, message: Answered) -> None:
        """The API or the gateway has answered, or nobody has."""
        now, protocol = self._now(), self._protocol
        match self.line.take(message):
            case None:
                return
            case Opened():
                self._do(protocol.opened(now))
                self.line.read_on()
            case Turned(status, headers):
                self._do(protocol.turned(status, retry_after(headers, self.house.clock.now()), now))
            case HouseError(code=code):
                self._do(protocol.unreachable(code, now))
            case Exception() as error:
                raise error
            case answer:
                self._take_answer(answer, now)

    def _take_answer(self, answer: Answer, now: float) -> None:
        if answer.status != 200:
            wait = retry_after(answer.headers, self.house.clock.now())
            self._do(self._protocol.refused(answer.status, wait, now))
            return
        try:
            document = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            document = None
        self._do(self._protocol.told(document, now))

    @handles(Readable)
    def readable(self, message: Readable) -> None:
        """Take what is there, until a big message has to be told, or others want a turn."""
        for _ in range(TURN):
            if message.wire is not self.line.wire or self.newsroom.busy:
                break
            heard = self.line.wire.next()
            if heard is None:
                self.line.listen()
                break
            self._do(self._hear(heard, self._now()))
            self.newsroom.say(SLICE)
        else:
            self.line.read_on()
        self._after_saying()

    def _hear(self, heard: Heard, now: float) -> list[Effect]:
        match heard:
            case Packed():
                return self._protocol.binary(heard, now)
            case Text(data):
                return self._protocol.text(data, now)
            case Closed(code):
                return self._protocol.closed(code, now)
            case _:
                return self._protocol.heard(now)

    @handles(_GoOn)
    def go_on(self, _: _GoOn) -> None:
        """The next slice."""
        self.timers.cancel(_GoOn)
        self._say()
        if not self.newsroom.busy:
            self.line.read_on()

    def _say(self) -> None:
        self.newsroom.say(SLICE)
        self._after_saying()

    def _after_saying(self) -> None:
        self.newsroom.reporter.flush()
        if self.newsroom.busy and _GoOn not in self.timers:
            self.timers.set(_GoOn, 0.0)  # when the hub has looked at its sockets once
        self.timers.set(_MembersDue, self.newsroom.members.next_due() - self._now())

    def _ask(self, text: bytes) -> None:
        self._do(self._protocol.request(text, self._now()))

    # What the protocol wants done

    @property
    def _protocol(self) -> Discord:
        if self.protocol is None:
            raise LookupError("nothing has been begun")
        return self.protocol

    @property
    def _resumable(self) -> Session | None:
        """The session, where another life could go on with it: it must know who all the members are."""
        return self.protocol.session if self.protocol is not None and self.newsroom.whole else None

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                if self.line.wire is not None and not self.line.wire.say(effect.text):
                    self._do(self._protocol.send_failed(self._now()))
                    return
            elif isinstance(effect, Happened):
                self._happened(effect.name, effect.data)
            else:
                self._carry_out(effect)
        self._note_phase()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case WakeIn(seconds):
                self.timers.set(_Due, seconds)
            case AskGateway() | Connect():
                self.line.open(effect)
            case HangUp():
                self.line.hang_up()
            case BudgetChanged():
                self.notebook.note_budget(self._protocol.budget)
            case GiveUp(code, sentence):
                raise Fatal(code, sentence)
            case Note(event, details):
                self._record(event, **details)

    def _happened(self, name: str, data: Any) -> None:
        self.newsroom.hear(name, data)
        self.last_event_at = self.house.clock.now()
        if name in {"READY", "RESUMED"}:
            self.written = ""
            self._record("connected", session="new" if name == "READY" else "resumed")

    def _note_phase(self) -> None:
        protocol = self._protocol
        if protocol.phase is Phase.READY:
            self.stood, self.newsroom.unheard = True, False
            self.timers.cancel(_Unheard)
            if _Save not in self.timers:
                self.timers.set(_Save, SAVE_EVERY)
        elif self.stood and _Unheard not in self.timers and len(self.newsroom.reporter):
            self.timers.set(_Unheard, GRACE)
        if protocol.phase is Phase.RETURN and protocol.reason != self.written:
            self.written = protocol.reason
            again = round(max(protocol.wakes_at - self._now(), 0.0), 1)
            self._record("disconnected", reason=protocol.reason, again_in=again)

    def _now(self) -> float:
        return self.house.clock.monotonic()

    def _put_down(self) -> None:
        self.timers.cancel_all()
        self.line.hang_up()
        self.newsroom.reporter.flush()

    def _record(self, event: str, **details: object) -> None:
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "Gateway", event, details))


def _attempt(network: DiscordNetwork, wanted: AskGateway | Connect) -> Opened[GatewayWire] | Turned | Answer:
    """In a greenlet of its own; waits."""
    if isinstance(wanted, AskGateway):
        return network.ask_gateway()
    return open_websocket(network.dial(wanted.url), Address(wanted.url, guarded=False), AGENT, GatewayWire)
