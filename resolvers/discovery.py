"""Finding out which platforms hold something of a party: everyone once, and again when a proof of absence is over (ADR 0043).

Readers wait for the first of it; a job does the rest, so that what a reader's question costs does not grow with the platforms
connected.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.assurance import Subject
from domain.caller import Grant, Ground
from domain.job import Job, JobKind
from domain.source import Contact, Scope
from domain.times import MINUTE, SECOND, Micros
from integrations.asker import READER, a_job
from integrations.gather import TAKING_IN_S, Gather, Question
from integrations.registry import Registry
from resolvers.questions import NOUNS, FederatedNoun, Questions
from resolvers.upkeep import NotYet
from store.store import Store

MOST_AT_FIRST = 64
"""Platforms that one reader's question has asked which were never asked before."""

MOST_AT_ONCE = 32
"""Platforms that the job asks about one list at once, and then rests for PAUSE: others have parties too."""
PAUSE: Micros = SECOND

SPREAD: Micros = MINUTE
"""Over how long the parties that are active spread when platforms were connected, or their terms changed."""

EARLY: Micros = MINUTE
"""What lapses so soon is asked along with what has lapsed: answers that came together need not be asked for one by one."""


@dataclass(frozen=True)
class Discovery:
    """`clock` gives the time; `chance()` a number of [0, 1]."""

    store: Store
    registry: Registry
    gather: Gather
    questions: Questions
    clock: Callable[[], Micros]
    chance: Callable[[], float]

    async def first(self, grant: Grant, subject: Subject, noun: FederatedNoun, scope: Scope) -> list[Question]:
        """What a reader has asked before everyone in scope was asked once: some of those of whom nothing is known."""
        known = await self.store.contacts.all(grant, noun)
        unknown = [code for code in scope.terms if code not in known][:MOST_AT_FIRST]
        return self._about(grant, subject, noun, unknown)

    async def note(self, grant: Grant, noun: FederatedNoun, scope: Scope) -> None:
        """Notes that everyone in scope was asked once, if that is so now."""
        if scope.terms.keys() <= (await self.store.contacts.all(grant, noun)).keys():
            await self.store.surveys.note(grant, noun, scope.key)

    async def want(self, grant: Grant, noun: FederatedNoun, *, at_once: bool) -> None:
        """Has the job find out what is not known of the list; within SPREAD if not at once."""
        await self.store.surveys.want(grant, noun)
        wait = 0 if at_once else int(SPREAD * self.chance())
        await self.store.jobs.schedule(JobKind.DISCOVER, self.clock() + wait, grant.party_id)

    async def discover(self, job: Job) -> Micros | None:
        """The job: asks about each list that somebody reads whomever it is time to ask. Over once everyone was.

        Raises NotYet if of some it could not even be noted that they are in trouble.
        """
        assert job.party_id, "a job of this kind is about a party"
        grant = Grant(job.party_id, Ground.SYSTEM, job.kind.value)
        subject = await self.store.parties.subject(grant, self.clock())
        if subject is None:
            return None
        surveyed = await self.store.surveys.all(grant)
        wanted = [noun for noun in NOUNS if noun in surveyed]
        found = [await self._tried(grant, subject, noun, surveyed[noun]) for noun in wanted]
        if None in found:
            raise NotYet
        return self.clock() + PAUSE if any(found) else None

    async def _tried(self, grant: Grant, subject: Subject, noun: FederatedNoun, surveyed: str) -> bool | None:
        """As `_discover`; None if it raises NotYet, which must not keep the other list waiting."""
        try:
            return await self._discover(grant, subject, noun, surveyed)
        except NotYet:
            return None

    async def _discover(self, grant: Grant, subject: Subject, noun: FederatedNoun, surveyed: str) -> bool:
        """Whether there is more to ask. Raises NotYet."""
        scope = self.registry.scope(subject, noun)
        contacts = await self.store.contacts.all(grant, noun)
        if surveyed != scope.key:
            contacts = await self._aligned(grant, noun, scope, contacts)
        due = self._due(contacts, scope)
        batch = due[:MOST_AT_ONCE]
        await self._ask(self._about(grant, subject, noun, batch, job=True))
        if set(batch) & set(self._due(await self.store.contacts.all(grant, noun), scope)):
            raise NotYet
        if len(due) > len(batch):
            return True
        if batch or surveyed != scope.key:
            await self.store.surveys.note(grant, noun, scope.key)
            await self.questions.intake.sources_changed(grant.party_id, noun)
        return False

    async def _aligned(
        self, grant: Grant, noun: FederatedNoun, scope: Scope, contacts: Mapping[str, Contact]
    ) -> dict[str, Contact]:
        """The contacts, once what they say of absence is what the platforms of this scope and their terms make of it."""
        for contact in [one for one in contacts.values() if one.absent]:
            terms = scope.terms.get(contact.platform)
            if terms is None:
                await self.store.contacts.forget_absence(grant, noun, contact.platform)
            elif contact.absent != contact.answered + terms.proof:
                await self.store.contacts.date_absence(grant, noun, contact, contact.answered + terms.proof)
        return await self.store.contacts.all(grant, noun)

    def _due(self, contacts: Mapping[str, Contact], scope: Scope) -> list[str]:
        """Who was never asked, and of whom it is not believed much longer that they hold nothing."""
        until = self.clock() + EARLY
        lapsing = {code for code, one in contacts.items() if 0 < one.absent < until}
        return [code for code in scope.terms if code not in contacts or code in lapsing]

    async def _ask(self, questions: list[Question]) -> None:
        patience = max((one.platform.timeout_s for one in questions), default=0.0) + TAKING_IN_S
        await self.gather.ask(questions, asyncio.get_running_loop().time() + patience)

    def _about(
        self, grant: Grant, subject: Subject, noun: FederatedNoun, codes: list[str], *, job: bool = False
    ) -> list[Question]:
        connected = self.registry.connected
        return [
            self.questions.about(grant.party_id, subject, noun, connected[code], a_job() if job else READER)
            for code in codes
        ]
