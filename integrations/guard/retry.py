"""Whether, and when, a call that failed is made again."""

from collections.abc import Callable

from integrations.guard.budget import Budget
from integrations.port import Overloaded, PlatformTrouble, Unreachable

MOST_RETRIES = 2
FIRST_S = 0.1
"""The pause before the first retry is any length up to this, before the second up to twice as long ("full jitter")."""

EVERY, SAVED = 10, 10
"""One retry for every ten calls, and ten saved up: a platform that fails every call is called a tenth more often, and not twice
or three times as often."""


class Retry:
    """Decides about retries to one platform. `chance()` gives a number of [0, 1)."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self.budget = Budget(EVERY, SAVED, start=SAVED)

    def pause(self, trouble: PlatformTrouble, retries: int, left_s: float) -> float | None:
        """Seconds until the next try, after so many retries; None if there is to be none.

        Not after a timeout, which used the time up, and not after a 500, which would come again. A pause as long as `left_s`
        or longer is none.
        """
        if retries >= MOST_RETRIES or not isinstance(trouble, Unreachable | Overloaded):
            return None
        pause = FIRST_S * 2**retries * self._chance()
        return pause if pause < left_s and self.budget.spend() else None
