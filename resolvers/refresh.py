"""Asking platforms on behalf of a list: which of them, and how long to wait (decisions 1 and 2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.caller import Caller, Freshness
from domain.source import Contact, Reason, Sources, is_fresh, sources_of
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

    async def before_reading(self, caller: Caller, noun: FederatedNoun, freshness: Freshness) -> Mapping[str, Reason]:
        """Asks whom `freshness` says to ask; gives by platform code why this answer goes without some of them.

        KNOWN waits for nobody. RECENT waits for platforms never asked or whose word is too old. LIVE waits for all.
        """
        contacts = await self.store.contacts.all(caller.grant, noun)
        asked = [
            self._question(caller, noun, platform)
            for platform in self._in_scope(caller)
            if freshness is Freshness.LIVE or not _good(contacts.get(platform.code), platform, caller.now)
        ]
        if freshness is Freshness.KNOWN:
            for question in asked:
                self.gather.start(question)
            return {}
        return await self.gather.ask(asked, caller.deadline)

    async def sources(self, caller: Caller, noun: FederatedNoun, waited: Mapping[str, Reason]) -> Sources:
        """How each platform in scope contributes to what is about to be read."""
        contacts = await self.store.contacts.all(caller.grant, noun)
        judged = [(contacts.get(item.code, Contact(item.code)), item.terms) for item in self._in_scope(caller)]
        return sources_of(judged, self.registry.unconnected, caller.now, waited)

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
