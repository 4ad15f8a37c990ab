"""Hearing of changes while they happen, and catching up on those that happened while nobody listened.

The database is the truth and the bus only hints (docs/adr/0033). Nothing is queued for a listener: it holds its place in the
party's sequence, and reads what is behind it when it is ready for more.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from prometheus_client import Gauge

from domain.caller import Caller, Grant
from domain.case import Case
from domain.licence import KeptLicence
from domain.notification import Notification
from domain.page import LARGEST_PAGE
from domain.sequence import Changed, Mark, Span, end_of
from domain.source import FederatedList
from resolvers.ears import Ear, Ears
from resolvers.inbox import Item, worded
from resolvers.together import Together
from store.store import Store

T = TypeVar("T")
Read = Callable[[Grant, Span], Awaitable[list[Changed[T]]]]

MOST_BEHIND = 100
"""Rows that are told one by one to a listener that fell behind; of more it is told to read its lists again."""

SUBSCRIPTIONS = Gauge("tongban_subscriptions", "Listeners for changes", ["noun"])


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """One message to a listener. Who comes back with `mark` hears what follows it.

    `id` names a row that changed, and `value` is the row as it is now, None if it is gone. Without `id` nothing changed: it is
    the first message, or with `refetch` there is too much to tell it row by row.
    """

    mark: Mark
    id: UUID | None = None
    value: T | None = None
    refetch: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed behind a place, up to `mark`. With `refetch` the place is not of this sequence: read the lists again."""

    mark: Mark
    more: bool
    refetch: bool
    cases: list[Case]
    licences: list[KeptLicence]
    notifications: list[Item]
    sources: list[FederatedList]
    gone_cases: list[UUID]
    gone_licences: list[UUID]
    unread: int


class Live:
    """What a phone hears of. No platform is asked."""

    def __init__(self, store: Store, ears: Ears) -> None:
        self._store, self._ears, self._together = store, ears, Together()

    def cases(self, caller: Caller, *, after: Mark | None) -> AsyncGenerator[Told[Case], None]:
        """Each change of a case of the caller's behind `after`, or from now on. Never ends by itself; close it."""
        return self._follow(caller.grant, "cases", self._store.cases.changed, after)

    def licences(self, caller: Caller, *, after: Mark | None) -> AsyncGenerator[Told[KeptLicence], None]:
        """Each change of a licence of the caller's behind `after`, or from now on. Never ends by itself; close it."""
        return self._follow(caller.grant, "licences", self._store.licences.changed, after)

    def sources(self, caller: Caller, *, after: Mark | None) -> AsyncGenerator[Told[FederatedList], None]:
        """Each list of the caller's whose sources changed behind `after`, or from now on. Never ends by itself; close it."""
        return self._follow(caller.grant, "sources", self._store.surveys.changed, after)

    def notifications(self, caller: Caller, *, after: Mark | None) -> AsyncGenerator[Told[Notification], None]:
        """Each notification of the caller's that came behind `after`, or from now on. Never ends by itself; close it."""
        return self._follow(caller.grant, "notifications", self._store.notifications.added, after)

    async def since(self, caller: Caller, *, after: Mark | None) -> Changes:
        """What changed behind `after`, at most a page of each noun; nothing but a place to begin with if that is None."""
        seq, unread = await self._store.parties.seq(caller.grant), await self._store.parties.unread(caller.grant)
        if after is None or after.seq > seq:
            return Changes(end_of(seq), False, after is not None, [], [], [], [], [], [], unread)
        span = Span(after, LARGEST_PAGE + 1, seq)
        cases = await self._store.cases.changed(caller.grant, span)
        licences = await self._store.licences.changed(caller.grant, span)
        notifications = await self._store.notifications.added(caller.grant, span)
        sources = await self._store.surveys.changed(caller.grant, span)
        cuts = [rows[LARGEST_PAGE - 1].mark for rows in (cases, licences, notifications) if len(rows) > LARGEST_PAGE]
        mark = min(cuts, default=end_of(seq))
        return Changes(
            mark=mark,
            more=bool(cuts),
            refetch=False,
            cases=_here(cases, mark),
            licences=_here(licences, mark),
            notifications=[worded(item, caller.locale) for item in _here(notifications, mark)],
            sources=_here(sources, mark),
            gone_cases=_gone(cases, mark),
            gone_licences=_gone(licences, mark),
            unread=unread,
        )

    async def _follow(
        self, grant: Grant, noun: str, read: Read[T], after: Mark | None
    ) -> AsyncGenerator[Told[T], None]:
        with SUBSCRIPTIONS.labels(noun).track_inprogress():
            async with self._ears.at(grant) as ear:
                told: Told[T] = await self._first(grant, ear, after)
                yield told
                mark = told.mark
                while True:
                    moved = ear.moved
                    for told in await self._behind(grant, noun, read, mark):
                        yield told
                        mark = told.mark
                    await moved.wait()

    async def _first(self, grant: Grant, ear: Ear, after: Mark | None) -> Told[T]:
        """Where listening begins. A place ahead of the sequence is of another time: of a database before it was restored."""
        seq = await self._seq(grant)
        ear.seen(seq)
        if after is None or after.seq > seq:
            return Told(end_of(seq), refetch=after is not None)
        return Told(after)

    async def _behind(self, grant: Grant, noun: str, read: Read[T], mark: Mark) -> list[Told[T]]:
        span = Span(mark, MOST_BEHIND + 1)
        rows = await self._together.read((noun, grant.party_id, mark), lambda: read(grant, span))
        if len(rows) > MOST_BEHIND:
            return [Told(end_of(await self._seq(grant)), refetch=True)]
        return [Told(row.mark, row.mark.id, row.value) for row in rows]

    async def _seq(self, grant: Grant) -> int:
        return await self._together.read(("seq", grant.party_id), lambda: self._store.parties.seq(grant))


def _here(rows: list[Changed[T]], up_to: Mark) -> list[T]:
    return [row.value for row in rows if row.value is not None and row.mark <= up_to]


def _gone(rows: list[Changed[T]], up_to: Mark) -> list[UUID]:
    return [row.mark.id for row in rows if row.value is None and row.mark <= up_to]
