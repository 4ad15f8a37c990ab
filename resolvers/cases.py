"""Reading cases."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.caller import Caller, Freshness
from domain.case import Case
from domain.event import Stage
from domain.page import Page
from domain.source import Sources
from resolvers.refresh import Refresh
from resolvers.watch import noticed
from store.store import Store


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of cases, whether more follow, and where they come from.

    `total`: how many are known on all pages, if that was wanted.
    """

    items: list[Case]
    more: bool
    sources: Sources
    total: int | None = None


@dataclass(frozen=True)
class ReadCases:
    store: Store
    refresh: Refresh

    async def list_for(
        self, caller: Caller, *, page: Page, stage: Stage | None, freshness: Freshness, counted: bool = False
    ) -> CasePage:
        """The caller's cases, newest first. Platforms are asked for the first page only; later pages read.

        The total is counted only if it is wanted.
        """
        sources = await self.refresh.sources(caller, "cases", freshness, page)
        items, more = await self.store.cases.page(caller.grant, page, stage)
        return CasePage(items, more, sources, await self.store.cases.count(caller.grant, stage) if counted else None)

    async def one(self, caller: Caller, *, case_id: UUID) -> Case | None:
        """The case, or None if there is none or it is another party's; the latter is counted."""
        return (await self.some(caller, case_ids=[case_id])).get(case_id)

    async def some(self, caller: Caller, *, case_ids: Collection[UUID]) -> dict[UUID, Case]:
        """Those of these cases that are the caller's, by id. What is another party's is counted."""
        return noticed("case", *await self.store.cases.some(caller.grant, case_ids))
