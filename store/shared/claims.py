"""The port of claims: one process does something, and the others wait for it instead of doing it too."""

from typing import Protocol


class Claims(Protocol):
    """Claims by name, to save work and not to be right: a claim may lapse, or be given twice while Redis is away."""

    async def take(self, name: str, seconds: float) -> str | None:
        """A claim that lapses after `seconds`: the token to release it with, or None if somebody else holds it.

        While what processes share is away, everybody is given one. Raises nothing.
        """

    async def release(self, name: str, token: str) -> None:
        """Says that it is done. A claim that lapsed and is somebody else's by now is left alone. Raises nothing."""

    async def wait(self, name: str, seconds: float) -> bool:
        """Waits for whoever holds it, at most `seconds`: True once it was released, False if it lapsed or is still held.

        For when `take` gave None. False too if what processes share went away meanwhile. Raises nothing.
        """
