"""Reading licences."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.caller import Caller, Freshness
from domain.licence import KeptLicence
from domain.page import Page
from domain.source import Sources
from resolvers.refresh import Refresh
from resolvers.watch import noticed
from store.store import Store


@dataclass(frozen=True, slots=True)
class LicencePage:
    """One page of licences, whether more follow, and where they come from.

    `total`: how many are known on all pages, if that was wanted.
    """

    items: list[KeptLicence]
    more: bool
    sources: Sources
    total: int | None = None


@dataclass(frozen=True)
class ReadLicences:
    store: Store
    refresh: Refresh

    async def list_for(self, caller: Caller, *, page: Page, freshness: Freshness, counted: bool = False) -> LicencePage:
        """The caller's licences, newest first. Platforms are asked for the first page only; later pages read.

        The total is counted only if it is wanted.
        """
        sources = await self.refresh.sources(caller, "licences", freshness, page)
        items, more = await self.store.licences.page(caller.grant, page)
        return LicencePage(items, more, sources, await self.store.licences.count(caller.grant) if counted else None)

    async def one(self, caller: Caller, *, licence_id: UUID) -> KeptLicence | None:
        """The licence, or None if there is none or it is another party's; the latter is counted."""
        return (await self.some(caller, licence_ids=[licence_id])).get(licence_id)

    async def some(self, caller: Caller, *, licence_ids: Collection[UUID]) -> dict[UUID, KeptLicence]:
        """Those of these licences that are the caller's, by id. What is another party's is counted."""
        return noticed("licence", *await self.store.licences.some(caller.grant, licence_ids))
