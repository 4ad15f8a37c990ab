"""What did not come: a hole in a platform's numbering of its events becomes questions to it (docs/adr/0041)."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import Counter

from domain.job import spread
from domain.times import SECOND, Micros
from integrations.registry import Registry
from resolvers.intake import GRACE, Intake
from resolvers.questions import NOUNS
from store.gaps import Gap

log = logging.getLogger(__name__)

GAPS = Counter("tongban_event_gaps_total", "Holes in the numbering of a platform's events", ["platform", "outcome"])

MOST_ASKED = 500
"""Parties that are asked about for a hole in the numbering of all of a platform's events."""

APART: Micros = SECOND // 5
"""Between those questions, so that a platform that lost something is not stormed for it."""


@dataclass(frozen=True)
class Missing:
    """`chance()` gives a number of [0, 1]."""

    intake: Intake
    registry: Registry
    chance: Callable[[], float]

    async def settle(self, most: int) -> int:
        """Settles the oldest holes that had their time to be filled; how many that were. Raises StoreUnavailable."""
        gaps = await self.intake.store.gaps.due(self.intake.clock() - GRACE, most)
        missed: dict[str, dict[UUID, Micros]] = {gap.platform: {} for gap in gaps}
        outcomes = [await self._judge(gap, missed[gap.platform]) for gap in gaps]
        for platform, parties in missed.items():
            await self._ask(platform, parties)
        for gap, outcome in zip(gaps, outcomes, strict=True):
            await self.intake.store.gaps.end(gap)
            GAPS.labels(gap.platform, outcome).inc()
        return len(gaps)

    async def _judge(self, gap: Gap, missed: dict[UUID, Micros]) -> str:
        """What becomes of one. Into `missed` goes whom it has asked about, with when the newest hole about them was seen."""
        around = await self.intake.store.gaps.around(gap)
        if around.filled:
            return "filled"
        if around.below is None and not gap.series:
            # Nobody knows what a platform sent before its first event that we saw.
            return "beginning"
        parties = await self._parties(gap)
        missed |= dict.fromkeys(parties, gap.seen)
        if not parties:
            return "nobody"
        # Where nothing is below, what was may have been purged.
        lost = {} if around.below is None else {"count": gap.number - 1 - around.below}
        log.warning("events did not come", extra={"platform": gap.platform, **lost})
        return "asked"

    async def _parties(self, gap: Gap) -> list[UUID]:
        """Whom it may be about: of a series within something its own party, else everybody whose case is under way there."""
        if not gap.series:
            return await self.intake.store.gaps.open_parties(gap.platform, MOST_ASKED)
        party_id = await self.intake.store.parties.known(gap.person_key)
        return [party_id] if party_id else []

    async def _ask(self, platform: str, parties: Mapping[UUID, Micros]) -> None:
        connected, now = self.registry.connected.get(platform), self.intake.clock()
        # A worker with other settings does not know what the platform has.
        nouns = [noun for noun in NOUNS if connected is None or noun in connected.nouns]
        for place, (party_id, seen) in enumerate(parties.items()):
            due = now + spread(place * APART, self.chance())
            await self.intake.missed(party_id, platform, nouns, seen, due)
