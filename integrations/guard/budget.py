"""What bounds extra calls: each call earns a small part of one."""


class Budget:
    """Allows one extra call for every `every` calls. Saves up at most `most` of them, and begins with `start`."""

    def __init__(self, every: int, most: int, start: int = 0) -> None:
        self._price, self._most = every, every * most
        # Whole numbers: twenty times 0.05 is not 1.
        self._saved = every * start

    def earn(self) -> None:
        """One call was made."""
        self._saved = min(self._saved + 1, self._most)

    @property
    def has(self) -> bool:
        return self._saved >= self._price

    def spend(self) -> bool:
        """Whether there is an extra call; then it is used up."""
        if not self.has:
            return False
        self._saved -= self._price
        return True
