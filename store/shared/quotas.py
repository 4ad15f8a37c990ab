"""The port of quotas: so many of something in a stretch of time, counted over all processes together."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Spent:
    """What became of a spending: what is left of the budget, and 0.0, or in how many seconds it may be tried again."""

    left: int
    wait_s: float


class Quotas(Protocol):
    """Counts by name. While what processes share is away, each process counts for itself."""

    async def take(self, name: str, most: int, window_s: float) -> float:
        """Takes one of `most` in any stretch of `window_s` seconds: 0.0 if there was one, else seconds until there may be.

        Whoever asks with a smaller `most` under the same name leaves the difference to the others. Raises nothing.
        """

    async def spend(self, name: str, amount: int, most: int, window_s: float) -> Spent:
        """Takes `amount` out of a budget of `most` in `window_s` seconds, or nothing of it where that is not left.

        The window slides: of what was spent in the one before, as much counts as it still overlaps. So the cost of
        a name is two numbers, and what is spent in any stretch of that length is at most twice the budget, and about the budget
        where it is spent evenly. Raises nothing.
        """
