"""Asking platforms on behalf of a list: which of them, and how long to wait (decisions 1 and 2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.caller import Caller, Freshness
from domain.page import Page
from domain.source import Contact, Sources, is_good, sources_of
from integrations.gather import Gather, Question
from integrations.port import Platform
from integrations.registry import Registry
from resolvers.questions import FederatedNoun, Questions
from store.store import Store


@dataclass(frozen=True)
class Refresh:
    """Keeps the index fresh when a list is read."""

    store: Store
    registry: Registry
    gather: Gather
    questions: Questions

    async def sources(self, caller: Caller, noun: FederatedNoun, freshness: Freshness, page: Page) -> Sources:
        """Asks whom `freshness` says to ask, and then says how each platform contributes to what is about to be read.

        KNOWN waits for nobody. RECENT waits for platforms never asked or whose word is too old, LIVE for all; neither past
        the caller's deadline. Only a list's first page asks.
        """
        contacts, waited = await self.store.contacts.all(caller.grant, noun), {}
        questions = [] if page.after else self._to_put(caller, noun, freshness, contacts)
        if freshness is Freshness.KNOWN:
            for question in questions:
                self.gather.start(question)
        elif questions:
            waited = await self.gather.ask(questions, caller.deadline)
            contacts = await self.store.contacts.all(caller.grant, noun)
        judged = [(contacts.get(item.code, Contact(item.code)), item.terms) for item in self._in_scope(caller, noun)]
        return sources_of(judged, self.registry.unconnected, caller.now, waited)

    def _to_put(
        self, caller: Caller, noun: FederatedNoun, freshness: Freshness, contacts: Mapping[str, Contact]
    ) -> list[Question]:
        return [
            self.questions.about(caller.party.id, caller.party.identity, noun, item)
            for item in self._in_scope(caller, noun)
            if freshness is Freshness.LIVE
            or not is_good(contacts.get(item.code, Contact(item.code)), item.terms, caller.now)
        ]

    def _in_scope(self, caller: Caller, noun: FederatedNoun) -> list[Platform]:
        connected = self.registry.connected.values()
        return [item for item in connected if noun in item.nouns and item.knows(caller.party.identity)]
