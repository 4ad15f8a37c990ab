"""How many questions at a time a platform stands, found out by trying."""

import math

SHRINK = 0.75
FEWEST = 1


class Limit:
    """Additive increase, multiplicative decrease, between one and what the description says, where it begins.

    By overload and not by latency: a citizen with 300 cases is slow at a platform that is well.
    """

    def __init__(self, most: int) -> None:
        self._most, self._places = most, float(most)
        self._lowered = -math.inf

    @property
    def places(self) -> int:
        return int(self._places)

    def answered(self, in_use: int) -> None:
        """A call was answered while so many questions were under way. One round of answers earns one place."""
        if 2 * in_use >= self.places:  # what nobody uses proves nothing
            self._places = min(float(self._most), self._places + 1 / self._places)

    def strained(self, began: float, now: float) -> None:
        """A call that began then was too much for the platform. Of those of one round only the first counts."""
        if began >= self._lowered:
            self._places, self._lowered = max(float(FEWEST), self._places * SHRINK), now
