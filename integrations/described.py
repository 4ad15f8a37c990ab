"""A platform as its description says, in whatever dialect it speaks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from domain.assurance import UNVOUCHED, Assurance, Vouched
from domain.health import Figures
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation
from domain.licence import LicenceObservation
from domain.source import Terms
from domain.times import Micros
from domain.turns import in_turns
from integrations.asker import READER, Asker
from integrations.description import Description
from integrations.dialects.dialect import Ask, Wire
from integrations.dialects.exchange_tables import exchange_tables
from integrations.dialects.graphql import graphql
from integrations.dialects.rest import rest
from integrations.dialects.soap import soap
from integrations.exchange import Exchange
from integrations.guard.guard import Guard
from integrations.mapping.cases import case_mapper
from integrations.mapping.licences import licence_mapper
from integrations.port import Answer, Drifted, Envelope, NoEvents, NotParsable, PlatformEvent, Refused, ServerFailed
from integrations.pushed import UNNUMBERED, EventReader

T = TypeVar("T")

DIALECTS: dict[str, Callable[..., Ask]] = {
    "rest": rest,
    "soap": soap,
    "graphql": graphql,
    "native": rest,
    "exchange-tables": exchange_tables,
}
"""One line for each dialect: the word in a description, and what speaks it."""


class DescribedPlatform:
    """Satisfies integrations.port.Platform. `event_secrets`: those that are live; none where nothing is pushed."""

    def __init__(self, description: Description, wire: Wire, guard: Guard, event_secrets: Sequence[str]) -> None:
        language, times = description.language, description.reads
        self.description = description
        self._clock, self._event_secrets = wire.clock, event_secrets
        self._case = case_mapper(language, description.cases, times) if description.cases else None
        self._licence = licence_mapper(language, description.licences, times) if description.licences else None
        self._guard, self._exchanges = guard, _exchanges(description, wire, guard)
        form = description.events
        unnumbered = UNNUMBERED.labels(description.code).inc
        self._events = EventReader(form, language, times, self._case, self._licence, unnumbered) if form else None

    @property
    def code(self) -> str:
        return self.description.code

    @property
    def terms(self) -> Terms:
        return self.description.limits.terms

    @property
    def timeout_s(self) -> float:
        return self.description.limits.timeout_s

    @property
    def poll_every(self) -> Micros | None:
        return self.description.limits.poll_every

    @property
    def nouns(self) -> frozenset[str]:
        return frozenset(self._exchanges)

    def knows(self, kind: IdentityType) -> bool:
        return kind in self.description.person.types

    @property
    def least(self) -> Assurance:
        return self.description.person.least

    @property
    def by_account(self) -> bool:
        return self.description.by_account

    def figures(self, at: Micros) -> Figures:
        return self._guard.figures(at)

    async def cases(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        assert self._case, "asked only about nouns that it has"
        observe, sent = self._case, self._clock()
        with self._read_strictly():
            rows, truncated = await self._exchanges["cases"].rows(identity, asker, vouched)
            listed = [observe(row, sent, True) async for row in in_turns(rows)]
        return _answer(listed, lambda item: item.facts.number, sent, truncated)

    async def licences(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[LicenceObservation]:
        assert self._licence, "asked only about nouns that it has"
        observe, sent = self._licence, self._clock()
        with self._read_strictly():
            rows, truncated = await self._exchanges["licences"].rows(identity, asker, vouched)
            listed = [observe(row, sent) async for row in in_turns(rows)]
        return _answer(listed, lambda item: item.licence.number, sent, truncated)

    @contextmanager
    def _read_strictly(self) -> Iterator[None]:
        """One question; counts it if its answer is found to be none."""
        try:
            yield
        except Drifted:
            self._guard.drifted()
            raise
        except ServerFailed:
            raise
        except Refused:
            self._guard.declined()
            raise

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        if self._events is None:
            raise NoEvents("by its description it pushes nothing")
        return self._events.open(envelope, self._event_secrets)

    def read_event(self, body: bytes, received: Micros, lag: Micros = 0) -> PlatformEvent:
        if self._events is None:
            raise NotParsable("by its description it pushes nothing")
        return self._events.read(body, received, lag)


def _exchanges(description: Description, wire: Wire, guard: Guard) -> dict[str, Exchange]:
    """One for each noun, behind one guard."""
    connection, limits = description.connection, description.limits
    speak = DIALECTS[connection.dialect]
    return {
        noun: Exchange(speak(connection, operation, wire), operation, description.language, limits, guard)
        for noun, operation in description.operations.declared.items()
    }


def _answer(listed: Sequence[T], number: Callable[[T], str], sent: Micros, truncated: bool) -> Answer[T]:
    """An answer that names something twice moved while it was paged: then something else may have slipped past us."""
    distinct = {number(item): item for item in listed}
    return Answer(tuple(distinct.values()), sent, truncated or len(distinct) < len(listed))
