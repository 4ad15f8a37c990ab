"""The one place where a change is noticed: answers and events become rows of the index, notifications and deliveries."""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from domain.ids import Noun
from domain.job import JobKind
from domain.knowledge import CaseObservation, is_torn
from domain.licence import LicenceObservation
from domain.merge import CaseChange, LicenceChange, merge_cases, merge_licences, news_of
from domain.notification import Notification, notification_of
from domain.source import Terms, answered
from domain.times import SECOND, Micros
from domain.transition import Transition
from domain.turns import in_turns
from integrations.port import Answer, PlatformEvent
from store import contacts, surveys
from store.database import Session
from store.jobs import schedule
from store.parties import advance
from store.shared.bus import DUE, Bus, changes_of
from store.store import Store

log = logging.getLogger(__name__)

CHANGES = Counter("tongban_index_changes_total", "Rows of the index that were written", ["noun", "platform"])
TOLD = Counter("tongban_notifications_total", "Notifications made", ["kind"])

MOST_PUSHED = 20
"""Of the news in one answer. More of it is a platform that numbered its rows anew, and only the newest goes to the phone."""


GRACE: Micros = 5 * SECOND
"""How long what is missing is given to come by itself before anybody is asked for it."""


class _Outrun(Exception):
    """Another took this event in."""


@dataclass(frozen=True)
class Intake:
    """`clock` gives the time of receipt; `bus` is told of each party that changed, and when deliveries are due."""

    store: Store
    clock: Callable[[], Micros]
    bus: Bus

    async def cases(self, party_id: UUID, platform: str, answer: Answer[CaseObservation], terms: Terms) -> None:
        """Takes in a list of cases. An unchanged full answer writes one freshness row and no more."""
        print_ = await self._fingerprint((item.facts, item.events) for item in answer.observations)
        if await self._confirmed(party_id, "cases", platform, answer, print_, terms):
            return
        due = 0
        async with self.store.db.transaction() as session:
            if (seq := await advance(session, party_id)) is None:
                return
            contact = await contacts.unsettle(session, party_id, "cases", platform)
            kept = await self.store.cases.kept(session, party_id, platform)
            whole, received = None if answer.truncated else answer.sent, self.clock()
            changes = merge_cases(
                *(kept, platform, answer.observations),
                mint=self._mint(Noun.CASE, platform, party_id),
                full_at=contact.full_at,
                whole=whole,
                received=received,
            )
            due = await self._write(session, party_id, platform, seq, changes, None)
            dates = [contact.answered, *(case.known.dated for case in kept.values())]
            print_ = _lasting(print_, answer.sent, dates)
            contact = answered(contact, answer.sent, print_, answer.truncated, terms)
            await contacts.settle(session, party_id, "cases", contact)
        await self.hint(party_id, due)

    async def licences(self, party_id: UUID, platform: str, answer: Answer[LicenceObservation], terms: Terms) -> None:
        """Takes in a list of licences. An unchanged full answer writes one freshness row and no more."""
        print_ = await self._fingerprint(item.licence for item in answer.observations)
        if await self._confirmed(party_id, "licences", platform, answer, print_, terms):
            return
        async with self.store.db.transaction() as session:
            if (seq := await advance(session, party_id)) is None:
                return
            contact = await contacts.unsettle(session, party_id, "licences", platform)
            kept = await self.store.licences.kept(session, party_id, platform)
            whole, received = None if answer.truncated else answer.sent, self.clock()
            changes = merge_licences(
                *(kept, platform, answer.observations),
                mint=self._mint(Noun.LICENCE, platform, party_id),
                full_at=contact.full_at,
                whole=whole,
                received=received,
            )
            await self._write_licences(session, party_id, platform, seq, changes)
            dates = [contact.answered, *(item.dated for item in kept.values())]
            print_ = _lasting(print_, answer.sent, dates)
            contact = answered(contact, answer.sent, print_, answer.truncated, terms)
            await contacts.settle(session, party_id, "licences", contact)
        await self.hint(party_id, 0)

    async def event(
        self, party_id: UUID, platform: str, event: PlatformEvent, claim: "Callable[[Session], Any]"
    ) -> bool:
        """Applies an event in one transaction. `claim(session)` keeps the event's row; False from it means another did, and
        undoes whatever it wrote.
        """
        due = 0
        try:
            async with self.store.db.transaction() as session:
                seq = await advance(session, party_id)
                if seq is None or not await claim(session):
                    raise _Outrun
                if event.cases:
                    due = await self._case_event(session, party_id, platform, seq, event)
                if event.licences:
                    await self._licence_event(session, party_id, platform, seq, event)
        except _Outrun:
            return False
        await self.hint(party_id, due)
        return True

    async def _case_event(self, session: Session, party_id: UUID, platform: str, seq: int, event: PlatformEvent) -> int:
        contact = await contacts.unsettle(session, party_id, "cases", platform)
        mint = self._mint(Noun.CASE, platform, party_id)
        ids = [mint(item.facts.number) for item in event.cases]
        kept = await self.store.cases.kept(session, party_id, platform, only=ids)
        now = self.clock()
        changes = merge_cases(kept, platform, event.cases, mint=mint, full_at=contact.full_at, whole=None, received=now)
        if any(item.before is None and is_torn(item.after.known) for item in changes):
            await self.miss(session, party_id, platform, seq, ["cases"], now, now + GRACE)
        due = await self._write(session, party_id, platform, seq, changes, event.happened)
        await contacts.settle(session, party_id, "cases", contact)
        return due

    async def _licence_event(
        self, session: Session, party_id: UUID, platform: str, seq: int, event: PlatformEvent
    ) -> None:
        contact = await contacts.unsettle(session, party_id, "licences", platform)
        mint = self._mint(Noun.LICENCE, platform, party_id)
        ids = [mint(item.licence.number) for item in event.licences]
        kept = await self.store.licences.kept(session, party_id, platform, only=ids)
        changes = merge_licences(
            kept, platform, event.licences, mint=mint, full_at=contact.full_at, whole=None, received=self.clock()
        )
        await self._write_licences(session, party_id, platform, seq, changes)
        await contacts.settle(session, party_id, "licences", contact)

    async def missed(self, party_id: UUID, platform: str, nouns: Collection[str], seen: Micros, due: Micros) -> None:
        """Something that a platform said of a party did not come, as was seen at `seen`: its lists say so, and a job asks."""
        async with self.store.db.transaction() as session:
            if (seq := await advance(session, party_id)) is None:
                return
            await self.miss(session, party_id, platform, seq, nouns, seen, due)
        await self.hint(party_id, 0)

    async def miss(
        self,
        session: Session,
        party_id: UUID,
        platform: str,
        seq: int,
        nouns: Collection[str],
        seen: Micros,
        due: Micros,
    ) -> None:
        """`missed`, inside a transaction that `advance` began."""
        await contacts.miss(session, party_id, platform, nouns, seen)
        for noun in nouns:
            await surveys.touch(session, party_id, noun, seq)
        await schedule(session, JobKind.CATCH_UP, due, party_id, platform)

    async def sources_changed(self, party_id: UUID, noun: str) -> None:
        """Lets whoever listens know that the sources of a list are not what an answer before said of them."""
        async with self.store.db.transaction() as session:
            if (seq := await advance(session, party_id)) is None:
                return
            await surveys.touch(session, party_id, noun, seq)
        await self.hint(party_id, 0)

    def _mint(self, noun: Noun, platform: str, party_id: UUID) -> Callable[[str], UUID]:
        return partial(self.store.sealer.native_id, noun, platform, party_id)

    async def _write(
        self,
        session: Session,
        party_id: UUID,
        platform: str,
        seq: int,
        changes: list[CaseChange],
        happened: Micros | None,
    ) -> int:
        """Writes changed cases and what there is to tell of them; how many deliveries became due."""
        await self.store.cases.add(session, party_id, seq, [change.after for change in changes if not change.before])
        await self.store.cases.change(session, party_id, seq, [change.after for change in changes if change.before])
        CHANGES.labels("cases", platform).inc(len(changes))
        now = self.clock()
        news = [(item, change) for change in changes for item in news_of(change, happened, now)]
        news.sort(key=lambda pair: pair[0].at)
        if happened is None and len(news) > MOST_PUSHED:
            news = [(replace(item, quiet=True), change) for item, change in news[:-1]] + news[-1:]
        # One microsecond apart, so that the inbox shows them in the order in which they happened.
        told = [_notification(item, change, now + place) for place, (item, change) in enumerate(news)]
        return await self._tell(session, party_id, seq, told, now) if told else 0

    async def _tell(self, session: Session, party_id: UUID, seq: int, told: list[Notification], now: Micros) -> int:
        new = await self.store.notifications.keep(session, party_id, seq, told)
        for item in new:
            TOLD.labels(item.kind.value).inc()
        devices = await self.store.devices.addresses(session, party_id)
        return await self.store.outbox.add(session, party_id, new, devices, now)

    async def _write_licences(
        self, session: Session, party_id: UUID, platform: str, seq: int, changes: list[LicenceChange]
    ) -> None:
        await self.store.licences.add(session, party_id, seq, [item.after for item in changes if not item.before])
        await self.store.licences.change(session, party_id, seq, [item.after for item in changes if item.before])
        CHANGES.labels("licences", platform).inc(len(changes))

    async def _confirmed(
        self, party_id: UUID, noun: str, platform: str, answer: Answer[Any], fingerprint: str, terms: Terms
    ) -> bool:
        if answer.truncated:
            return False
        empty = not answer.observations
        return await self.store.contacts.confirm(party_id, noun, platform, answer.sent, fingerprint, terms, empty)

    async def _fingerprint(self, values: Iterable[Any]) -> str:
        """Keyed: it stands in the clear, and what it is made of may be guessed."""
        digest = hashlib.sha256()
        async for value in in_turns(values):
            digest.update(repr(value).encode("utf-8", "surrogatepass"))
        return self.store.sealer.hash("answer", digest.hexdigest())

    async def hint(self, party_id: UUID, due: int = 0) -> None:
        """Once everything is written: whoever looks at the hint finds what it is about."""
        await self.bus.tell(changes_of(party_id))
        if due:
            await self.bus.tell(DUE)


def _lasting(fingerprint: str, sent: Micros, known: Iterable[Micros]) -> str:
    """The fingerprint, if the answer is the newest word on all that is known.

    Otherwise the same answer, sent again later, would say something new: that what is dated between them is gone.
    """
    return fingerprint if all(date < sent for date in known) else ""


def _notification(transition: Transition, change: CaseChange, now: Micros) -> Notification:
    facts = change.after.known.facts.value
    cause = next((event for event in change.after.known.live() if event.row == transition.cause), None)
    detail = cause.detail or cause.title if cause else ""
    return notification_of(transition, now, {"item": facts.title, "unit": facts.unit, "detail": detail})
