"""The circuit breaker of a platform: one that fails most calls is left alone, and asked now and then whether it is back."""

from dataclasses import dataclass

from domain.health import BreakerState
from integrations.guard.hanging import Hanging
from integrations.guard.sliding import Sliding

SLICES, SLICE_S = 10, 1.0
LEAST_CALLS = 10
"""It opens when of at least so many calls within ten seconds more than half failed; or when the platform hangs."""

PROBE_EVERY_S = 30.0

_ANSWERED, _FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class Permit:
    """Under which a call is made. `epoch`: how often the breaker had opened or closed by then."""

    epoch: int
    probes: bool


class Breaker:
    """Closed, it lets every call through and counts. Open, it lets one through every half minute; an answer to it closes it.

    `now` is seconds of a clock that does not go back. `opened`: when it opened; None while it is closed.
    """

    def __init__(self, hanging: Hanging) -> None:
        self._hanging = hanging
        self._epoch = 0
        self._counts = Sliding(2, SLICES, SLICE_S)
        self._next_probe = 0.0
        self._probe: Permit | None = None
        self.opened: float | None = None

    @property
    def is_open(self) -> bool:
        return self.opened is not None

    @property
    def state(self) -> BreakerState:
        if self._probe is not None:
            return BreakerState.PROBING
        return BreakerState.OPEN if self.is_open else BreakerState.CLOSED

    def shut_for(self, now: float) -> float:
        """Seconds for which it lets nothing through; 0.0 if it would let a call through now."""
        return max(0.0, self._next_probe - now) if self.is_open else 0.0

    def permit(self, now: float) -> Permit | None:
        """Lets a call through, or not. What came of it must be said by `answered`, `failed` or `let_go`."""
        if not self.is_open:
            return Permit(self._epoch, probes=False)
        if now < self._next_probe:
            return None
        self._next_probe = now + PROBE_EVERY_S
        self._probe = Permit(self._epoch, probes=True)
        return self._probe

    def answered(self, permit: Permit, now: float) -> bool:
        """The platform answered; whether that closed it. What was let through before it opened does not count."""
        if permit.epoch != self._epoch:
            return False
        if permit.probes:
            return self._turn(None)
        self._counts.add(_ANSWERED, now)
        self._hanging.answered(now)
        return False

    def failed(self, permit: Permit, now: float, timed_out: bool = False) -> bool:
        """The platform failed the call, by a timeout or otherwise; whether that opened it."""
        if permit.epoch != self._epoch:
            return False
        if permit.probes:
            self._end(permit)
            return False
        self._counts.add(_FAILED, now)
        if timed_out:
            self._hanging.timed_out(now)
        if not self._fails_most(now) and not self._hanging.is_sure(now):
            return False
        self._next_probe = now + PROBE_EVERY_S
        return self._turn(now)

    def let_go(self, permit: Permit, now: float) -> None:
        """Nobody waited for what would come of it: that says nothing about the platform. Another may probe at once."""
        if permit is self._probe:
            self._next_probe = now
        self._end(permit)

    def _fails_most(self, now: float) -> bool:
        answered, failed = self._counts.totals(now)
        return answered + failed >= LEAST_CALLS and failed > answered

    def _end(self, permit: Permit) -> None:
        if permit is self._probe:
            self._probe = None

    def _turn(self, opened: float | None) -> bool:
        self.opened, self._probe = opened, None
        self._epoch += 1
        self._counts = Sliding(2, SLICES, SLICE_S)
        self._hanging.forget()
        return True
