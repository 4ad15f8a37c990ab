"""How long a platform takes to answer, over the last minutes."""

import math
from collections.abc import Iterator
from itertools import accumulate

from integrations.guard.sliding import Sliding

SHORTEST_S = 0.001
STEPS = 4
"""Buckets for each doubling: a quantile is at most 19 % above the truth (2 ** (1 / 4))."""

BUCKETS = 17 * STEPS
"""Up to 131 s: no call takes longer than 60 s."""

SLICES, SLICE_S = 10, 30.0
"""Five minutes, so that a platform that is asked now and then has figures too."""


class Latency:
    """The times of answered calls, in buckets that grow by a fixed factor, and how many calls failed."""

    def __init__(self) -> None:
        self._counts = Sliding(BUCKETS + 1, SLICES, SLICE_S)

    def answered(self, seconds: float, now: float) -> None:
        """Counts an answer, and how long it took."""
        step = math.ceil(math.log2(seconds / SHORTEST_S) * STEPS) if seconds > SHORTEST_S else 0
        self._counts.add(min(step, BUCKETS - 1), now)

    def failed(self, now: float) -> None:
        """Counts a call that the platform failed. How long it took says nothing about answers."""
        self._counts.add(BUCKETS, now)

    def calls(self, now: float) -> tuple[int, int]:
        """How many were answered, and how many failed."""
        counts = self._counts.totals(now)
        return sum(counts) - counts[BUCKETS], counts[BUCKETS]

    def quantile(self, share: float, now: float) -> float | None:
        """Seconds within which `share` of the answered calls were answered, rounded up to a bucket; None if there were none."""
        answered, _ = self.calls(now)
        if not answered:
            return None
        return SHORTEST_S * math.exp2(self._bucket(math.ceil(share * answered), now) / STEPS)

    def _bucket(self, rank: int, now: float) -> int:
        """The bucket of the answer with this rank, counted from the quickest."""
        so_far: Iterator[int] = accumulate(self._counts.totals(now))
        return next(bucket for bucket, count in enumerate(so_far) if count >= rank)
