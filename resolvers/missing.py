"""What did not come: a hole in a platform's numbering of its events becomes questions to it (docs/adr/0041)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import Counter

from domain.job import JobKind, spread
from domain.times import SECOND, Micros
from resolvers.intake import GRACE
from store.contacts import miss
from store.gaps import Gap
from store.jobs import schedule
from store.store import Store

log = logging.getLogger(__name__)

GAPS = Counter("tongban_event_gaps_total", "Holes in the numbering of a platform's events", ["platform", "outcome"])

MOST_ASKED = 500
"""Parties that are asked about for a hole in the numbering of all of a platform's events."""

APART: Micros = SECOND // 5
"""Between those questions, so that a platform that lost something is not stormed for it."""


@dataclass(frozen=True)
class Missing:
    """`clock` gives the time; `chance()` a number of [0, 1]."""

    store: Store
    clock: Callable[[], Micros]
    chance: Callable[[], float]

    async def settle(self, most: int) -> int:
        """Settles the oldest holes that had their time to be filled; how many that were. Raises StoreUnavailable."""
        gaps = await self.store.gaps.due(self.clock() - GRACE, most)
        asked: set[tuple[str, UUID]] = set()
        for gap in gaps:
            GAPS.labels(gap.platform, await self._settle(gap, asked)).inc()
        return len(gaps)

    async def _settle(self, gap: Gap, asked: set[tuple[str, UUID]]) -> str:
        """What became of one. `asked`: parties that another hole of the same round has had asked about already."""
        around = await self.store.gaps.around(gap)
        if around.filled or (around.below is None and not gap.series):
            # Nobody knows what a platform sent before its first event that we saw.
            await self.store.gaps.end(gap)
            return "filled" if around.filled else "beginning"
        parties = [party for party in await self._parties(gap) if (gap.platform, party) not in asked]
        for place, party_id in enumerate(parties):
            await self._ask(gap, party_id, self.clock() + spread(place * APART, self.chance()))
        asked |= {(gap.platform, party) for party in parties}
        await self.store.gaps.end(gap)
        lost = gap.number - 1 - (around.below or 0)
        log.warning("events did not come", extra={"platform": gap.platform, "count": lost})
        return "asked"

    async def _parties(self, gap: Gap) -> list[UUID]:
        """Whom it may be about: of a series within something its own party, else everybody whose case is under way there."""
        if not gap.series:
            return await self.store.gaps.open_parties(gap.platform, MOST_ASKED)
        party_id = await self.store.parties.known(gap.person_key)
        return [party_id] if party_id else []

    async def _ask(self, gap: Gap, party_id: UUID, due: Micros) -> None:
        async with self.store.db.transaction() as session:
            await miss(session, party_id, gap.platform, gap.seen)
            await schedule(session, JobKind.CATCH_UP, due, party_id, gap.platform)
