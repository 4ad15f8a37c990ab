"""The breaker against its rules, said over the list of all that happened."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from integrations.guard.breaker import LEAST_CALLS, PROBE_EVERY_S, SLICES, Breaker, Permit
from integrations.guard.hanging import Hanging
from integrations.guard.limit import Limit


class BreakerRules(RuleBasedStateMachine):
    """Calls come, are answered, fail or are hung up in any order, however long they take."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now = Breaker(Hanging(1.0, Limit(32))), 1000.0
        self.calls: list[tuple[Permit, int]] = []
        self.turns, self.counted = 0, list[tuple[int, bool]]()
        self.opened, self.last_probe, self.hung_up = False, -1e9, False

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 5.0, 12.0, 29.9, 30.0, 61.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule(many=st.integers(1, 12))
    def calls_come(self, many: int) -> None:
        for _ in range(many):
            permit = self.breaker.permit(self.now)
            due = self.hung_up or self.now >= self.last_probe + PROBE_EVERY_S
            assert (permit is not None) == (not self.opened or due)
            if permit is not None:
                assert permit.probes == self.opened
                self.calls.append((permit, self.turns))
                if self.opened:
                    self.last_probe, self.hung_up = self.now, False

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), answered=st.booleans(), many=st.integers(1, 12))
    def calls_end(self, data: st.DataObject, answered: bool, many: int) -> None:
        for _ in range(min(many, len(self.calls))):
            permit, turn = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
            turned = (self.breaker.answered if answered else self.breaker.failed)(permit, self.now)
            assert turned == (turn == self.turns and self._turns(permit, answered))
            if turned:
                self.turns, self.opened, self.counted = self.turns + 1, not self.opened, []
                self.last_probe, self.hung_up = self.now, False

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        permit, _ = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        newest = permit.probes and self.breaker._probe is permit
        self.breaker.let_go(permit, self.now)
        self.hung_up = self.hung_up or newest

    @invariant()
    def it_is_open_when_it_should_be(self) -> None:
        assert self.breaker.is_open == self.opened

    def _turns(self, permit: Permit, answered: bool) -> bool:
        if permit.probes:
            return answered
        self.counted.append((int(self.now), answered))
        new = [answer for second, answer in self.counted if second > int(self.now) - SLICES]
        return not answered and len(new) >= LEAST_CALLS and new.count(False) > new.count(True)


TestBreakerRules = BreakerRules.TestCase
TestBreakerRules.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
