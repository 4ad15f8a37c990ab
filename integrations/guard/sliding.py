"""Counts of the last so many seconds."""


class Sliding:
    """Counts in `columns` columns over the last `slices` slices of `slice_s` seconds, the one under way included.

    `now` is seconds of a clock that does not go back.
    """

    def __init__(self, columns: int, slices: int, slice_s: float) -> None:
        self._slice_s = slice_s
        self._slices = [[0] * columns for _ in range(slices)]
        self._totals = [0] * columns
        self._number = 0

    def add(self, column: int, now: float) -> None:
        """Counts one."""
        self._forget(now)
        self._slices[self._number % len(self._slices)][column] += 1
        self._totals[column] += 1

    def totals(self, now: float) -> list[int]:
        """What was counted in each column. Not to be changed."""
        self._forget(now)
        return self._totals

    def _forget(self, now: float) -> None:
        number = int(now // self._slice_s)
        for gone in range(max(self._number + 1, number - len(self._slices) + 1), number + 1):
            old = self._slices[gone % len(self._slices)]
            for column, count in enumerate(old):
                self._totals[column] -= count
                old[column] = 0
        self._number = max(self._number, number)
