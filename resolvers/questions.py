"""The questions that are put to platforms about a party: how each is put, and what becomes of its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from domain.assurance import Subject
from domain.job import PACES, JobKind, spread
from domain.times import Micros
from integrations.asker import READER, Asker
from integrations.gather import Question
from integrations.port import Answer, Platform, PlatformTrouble
from resolvers.intake import Intake

FederatedNoun = Literal["cases", "licences"]
NOUNS: tuple[FederatedNoun, ...] = ("cases", "licences")


@dataclass(frozen=True)
class Questions:
    """Every answer ends in `intake`. `chance()` gives a number of [0, 1]."""

    intake: Intake
    chance: Callable[[], float]

    def about(
        self, party_id: UUID, subject: Subject, noun: FederatedNoun, platform: Platform, asker: Asker = READER
    ) -> Question:
        """The question for a noun of a party.

        A platform that is polled will be asked again once it held something, and any other once it failed to say what.
        """
        put: dict[str, Callable[[Platform], Awaitable[Answer[Any]]]] = {
            "cases": lambda asked: asked.cases(subject.identity, asker, subject.at(platform.code)),
            "licences": lambda asked: asked.licences(subject.identity, asker, subject.at(platform.code)),
        }
        take: dict[str, Callable[..., Awaitable[None]]] = {"cases": self.intake.cases, "licences": self.intake.licences}

        async def taken(answer: Answer[Any]) -> None:
            await take[noun](party_id, platform.code, answer, platform.terms)
            if platform.poll_every and answer.observations:
                await self._schedule(JobKind.POLL, platform.poll_every, party_id, platform.code)

        async def failed(trouble: PlatformTrouble, sent: Micros) -> None:
            held = await self.intake.store.contacts.fail(party_id, noun, platform.code, sent, trouble.reason)
            if held and not platform.poll_every:
                await self._schedule(JobKind.CATCH_UP, PACES[JobKind.CATCH_UP].first, party_id, platform.code)

        return Question(party_id, noun, platform, put[noun], taken, failed, asker)

    async def _schedule(self, kind: JobKind, after: Micros, party_id: UUID, platform: str) -> None:
        due = self.intake.clock() + spread(after, self.chance())
        await self.intake.store.jobs.schedule(kind, due, party_id, platform)
