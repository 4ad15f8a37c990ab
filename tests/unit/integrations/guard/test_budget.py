"""What bounds extra calls."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from integrations.guard.budget import Budget

EVERY, SAVED, START = 7, 3, 2


class BudgetRules(RuleBasedStateMachine):
    """Calls are made and extra ones wanted, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.budget, self.steps = Budget(EVERY, SAVED, START), list[int]()

    @rule(many=st.integers(1, 40))
    def calls_are_made(self, many: int) -> None:
        for _ in range(many):
            self.budget.earn()
        self.steps.append(many)

    @rule(many=st.integers(1, 6))
    def extra_calls_are_wanted(self, many: int) -> None:
        for _ in range(many):
            had = self.budget.has
            assert self.budget.spend() == had == self._should_have()
            if had:
                self.steps.append(0)

    def teardown(self) -> None:
        """Over no stretch of time there were more than it saves up and every seventh."""
        for begin in range(len(self.steps)):
            calls = extra = 0
            for step in self.steps[begin:]:
                calls, extra = calls + step, extra + (step == 0)
                assert extra <= SAVED + calls / EVERY

    def _should_have(self) -> bool:
        """Said with the whole history: as tokens of a bucket."""
        saved = EVERY * START
        for step in self.steps:
            saved = min(saved + step, EVERY * SAVED) if step else saved - EVERY
        return saved >= EVERY


TestBudgetRules = BudgetRules.TestCase
TestBudgetRules.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@given(st.integers(0, 1000))
def test_without_a_start_it_is_never_more_than_its_share(calls: int) -> None:
    """Of twenty calls one, to the call."""
    budget = Budget(20, 5)
    extra = 0
    for _ in range(calls):
        budget.earn()
        extra += budget.spend()
    assert extra == calls // 20
