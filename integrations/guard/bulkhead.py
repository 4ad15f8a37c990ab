"""So many questions at a time to one platform, so that a slow one drowns nobody; and readers before jobs."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from integrations.asker import Asker, open_to_jobs
from integrations.guard.limit import Limit

Place = asyncio.Future[bool]
"""A wait for a place, and how it came: see enter."""


class Bulkhead:
    """Gives as many places as `limit` has; jobs never hold those that are kept for readers. First come first served."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._readers: deque[Place] = deque()
        self._jobs: deque[Place] = deque()
        self._held_by_jobs = 0
        self.in_use = 0

    def enter_at_once(self, asker: Asker) -> bool | None:
        """Takes a place if there is one for which nobody waits. Gives what `leave` must be told, or None."""
        queue = self._readers if asker.reads else self._jobs
        return self._take(asker.reads) if not queue and self._fits(asker.reads) else None

    async def enter(self, asker: Asker) -> bool:
        """Waits for a place; gives what `leave` must be told: whether it came as one of those that jobs may use."""
        if (taken := self.enter_at_once(asker)) is not None:
            return taken
        place: Place = asyncio.get_running_loop().create_future()
        (self._readers if asker.reads else self._jobs).append(place)
        if not asker.reads:
            asker.when_joined = lambda: self._hurry(place)
        self._wake()  # the limit may have grown, and those before us may have hung up
        try:
            return await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self.leave(place.result())
            raise
        finally:
            asker.when_joined = None

    def leave(self, jobs: bool) -> None:
        """Gives a place back."""
        self.in_use -= 1
        self._held_by_jobs -= jobs
        self._wake()

    @asynccontextmanager
    async def spare_place(self) -> AsyncIterator[bool]:
        """Runs the block; True if there was a place for it at once that nobody waits for and that is not kept for readers."""
        if self._jobs or not self._fits(reads=False):
            yield False
            return
        self._take(reads=False)
        try:
            yield True
        finally:
            self.leave(jobs=True)

    def _fits(self, reads: bool) -> bool:
        places = self._limit.places
        return self.in_use < places and (reads or self._held_by_jobs < open_to_jobs(places))

    def _take(self, reads: bool) -> bool:
        self.in_use += 1
        self._held_by_jobs += not reads
        return not reads

    def _hurry(self, place: Place) -> None:
        with suppress(ValueError):
            self._jobs.remove(place)
            self._readers.append(place)
        self._wake()

    def _wake(self) -> None:
        for queue, reads in ((self._readers, True), (self._jobs, False)):
            while queue and (queue[0].done() or self._fits(reads)):
                if not (place := queue.popleft()).done():
                    place.set_result(self._take(reads))
