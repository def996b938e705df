"""Whatever happens, in whatever order everybody plays: the supervisor keeps its promises."""

import pykka
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.falls import Limits
from actors.messages.supervision import Revive, ShutDown
from actors.runtime import Future
from actors.supervision import Excess, Restart, Strategy
from actors.supervision.place import State
from tests.actors.supervision.cast import End, Extra, Fall, Troupe
from tests.stage import Stage

NAMES = "abcd"
names = st.sampled_from(NAMES)


class AnyPlot(RuleBasedStateMachine):
    """Falls, ends, revivals, time and a shutdown, between any two messages."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.__enter__()
        self.down: Future | None = None

    @initialize(
        strategy=st.sampled_from(Strategy),
        excess=st.sampled_from(Excess),
        restarts=st.lists(st.sampled_from([*Restart, Restart.PERMANENT, Restart.PERMANENT]), min_size=4, max_size=4),
        falls=st.sampled_from([1, 100, 100, 100]),
    )
    def begin(self, strategy: Strategy, excess: Excess, restarts: list[Restart], falls: int) -> None:
        limits = Limits(falls=falls, period=30, first_delay=1, most_delay=4, jitter=0, healthy=20)
        kinds = dict(zip(NAMES, restarts, strict=True))
        self.troupe = Troupe(self.stage, NAMES, kinds, strategy, excess, limits).begin()
        self.stage.clock.between = lambda: None

    @rule(
        blows=st.lists(st.tuples(names, st.sampled_from([Fall(), Fall(), Fall(fatal=True), End()])), max_size=3),
        turns=st.lists(st.integers(0, 5), max_size=12),
    )
    def play(self, blows: list[tuple[str, Fall | End]], turns: list[int]) -> None:
        for name, blow in blows:
            self.troupe.addresses[name].tell(blow)
        for turn in turns:
            self.stage.step(turn)

    @rule(name=names, how=st.sampled_from(["unborn", "stillborn"]))
    def spoil_or_mend(self, name: str, how: str) -> None:
        getattr(self.troupe, how).symmetric_difference_update({name})

    @rule()
    def settle(self) -> None:
        self.stage.settle()

    @rule(seconds=st.sampled_from([0.5, 1, 4.0, 6.0, 31.0]))
    def advance(self, seconds: float) -> None:
        self.stage.clock.advance(seconds)

    @rule(name=names)
    @precondition(lambda self: self.troupe.ref.is_alive())
    def revive(self, name: str) -> None:
        self.troupe.ref.tell(Revive(name))

    @rule(really=st.integers(0, 3))
    @precondition(lambda self: self.troupe.ref.is_alive())
    def shut_down(self, really: int) -> None:
        if really:
            return
        down = self.troupe.ref.ask(ShutDown(), block=False)
        self.down = self.down or down  # a later one may come behind the last stop

    @invariant()
    def nobody_lives_twice_and_nobody_unsupervised(self) -> None:
        alive = pykka.ActorRegistry.get_by_class(Extra)
        assert len({self.stage.actor(ref).name for ref in alive}) == len(alive)
        if self.troupe.ref.is_alive():
            assert set(alive) <= {place.ref for place in self.troupe.supervisor.places.values()}
        else:
            assert not alive
            assert self.troupe.timers() == []

    @invariant()
    def who_backs_off_has_a_timer_and_who_is_parked_an_answer(self) -> None:
        for place in self.troupe.supervisor.places.values() if self.troupe.ref.is_alive() else ():
            assert (place.state is State.BACKING_OFF) == (place.back_off is not None)
            if place.back_off is not None:
                assert place.back_off in self.troupe.supervisor.back_offs.under_way
            if place.state is State.PARKED:
                assert place.child.address.closed

    def teardown(self) -> None:
        try:
            if hasattr(self, "troupe"):  # Hypothesis gives up some examples before they begin
                self.in_the_end()
        finally:
            self.stage.__exit__(None, None, None)
        if hasattr(self, "troupe"):
            self.nobody_lives_twice_and_nobody_unsupervised()

    def in_the_end(self) -> None:
        troupe, stage = self.troupe, self.stage
        troupe.unborn.clear()
        troupe.stillborn.clear()
        stage.clock.between = stage.settle
        stage.clock.advance(100)
        self.everybody_wanted_is_there()
        if self.down is not None and not stage.fallen():
            assert self.down.get(timeout=0) is None
        stage.fallen()

    def everybody_wanted_is_there(self) -> None:
        """When all is quiet a child runs, unless it was parked, has ended for good, or all have."""
        if not self.troupe.ref.is_alive():
            return
        assert self.down is None
        for place in self.troupe.supervisor.places.values():
            assert place.state in {State.RUNNING, State.PARKED, State.STOPPED}
            assert place.alive is (place.state is State.RUNNING)
            if place.state is State.STOPPED:
                assert place.child.restart is not Restart.PERMANENT


AnyPlot.TestCase.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
TestAnyPlot = AnyPlot.TestCase
