"""How long a platform takes to answer, over the last minutes."""

from collections.abc import Sequence

from domain.health import BUCKETS, bucket_of, quantile
from integrations.guard.sliding import Sliding

SLICES, SLICE_S = 10, 30.0
"""Five minutes, so that a platform that is asked now and then has figures too."""

_FAILED, _DRIFTED, _DECLINED = range(BUCKETS, BUCKETS + 3)


class Latency:
    """The times of answered calls in the buckets of domain.health, how many calls failed, and how many answers were none."""

    def __init__(self) -> None:
        self._counts = Sliding(BUCKETS + 3, SLICES, SLICE_S)

    def answered(self, seconds: float, now: float) -> None:
        """Counts an answer, and how long it took."""
        self._counts.add(bucket_of(seconds), now)

    def failed(self, now: float) -> None:
        """Counts a call that the platform failed. How long it took says nothing about answers."""
        self._counts.add(_FAILED, now)

    def drifted(self, now: float) -> None:
        """Counts a question whose answer was not in the agreed form. The call behind it was answered, and is counted so."""
        self._counts.add(_DRIFTED, now)

    def declined(self, now: float) -> None:
        """Counts a question that was declined. The call behind it was answered, and is counted so."""
        self._counts.add(_DECLINED, now)

    def calls(self, now: float) -> tuple[int, int]:
        """How many were answered, and how many failed."""
        return sum(self.answers(now)), self._counts.totals(now)[_FAILED]

    def answers(self, now: float) -> Sequence[int]:
        """How many were answered, by bucket."""
        return self._counts.totals(now)[:BUCKETS]

    def drifts(self, now: float) -> int:
        """How many drifted."""
        return self._counts.totals(now)[_DRIFTED]

    def refusals(self, now: float) -> int:
        """How many were declined."""
        return self._counts.totals(now)[_DECLINED]

    def quantile(self, share: float, now: float) -> float | None:
        """Seconds within which `share` of the answered calls were answered, rounded up to a bucket; None if there were none."""
        return quantile(self.answers(now), share)
