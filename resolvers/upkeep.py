"""What keeps the index fresh and the database small while nobody reads: one method for each kind of job.

Each gives when the job comes due again, or None if it is over, and raises NotYet if what it is about is in trouble.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import Counter

from domain.assurance import Subject
from domain.caller import Grant, Ground
from domain.job import Holding, Job, poll_after, spread
from domain.source import Contact, Reason
from domain.times import DAY, HOUR, SECOND, Micros
from integrations.asker import a_job
from integrations.gather import TAKING_IN_S, Gather
from integrations.port import Platform, may_be_asked
from integrations.registry import Registry
from resolvers.events import Reception
from resolvers.linking import link_all
from resolvers.missing import Missing
from resolvers.questions import NOUNS, FederatedNoun, Questions
from store.purge import RETENTION
from store.store import Store

log = logging.getLogger(__name__)

PURGED = Counter("tongban_purged_total", "Rows removed because they were kept long enough", ["table"])

POLLED_FOR: Micros = 30 * DAY
"""How long a platform is still polled about a party of which it holds nothing any more."""

UNCONNECTED_EVERY: Micros = HOUR
"""How often it is looked whether a platform is connected again."""

GAPS_EVERY: Micros = 5 * SECOND
MOST_SETTLED = 100

PURGE_EVERY: Micros = HOUR
PURGE_BATCH, PURGE_BATCHES = 500, 20


AWAY = (Reason.TIMEOUT, Reason.UNREACHABLE, Reason.RATE_LIMITED, Reason.BREAKER_OPEN)
"""Troubles that are the platform's, whoever it is asked about."""


class NotYet(Exception):
    """What a job is about is in trouble: it is tried again, later each time."""


class Away(NotYet):
    """And the platform would not answer about anybody else now."""


@dataclass(frozen=True)
class Upkeep:
    """`clock` gives the time; `chance()` a number of [0, 1]."""

    store: Store
    registry: Registry
    gather: Gather
    questions: Questions
    reception: Reception
    missing: Missing
    clock: Callable[[], Micros]
    chance: Callable[[], float]

    async def poll(self, job: Job) -> Micros | None:
        """Asks a platform that does not tell of changes itself. Over once it does, or holds nothing for long, or wants more to be
        vouched for: the next reader has it asked, and so polled again.
        """
        platform, grant = self.registry.connected.get(job.platform), _grant(job)
        if platform is None:
            return self._unconnected(job)
        if platform.poll_every is None:
            return None
        if not await self._holding(job):
            return None
        asked = await self._ask(grant, platform, [noun for noun in NOUNS if noun in platform.nouns])
        if not asked or not (held := await self._holding(job)):
            return None
        return self.clock() + spread(poll_after(platform.poll_every, held, self.clock()), self.chance())

    async def catch_up(self, job: Job) -> Micros | None:
        """Asks what a platform could not say although it holds rows of the party, or said in an event that did not come.

        Over once it has said it, or wants more to be vouched for than is.
        """
        platform, grant = self.registry.connected.get(job.platform), _grant(job)
        if platform is None:
            return self._unconnected(job)
        held = [noun for noun in NOUNS if noun in platform.nouns]
        missed = [noun for noun in held if _missed(await self._contact(grant, noun, platform))]
        await self._ask(grant, platform, missed)
        return None

    async def gaps(self, job: Job) -> Micros | None:
        """Has parties asked about whose events did not come."""
        settled = await self.missing.settle(MOST_SETTLED)
        return self.clock() + (0 if settled == MOST_SETTLED else GAPS_EVERY)

    async def link(self, job: Job) -> Micros | None:
        """Takes in what waited for a party to sign in. Over once nothing waits."""
        if await link_all(self.reception, _grant(job).party_id):
            raise NotYet
        return None

    async def purge(self, job: Job) -> Micros | None:
        """Removes what was kept long enough; if that is much, a part of it now and more in a moment."""
        more = [await self._purge(table) for table in RETENTION]
        return self.clock() + (SECOND if any(more) else PURGE_EVERY)

    def _unconnected(self, job: Job) -> Micros | None:
        """Later: while settings are rolled out another worker may know the platform. Over if nobody describes it any more."""
        known = job.platform in self.registry.descriptions
        return self.clock() + spread(UNCONNECTED_EVERY, self.chance()) if known else None

    async def _ask(self, grant: Grant, platform: Platform, nouns: Sequence[FederatedNoun]) -> bool:
        """Asks about all of them, whatever comes of the first, and then raises the worst of it; whether it may be asked."""
        subject = await self.store.parties.subject(grant, self.clock())
        if subject is None or not may_be_asked(platform, subject):
            return False
        raised = [await self._ask_one(grant, subject, platform, noun) for noun in nouns]
        for trouble in (Away, NotYet):
            if trouble in raised:
                raise trouble
        return True

    async def _ask_one(
        self, grant: Grant, subject: Subject, platform: Platform, noun: FederatedNoun
    ) -> type[NotYet] | None:
        question = self.questions.about(grant.party_id, subject, noun, platform, a_job())
        before = await self._contact(grant, noun, platform)
        patience = platform.timeout_s + TAKING_IN_S
        late = await self.gather.ask([question], asyncio.get_running_loop().time() + patience)
        after = await self._contact(grant, noun, platform)
        if _judged(before) != _judged(after):
            await self.questions.intake.sources_changed(grant.party_id, noun)
        # Not by its age: of a slow platform an answer may be old when it comes. Nor is it enough that one came: it may be that
        # of a question joined here, and put before something was missed.
        if after.trouble is None and not after.is_behind and after.answered > before.answered:
            return None
        return Away if late or after.trouble in AWAY else NotYet

    async def _holding(self, job: Job) -> Holding | None:
        return await self.store.contacts.holding(_grant(job), job.platform, self.clock() - POLLED_FOR)

    async def _contact(self, grant: Grant, noun: FederatedNoun, platform: Platform) -> Contact:
        return await self.store.contacts.one(grant, noun, platform.code)

    async def _purge(self, table: str) -> bool:
        """Whether there may be more of it."""
        for _ in range(PURGE_BATCHES):
            gone = await self.store.purge.batch(table, self.clock(), PURGE_BATCH)
            PURGED.labels(table).inc(gone)
            if gone:
                log.info("purged", extra={"kind": table, "count": gone})
            if gone < PURGE_BATCH:
                return False
        return True


def _grant(job: Job) -> Grant:
    assert job.party_id, "a job of this kind is about a party"
    return Grant(job.party_id, Ground.SYSTEM, job.kind.value)


def _missed(contact: Contact) -> bool:
    return contact.is_behind or (contact.trouble is not None and contact.rows > 0)


def _judged(contact: Contact) -> tuple[bool, bool]:
    """What of a contact is told as it begins and ends."""
    return contact.trouble is None, contact.is_behind
