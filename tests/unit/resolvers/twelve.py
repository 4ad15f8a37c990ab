"""Twelve platforms in memory whose calls end as they are told, one party, and what must be read then: by one scripted clock."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from domain.assurance import Assurance
from domain.caller import Caller, Freshness, Locale, Party
from domain.event import EventKind
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation, Facts
from domain.page import Page
from domain.source import Reason, Rows, Terms
from domain.times import SECOND, Micros
from integrations.gather import Gather
from integrations.port import Answer, PlatformTrouble
from integrations.registry import Registry
from resolvers.afterwards import Afterwards
from resolvers.cases import CasePage, ReadCases
from resolvers.discovery import Discovery
from resolvers.intake import Intake
from resolvers.questions import Questions
from resolvers.refresh import Refresh
from store.shared.memory import MemoryBus, MemoryClaims
from store.store import Store
from tests.doubles.knowledge import NOW, row
from tests.doubles.platform import MemoryPlatform
from tests.doubles.scripted import now

CODES = tuple(f"p{place:02}" for place in range(12))
DEADLINE_S = 1.5
LONGEST_S = 20.0
EACH = 2
"""Cases that each platform holds."""

ACCEPTED = row(1, EventKind.ACCEPTED, 0)


@dataclass(frozen=True)
class Fate:
    """How a call ends: so long after it was made, with an answer or with this trouble."""

    after_s: float
    trouble: type[PlatformTrouble] | None = None


class Doomed(MemoryPlatform):
    """A platform whose next calls have this fate. What it says of a case is when it was asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code, clock)
        self.timeout_s, self.fate = LONGEST_S, Fate(0.0)

    async def cases(self, identity: Identity, *_: object) -> Answer[CaseObservation]:
        sent, fate = clock(), self.fate
        await asyncio.sleep(fate.after_s)
        if fate.trouble is not None:
            raise fate.trouble("as it was told")
        return Answer(tuple(said(self.code, place, sent) for place in range(EACH)), sent)


def said(code: str, place: int, sent: Micros) -> CaseObservation:
    return CaseObservation(Facts(f"{code}-{place}", f"asked at {sent}"), (ACCEPTED,), sent, True)


def clock() -> Micros:
    return NOW + round(now() * SECOND)


@dataclass(frozen=True)
class Call:
    """A call that was made, and will end or has."""

    sent: Micros
    fate: Fate

    @property
    def ends(self) -> Micros:
        return self.sent + round(self.fate.after_s * SECOND)


@dataclass(frozen=True)
class Known:
    """What must be known of one platform: when its newest answer was asked for, and the trouble after that."""

    answered: Micros = 0
    trouble: Reason | None = None
    call: Call | None = None

    @property
    def is_met(self) -> bool:
        """Whether a question to it ever ended: until that is so of everyone, no list is known to be whole."""
        return self.answered > 0 or self.trouble is not None

    def at(self, moment: Micros) -> "Known":
        """The same once all that ends by a moment has ended."""
        if self.call is None or self.call.ends > moment:
            return self
        if self.call.fate.trouble is not None:
            return replace(self, trouble=self.call.fate.trouble.reason, call=None)
        return Known(self.call.sent)

    def asked(self, moment: Micros, fate: Fate) -> "Known":
        """The same after a question: one that is under way is joined."""
        return self if self.call is not None else replace(self, call=Call(moment, fate))


@dataclass(frozen=True)
class Word:
    """What a source says."""

    rows: Rows
    reason: Reason | None
    count: int


@dataclass(frozen=True)
class Expected:
    """What must be read: each source that is shown, the title of each row, whether it is complete, and when."""

    sources: Mapping[str, Word]
    titles: Mapping[str, str]
    is_complete: bool
    at: Micros


class Model:
    """What follows from the fates alone."""

    def __init__(self, terms: Terms) -> None:
        self._terms, self.known = terms, dict.fromkeys(CODES, Known())
        self._surveyed = False

    def read(self, begun: Micros, fates: Sequence[Fate]) -> Expected:
        """A LIVE question at a moment, all of them well or not as told."""
        deadline = begun + round(DEADLINE_S * SECOND)
        asked = {
            code: one.at(begun).asked(begun, fate) for (code, one), fate in zip(self.known.items(), fates, strict=True)
        }
        ended = min(deadline, max(one.call.ends for one in asked.values() if one.call))
        self.known = {code: one.at(ended) for code, one in asked.items()}
        self._surveyed |= all(one.is_met for one in self.known.values())
        return self._expected(begun, ended)

    def later(self, moment: Micros) -> Expected:
        """A question to nobody, at a moment."""
        self.known = {code: one.at(moment) for code, one in self.known.items()}
        return self._expected(moment, moment)

    def _expected(self, begun: Micros, ended: Micros) -> Expected:
        shown = {code: self._word(one, begun, ended) for code, one in self.known.items()}
        titles = {
            f"{code}-{place}": f"asked at {one.answered}"
            for code, one in self.known.items()
            for place in range(EACH)
            if one.answered
        }
        complete = self._surveyed and all(self._good(one, begun) for one in self.known.values())
        return Expected(shown, titles, complete, ended)

    def _word(self, one: Known, begun: Micros, ended: Micros) -> Word:
        good, waited = self._good(one, begun), Reason.TIMEOUT if one.call and ended > begun else None
        rows = (Rows.CURRENT if good else Rows.STALE) if one.answered else Rows.NONE
        return Word(rows, waited or one.trouble or (None if good else Reason.NOT_ASKED), EACH if one.answered else 0)

    def _good(self, one: Known, begun: Micros) -> bool:
        return one.trouble is None and one.answered > 0 and begun - one.answered <= self._terms.max_age


class Twelve:
    """The real use case over a real store."""

    def __init__(self, store: Store) -> None:
        self.platforms = {code: Doomed(code) for code in CODES}
        self.store, self.gather = store, Gather(clock, MemoryClaims())
        questions = Questions(Intake(store, clock, MemoryBus()), lambda: 0.5)
        registry = Registry({}, dict(self.platforms))
        shared = store, registry, self.gather, questions
        discovery = Discovery(*shared, clock=clock, chance=lambda: 0.5)
        self.reading = ReadCases(store, Refresh(*shared, discovery=discovery, afterwards=Afterwards(questions.intake)))
        number = uuid4()
        identity = Identity(IdentityType.RESIDENT, number.hex)
        self.party = Party(number, store.sealer.person_key(identity), "", identity)

    def doom(self, fates: Sequence[Fate]) -> None:
        """What becomes of the next call to each."""
        for one, fate in zip(self.platforms.values(), fates, strict=True):
            one.fate = fate

    async def read(self, freshness: Freshness) -> CasePage:
        """The citizen reads, with a deadline."""
        await self.store.parties.register(self.party, clock())
        deadline = asyncio.get_running_loop().time() + DEADLINE_S
        caller = Caller(self.party, "app", Assurance.HIGH, False, Locale.EN, clock(), deadline)
        return await self.reading.list_for(caller, page=Page(100, None), stage=None, freshness=freshness)


def seen(page: CasePage) -> Expected:
    """What was read."""
    words = {one.platform: Word(one.rows, one.reason, one.count) for one in page.sources.shown}
    titles = {case.facts.number: case.facts.title for case in page.items}
    assert len(titles) == len(page.items)
    return Expected(words, titles, page.sources.is_complete, clock())
