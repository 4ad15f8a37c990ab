"""The port of claims: one process does something, and the others wait for it instead of doing it too."""

from typing import Protocol


class Claims(Protocol):
    """Claims by name, to save work and not to be right: a claim may lapse, or be given twice while Redis is away."""

    async def take(self, name: str, seconds: float) -> str | None:
        """A claim that lapses after `seconds`: the token to release it with, or None if somebody else holds it.

        While what processes share is away, everybody is given one. Raises nothing.
        """

    async def release(self, name: str, token: str, done: bool) -> None:
        """Gives it back; `done` says whether what it was taken for was done, which whoever waits wants to know.

        A claim that lapsed and is somebody else's by now is left alone. Raises nothing.
        """

    async def wait(self, name: str, seconds: float) -> bool:
        """Waits for whoever holds it, at most `seconds`: True once it is done.

        For when `take` gave None. False if it was given back or lapsed, if it is still held after `seconds`, and if what
        processes share went away meanwhile. Raises nothing.
        """
