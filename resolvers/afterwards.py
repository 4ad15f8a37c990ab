"""What comes after an answer: that those who listen hear when a platform's word came too late for it."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

from resolvers.intake import Intake
from store.database import StoreUnavailable

log = logging.getLogger(__name__)

TOGETHER_S = 0.25
"""Words that come within so long are told together: each of them has phones read their lists again."""


class Afterwards:
    """Follows questions whose asker did not wait for them."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._following: set[asyncio.Task[None]] = set()

    def follow(self, party_id: UUID, noun: str, questions: "Collection[asyncio.Task[Any]]") -> None:
        """Tells, as these questions end, that the sources of the party's list have changed."""
        if questions:
            following = asyncio.create_task(self._follow(party_id, noun, set(questions)), name="follow")
            self._following.add(following)
            following.add_done_callback(self._following.discard)

    async def drain(self, seconds: float) -> None:
        """Waits until what ended is told."""
        if self._following:
            await asyncio.wait(self._following, timeout=seconds)

    async def _follow(self, party_id: UUID, noun: str, left: "set[asyncio.Task[Any]]") -> None:
        while left:
            await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            _, left = await asyncio.wait(left, timeout=TOGETHER_S)
            try:
                await self._intake.sources_changed(party_id, noun)
            except StoreUnavailable:
                log.warning("the store does not answer: nobody hears that sources changed")
