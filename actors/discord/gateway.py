"""Gateway: listens to Discord for one bot, and says in the house what it hears of the members.

The protocol is actors/upstream/discord.py, who the members are actors/upstream/discord_members.py; here their effects
are carried out. A lost connection is a state, not a fall: what was heard last is believed for GRACE, then it is said
that nobody knows. It never waits. A guild of thousands is told in slices, and nothing more is read meanwhile.

Longer than most files: it joins the wire, the clock and the house, and each has its messages.
"""

from collections import deque
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any

import orjson

from actors.clock import Timer
from actors.discord.network import DiscordNetwork
from actors.discord.notebook import Notebook
from actors.discord.reporter import Reporter, source_of
from actors.discord.wire import GatewayWire, Heard, Packed
from actors.errors import Fatal, HouseError
from actors.house import House
from actors.messages.discord import Relinked
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
    Connect,
    Effect,
    GiveUp,
    HangUp,
    Happened,
    Identified,
    Note,
    Send,
    WakeIn,
)
from actors.upstream.discord_members import Members
from actors.upstream.discord_people import Ask, Changes, Gone, Shown, Told
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
        self.members = Members(wanted.base_guild_id)
        self.reporter = Reporter(house)
        self.notebook = Notebook(house, self.token, wanted.base_guild_id)
        self.line: Line[AskGateway | Connect, Answer | Turned, GatewayWire] = Line(
            partial(_attempt, network), self.remind
        )
        self.protocol: Discord | None = None
        self.work: deque[Changes] = deque()
        """What was heard and has not all been told; nothing is read before it is."""
        self.timers: dict[type, Timer] = {}
        self.unheard = False
        """True where it has been said that nobody knows."""
        self.restates = False
        """True where everybody must be told of again, changed or not, once all is known again."""
        self.written = ""
        """The last reason for waiting that the journal has: an outage is written down once."""

    def on_start(self) -> None:
        """See what an earlier life has left."""
        self.notebook.recall(lambda answer: self.remind(_Recalled(answer)))

    def on_stop(self) -> None:
        """Put everything down; the session and its claims wait a while for whoever comes after us."""
        if self.protocol is not None and not self.work and self._resumable:
            self.notebook.keep(self._resumable)
        self._put_down()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Law 4: unless another life takes the claims up they end, in a while."""
        self._put_down()
        self.reporter.leave(self.house.clock.now() + GRACE)

    # Mail

    @handles(_Recalled)
    def recalled(self, message: _Recalled) -> None:
        """Connect, or go on where an earlier life has stopped."""
        budget, session = self.notebook.read(message.answer)
        claims = self.reporter.found()
        if session is not None and claims:
            self.members.take_up(claims)
            self.restates = True  # they are believed for a while only
        else:
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
        if self.work:
            self._protocol.pulse.forgive(self._now())
        self._do(self._protocol.due(self._now()))

    @handles(_MembersDue)
    def members_due(self, _: _MembersDue) -> None:
        """Something is to be asked, or is not waited for any more; in its turn."""
        self.work.append(self.members.due(self._now()))
        self._go_on()

    @handles(_Unheard)
    def doubt(self, _: _Unheard) -> None:
        """Nobody can know what the members do now; who they are is still true."""
        self.unheard = self.restates = True
        self._record("members-doubted", members=len(self.reporter), after_seconds=GRACE)
        self.work.append(self._everybody())
        self._go_on()

    @handles(_Save)
    def save(self, _: _Save) -> None:
        """Keep the session as it was a while ago."""
        self._appoint(_Save, SAVE_EVERY)
        if not self.work:
            self.notebook.look(self._resumable)

    @handles(Relinked)
    def relinked(self, message: Relinked) -> None:
        """See messages.Relinked."""
        for ident in message.idents:
            self.reporter.relink(ident)
        self.reporter.flush()

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
            if message.wire is not self.line.wire or self.work:
                break
            heard = self.line.wire.next()
            if heard is None:
                self.line.listen()
                break
            self._do(self._hear(heard, self._now()))
            self._tell(SLICE)
        else:
            self.line.read_on()
        self._after_telling()

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
        del self.timers[_GoOn]
        self._go_on()
        if not self.work:
            self.line.read_on()

    # What the members' news mean

    def _go_on(self) -> None:
        self._tell(SLICE)
        self._after_telling()

    def _tell(self, most: int) -> None:
        """Tell of so many changes, in the order of what was heard."""
        while self.work and most > 0:
            change = next(self.work[0], self)
            if change is self:
                self.work.popleft()
                continue
            most -= 1
            match change:
                case None:
                    return
                case Shown(ident):
                    self._show(ident)
                case Gone(ident):
                    self.reporter.take_back(ident)
                case Ask(text):
                    self._do(self._protocol.request(text, self._now()))
                case Told():
                    self._note_members(change)

    def _show(self, ident: str) -> None:
        if ident in self.members.users:
            unheard = self.unheard and self._protocol.phase is not Phase.READY
            claim = self.members.claim(ident, source_of(ident), self.house.clock.now(), doubtful=unheard)
            self.reporter.show(ident, claim)

    def _note_members(self, told: Told) -> None:
        self._record(told.event, **told.details)
        if told.event == "listing-given-up" or (told.event == "members-listed" and self.members.complete):
            self._restate()

    def _restate(self) -> None:
        if self.restates:
            self.unheard = self.restates = False
            self.work.append(self._everybody())

    def _everybody(self) -> Changes:
        """Everybody once more: how far they are believed has changed, though not what was said."""
        for ident in list(self.members.users):
            yield Shown(ident)

    def _after_telling(self) -> None:
        self.reporter.flush()
        if self.work and _GoOn not in self.timers:
            self._appoint(_GoOn, 0.0)  # when the hub has looked at its sockets once
        self._appoint(_MembersDue, self.members.next_due() - self._now())

    # What the protocol wants done

    @property
    def _protocol(self) -> Discord:
        if self.protocol is None:
            raise LookupError("nothing has been begun")
        return self.protocol

    @property
    def _resumable(self) -> Any:
        """The session, where another life could go on with it: it must know who all the members are."""
        known = self.members.complete and self.members.base is not None and not self.restates
        return self.protocol.session if known and self.protocol is not None else None

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
                self._appoint(_Due, seconds)
            case AskGateway() | Connect():
                self.line.open(effect)
            case HangUp():
                self.line.hang_up()
            case Identified():
                self.notebook.note_budget(self._protocol.budget)
            case GiveUp(code, sentence):
                raise Fatal(code, sentence)
            case Note(event, details):
                self._record(event, **details)

    def _happened(self, name: str, data: Any) -> None:
        self.work.append(self.members.event(name, data, self._now()))
        if name == "RESUMED":
            self._restate()
        if name in {"READY", "RESUMED"}:
            self.written = ""
            self._record("connected", session="new" if name == "READY" else "resumed")

    def _note_phase(self) -> None:
        protocol = self._protocol
        if protocol.phase is Phase.READY:
            self._cancel(_Unheard)
            if _Save not in self.timers:
                self._appoint(_Save, SAVE_EVERY)
        elif _Unheard not in self.timers and not self.restates and len(self.reporter):
            self._appoint(_Unheard, GRACE)
        if protocol.phase is Phase.RETURN and protocol.reason != self.written:
            self.written = protocol.reason
            again = round(max(protocol.wakes_at - self._now(), 0.0), 1)
            self._record("disconnected", reason=protocol.reason, again_in=again)

    # Time and the journal

    def _now(self) -> float:
        return self.house.clock.monotonic()

    def _appoint(self, what: type, seconds: float) -> None:
        self._cancel(what)
        if seconds < float("inf"):
            self.timers[what] = self.house.clock.after(max(seconds, 0.0), self.remind, what())

    def _cancel(self, what: type) -> None:
        timer = self.timers.pop(what, None)
        if timer is not None:
            timer.cancel()

    def _put_down(self) -> None:
        for what in list(self.timers):
            self._cancel(what)
        self.line.hang_up()
        self.reporter.flush()

    def _record(self, event: str, **details: object) -> None:
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "Gateway", event, details))


def _attempt(network: DiscordNetwork, wanted: AskGateway | Connect) -> Opened[GatewayWire] | Turned | Answer:
    """In a greenlet of its own; waits."""
    if isinstance(wanted, AskGateway):
        return network.ask_gateway()
    return open_websocket(network.dial(wanted.url), Address(wanted.url, guarded=False), AGENT, GatewayWire)
