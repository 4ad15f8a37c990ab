"""Whether a platform hangs that is asked too little at a time for ten of its calls to end in ten seconds."""

from integrations.guard.limit import Limit
from integrations.guard.sliding import Sliding

ROUNDS = 3
"""A call that times out ends after a time limit at the latest, so that so many of each place end in as many of them."""

MOST_CALLS = 10
"""No more are asked for than of a platform that fails at once."""

SLICES = 10

_ANSWERED, _TIMED_OUT = 0, 1


class Hanging:
    """Counts calls over three time limits of the platform. `limit`: its places; each timeout has left fewer of them."""

    def __init__(self, timeout_s: float, limit: Limit) -> None:
        self._timeout_s, self._limit = timeout_s, limit
        self.forget()

    def forget(self) -> None:
        """Begins anew."""
        self._counts = Sliding(2, SLICES, ROUNDS * self._timeout_s / SLICES)

    def answered(self, now: float) -> None:
        self._counts.add(_ANSWERED, now)

    def timed_out(self, now: float) -> None:
        self._counts.add(_TIMED_OUT, now)

    def is_sure(self, now: float) -> bool:
        """Whether most calls timed out, and as many as its places let end. Never while ten can end in ten seconds."""
        places = self._limit.places
        answered, timed_out = self._counts.totals(now)
        return places < self._timeout_s and timed_out >= min(MOST_CALLS, ROUNDS * places) and timed_out > answered
