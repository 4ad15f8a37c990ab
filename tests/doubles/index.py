"""The index of one party and platform in memory, kept by the pure rules as the intake keeps the real one."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.case import KeptCase
from domain.merge import CaseChange, merge_cases, news_of
from domain.source import Contact
from domain.standing import standing_of
from domain.times import Micros
from domain.transition import Transition
from tests.doubles.knowledge import NOW, PLATFORM, Content, Said, Visible, case_id


class MemoryIndex:
    """What is kept after everything it was told, and the news it made: of each key the first, as the inbox keeps it."""

    def __init__(self) -> None:
        self.kept: dict[UUID, KeptCase] = {}
        self.told: list[Transition] = []
        self.written = 0
        self._contact = Contact(PLATFORM)
        self._last: Content | None = None

    def hear(self, said: Said) -> list[CaseChange]:
        """Takes one saying in; what it changed. The same full list again only confirms, as in the intake."""
        if said.whole is not None and said.content == self._last and not self._contact.truncated:
            self._confirm(said.dated)
            return []
        changes = merge_cases(
            self.kept,
            PLATFORM,
            said.observations,
            mint=case_id,
            full_at=self._contact.full_at,
            whole=said.whole,
            received=NOW,
        )
        self._note(said)
        self.kept |= {change.after.id: change.after for change in changes}
        self.written += len(changes)
        happened = None if said.listed else said.dated
        for item in (item for change in changes for item in news_of(change, happened, NOW)):
            self.told += [] if item.key in {old.key for old in self.told} else [item]
        return changes

    def visible(self) -> Mapping[str, Visible | None]:
        return {case.known.facts.value.number: _seen(case) for case in self.kept.values()}

    def _confirm(self, sent: Micros) -> None:
        answered, full_at = max(self._contact.answered, sent), max(self._contact.full_at, sent)
        self._contact = replace(self._contact, answered=answered, full_at=full_at)

    def _note(self, said: Said) -> None:
        dates = [self._contact.answered, *(case.known.dated for case in self.kept.values())]
        newest = all(date < said.dated for date in dates)
        self._last = said.content if said.listed and newest else None
        if said.listed:
            truncated = said.truncated if said.dated >= self._contact.answered else self._contact.truncated
            answered, full_at = max(self._contact.answered, said.dated), max(self._contact.full_at, said.whole or 0)
            self._contact = replace(self._contact, answered=answered, full_at=full_at, truncated=truncated)


def _seen(case: KeptCase) -> Visible | None:
    live = case.known.live()
    return None if case.retired else Visible(case.known.facts.value, live, standing_of(live))
