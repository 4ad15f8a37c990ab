"""When a call that takes long is made a second time beside itself, for whichever is answered first."""

from integrations.guard.budget import Budget
from integrations.guard.latency import Latency

SLOW = 0.95
LEAST_ANSWERS = 40
"""Of fewer, the slowest of twenty is chance."""

EVERY, SAVED = 20, 5
"""At most one call of twenty is made a second time, and never more than five in a row because nothing happened for long."""

SOONEST_S = 0.05
"""Nobody notices what a second call would save before."""

KEPT_S = 1.0


class Hedge:
    """Decides about second calls to one platform."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self._after: float | None = None
        self._until = 0.0
        self.budget = Budget(EVERY, SAVED)

    def after(self, now: float) -> float | None:
        """Seconds until a call is slow; None while that is unknown, or while the budget is empty."""
        if not self.budget.has:
            return None
        if self._after is None or now >= self._until:
            answered, _ = self._latency.calls(now)
            slow = self._latency.quantile(SLOW, now) if answered >= LEAST_ANSWERS else None
            self._after = max(slow, SOONEST_S) if slow else None
            self._until = now + KEPT_S
        return self._after
