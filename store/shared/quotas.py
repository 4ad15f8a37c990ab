"""The port of quotas: so many of something in a stretch of time, counted over all processes together."""

from typing import Protocol


class Quotas(Protocol):
    """Counts by name. While what processes share is away, each process counts for itself."""

    async def take(self, name: str, most: int, window_s: float) -> float:
        """Takes one of `most` in any stretch of `window_s` seconds: 0.0 if there was one, else seconds until there may be.

        Whoever asks with a smaller `most` under the same name leaves the difference to the others. Raises nothing.
        """
