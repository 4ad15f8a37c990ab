"""Linking: events that came before their party signed in are taken in, in the order in which they came (docs/adr/0049)."""

import asyncio
import logging
from uuid import UUID

from resolvers.events import Receipt, Reception
from store.database import StoreUnavailable

log = logging.getLogger(__name__)

MOST_AT_FIRST = 20
"""Events that the first request of a party takes in; the job takes in the others."""

BATCH = 100


async def link_first(reception: Reception, party_id: UUID, deadline: float) -> bool:
    """Takes in some of what waited for a party, so that its first page has it; no more after `deadline`, by the loop's clock.

    Whether that was all. What we are at fault in stays for the job, as if it had not been tried.
    """
    clock = asyncio.get_running_loop().time
    page = await reception.store.events.waiting(party_id, MOST_AT_FIRST)
    for kept in page.events:
        if clock() >= deadline:
            return False
        try:
            await reception.linked(party_id, kept)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("an event was not taken in", extra={"event": str(kept.id), "platform": kept.platform})
    return page.last is None


async def link_all(reception: Reception, party_id: UUID) -> int:
    """Takes in what waited for a party. How many events wait on: for their platform to be connected, or for their key."""
    left, sealed, after = 0, 0, None
    while True:
        page = await reception.store.events.waiting(party_id, BATCH, after)
        fates = [await reception.link(party_id, kept) for kept in page.events]
        left, sealed = left + fates.count(Receipt.UNLINKED), sealed + page.sealed
        if (after := page.last) is None:
            break
    if sealed:
        log.error("kept events do not open", extra={"count": sealed})
    return left + sealed
