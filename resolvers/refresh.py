"""Asking platforms on behalf of a list: which of them, and how long to wait (decisions 1 and 2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.caller import Caller, Freshness
from domain.page import Page
from domain.source import Contact, Sources, is_fresh, sources_of
from domain.times import Micros
from integrations.gather import Gather, Question
from integrations.port import Answer, Platform, PlatformTrouble
from integrations.registry import Registry
from resolvers.intake import Intake
from store.store import Store

FederatedNoun = Literal["cases", "licences"]


@dataclass(frozen=True)
class Refresh:
    """Keeps the index fresh when a list is read."""

    store: Store
    registry: Registry
    gather: Gather
    intake: Intake

    async def sources(self, caller: Caller, noun: FederatedNoun, freshness: Freshness, page: Page) -> Sources:
        """Asks whom `freshness` says to ask, and then says how each platform contributes to what is about to be read.

        KNOWN waits for nobody. RECENT waits for platforms never asked or whose word is too old, LIVE for all; neither past
        the caller's deadline. Only a list's first page asks.
        """
        contacts, waited = await self.store.contacts.all(caller.grant, noun), {}
        questions = [] if page.after else self._questions(caller, noun, freshness, contacts)
        if freshness is Freshness.KNOWN:
            for question in questions:
                self.gather.start(question)
        elif questions:
            waited = await self.gather.ask(questions, caller.deadline)
            contacts = await self.store.contacts.all(caller.grant, noun)
        judged = [(contacts.get(item.code, Contact(item.code)), item.terms) for item in self._in_scope(caller)]
        return sources_of(judged, self.registry.unconnected, caller.now, waited)

    def _questions(
        self, caller: Caller, noun: FederatedNoun, freshness: Freshness, contacts: Mapping[str, Contact]
    ) -> list[Question]:
        return [
            self._question(caller, noun, platform)
            for platform in self._in_scope(caller)
            if freshness is Freshness.LIVE or not _good(contacts.get(platform.code), platform, caller.now)
        ]

    def _in_scope(self, caller: Caller) -> list[Platform]:
        return [item for item in self.registry.connected.values() if item.knows(caller.party.identity)]

    def _question(self, caller: Caller, noun: FederatedNoun, platform: Platform) -> Question:
        party, code = caller.party, platform.code
        put: dict[str, Callable[[Platform], Awaitable[Answer[Any]]]] = {
            "cases": lambda asked: asked.cases(party.identity),
            "licences": lambda asked: asked.licences(party.identity),
        }
        take: dict[str, Callable[..., Awaitable[None]]] = {"cases": self.intake.cases, "licences": self.intake.licences}

        async def taken(answer: Answer[Any]) -> None:
            await take[noun](party.id, code, answer)

        async def failed(trouble: PlatformTrouble, sent: Micros) -> None:
            await self.intake.failed(party.id, noun, code, trouble, sent)

        return Question(party.id, noun, platform, put[noun], taken, failed)


def _good(contact: Contact | None, platform: Platform, now: Micros) -> bool:
    return contact is not None and contact.trouble is None and is_fresh(contact, platform.terms, now)
