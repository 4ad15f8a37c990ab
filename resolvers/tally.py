"""Which operations and fields clients ask for, counted in this process and written where all processes' counts add up.

Of an operation that was registered its id is counted, of free text each field. Nothing tells who asked, or what for.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from domain.tally import MOST, Counted
from domain.times import Micros, day_of
from store.calls import Calls
from store.database import StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

WRITTEN_EVERY_S = 60.0
"""A process that is killed takes so much with it, of which nobody will notice the lack."""


class Tally:
    """Counts calls; costs a call as much as adding one to a number or, for free text, to as many as it has fields."""

    def __init__(self, calls: Calls, clock: Callable[[], Micros]) -> None:
        self._calls, self._clock = calls, clock
        self._counts: Counter[Counted] = Counter()

    def count(self, client: str, what: Sequence[str]) -> None:
        """One call of this client's, of an operation that is counted as this."""
        self._counts.update((client, one) for one in what)

    async def run(self, stop: asyncio.Event) -> None:
        """Writes every minute, until `stop`; what came afterwards is for whoever ends the process."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WRITTEN_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Writes what was counted. While the database is away it is kept, within bounds."""
        counts, self._counts = self._counts, Counter()
        try:
            await self._calls.add(day_of(self._clock()), counts)
        except (StoreUnavailable, StoreRefused):
            log.warning("calls could not be written")
            self._counts.update(dict(counts.most_common(MOST)))
