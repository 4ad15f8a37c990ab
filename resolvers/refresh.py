"""Asking platforms on behalf of a list: which of them, and how long to wait (decisions 1 and 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.assurance import Subject
from domain.caller import Caller, Freshness
from domain.page import Page
from domain.source import Footprint, Reason, Scope, Sources, is_wanted, sources_of
from integrations.gather import Gather, Question
from integrations.registry import Registry
from resolvers.afterwards import Afterwards
from resolvers.discovery import Discovery
from resolvers.questions import FederatedNoun, Questions
from store.store import Store

NOBODY: Mapping[str, Reason] = {}


@dataclass(frozen=True)
class Refresh:
    """Keeps the index fresh when a list is read."""

    store: Store
    registry: Registry
    gather: Gather
    questions: Questions
    discovery: Discovery
    afterwards: Afterwards

    async def sources(self, caller: Caller, noun: FederatedNoun, freshness: Freshness, page: Page) -> Sources:
        """Asks whom `freshness` says to ask, and then says how each platform contributes to what is about to be read.

        KNOWN waits for nobody. RECENT waits for platforms of the footprint whose word is too old, LIVE for all of them; LIVE also
        for platforms never asked, and RECENT until everyone was asked once. Nobody waits past the caller's deadline. Only a
        list's first page asks. Whoever listens hears of what came too late.
        """
        subject = Subject(caller.party.identity, caller.vouched, await self._accounts(caller))
        scope = self.registry.scope(subject, noun)
        footprint, waited = await self.store.contacts.footprint(caller.grant, noun, caller.now), NOBODY
        if page.after is None:
            footprint, waited = await self._refreshed(caller, subject, noun, freshness, footprint, scope)
        sources = sources_of(footprint, scope, self.registry.unconnected, caller.now, waited)
        if self.registry.unusable:
            # The settings give access to it, and nobody can read its description: who knows what it holds?
            sources = replace(sources, is_complete=False)
        if sources.unasked and page.after is None:
            await self.discovery.want(caller.grant, noun, at_once=footprint.surveyed in ("", scope.key))
        return sources

    async def _accounts(self, caller: Caller) -> Mapping[str, str]:
        """Those that are kept, and not those of the caller's token: one may have become somebody else's since it was issued."""
        return await self.store.accounts.of(caller.grant) if self.registry.by_account else {}

    async def _refreshed(
        self,
        caller: Caller,
        subject: Subject,
        noun: FederatedNoun,
        freshness: Freshness,
        footprint: Footprint,
        scope: Scope,
    ) -> tuple[Footprint, Mapping[str, Reason]]:
        """What is remembered afterwards, and who was not waited for to the end."""
        questions = self._to_put(caller, subject, noun, freshness, footprint, scope)
        if _surveys(freshness, footprint, scope):
            questions += await self.discovery.first(caller.grant, subject, noun, scope)
        put = {question.platform.code: self.gather.start(question) for question in questions}
        waits = questions and freshness is not Freshness.KNOWN
        waited = await self.gather.ask(questions, caller.deadline) if waits else NOBODY
        late = {code: task for code, task in put.items() if not task.done()}
        self.afterwards.follow(caller.grant, noun, footprint.contacts, late)
        if not waits:
            return footprint, NOBODY
        if not footprint.surveyed:
            await self.discovery.note(caller.grant, noun, scope)
        return await self.store.contacts.footprint(caller.grant, noun, caller.now), waited

    def _to_put(
        self,
        caller: Caller,
        subject: Subject,
        noun: FederatedNoun,
        freshness: Freshness,
        footprint: Footprint,
        scope: Scope,
    ) -> list[Question]:
        return [
            self.questions.about(caller.party.id, subject, noun, self.registry.connected[one.platform])
            for one in footprint.contacts
            if (terms := scope.terms.get(one.platform))
            and (
                freshness is Freshness.LIVE or is_wanted(one, terms, caller.now, waits=freshness is not Freshness.KNOWN)
            )
        ]


def _surveys(freshness: Freshness, footprint: Footprint, scope: Scope) -> bool:
    """Whether the reader has those asked of whom nothing is known: at first, and with LIVE whenever platforms were connected."""
    if freshness is Freshness.LIVE:
        return footprint.surveyed != scope.key
    return freshness is Freshness.RECENT and not footprint.surveyed
