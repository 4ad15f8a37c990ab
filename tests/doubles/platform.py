"""A platform in memory: answers what it was told to, when it is let."""

import asyncio
from collections.abc import Callable

from domain.assurance import UNVOUCHED, Assurance, Vouched
from domain.health import Figures
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation
from domain.licence import LicenceObservation
from domain.source import Terms
from domain.times import HOUR, MINUTE, Micros
from integrations.asker import READER, Asker
from integrations.port import Answer, Envelope, NotParsable, PlatformEvent


class MemoryPlatform:
    """Satisfies integrations.port.Platform. It answers while `open` is set; `error` is raised instead of an answer."""

    def __init__(self, code: str = "memory", clock: Callable[[], Micros] = lambda: 1) -> None:
        self.code = code
        self.terms = Terms(MINUTE, HOUR)
        self.timeout_s = 5.0
        self.poll_every: Micros | None = None
        self.nouns = frozenset({"cases", "licences"})
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None
        self.case_rows: tuple[CaseObservation, ...] = ()
        self.licence_rows: tuple[LicenceObservation, ...] = ()
        self.least, self.by_account = Assurance.NONE, False
        self.asked: list[Identity] = []
        self.vouched: list[Vouched] = []
        self.askers: list[Asker] = []
        self.cancelled = 0
        self._clock = clock

    def knows(self, kind: IdentityType) -> bool:
        return True

    def figures(self, at: Micros) -> Figures:
        return Figures()

    async def cases(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        self.vouched.append(vouched)
        return Answer(self.case_rows, await self._sent(identity, asker))

    async def licences(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[LicenceObservation]:
        self.vouched.append(vouched)
        return Answer(self.licence_rows, await self._sent(identity, asker))

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        return self.read_event(envelope.body, envelope.received)

    def read_event(self, body: bytes, received: Micros) -> PlatformEvent:
        raise NotParsable("this platform sends no events")

    async def _sent(self, identity: Identity, asker: Asker) -> Micros:
        sent = self._clock()
        self.asked.append(identity)
        self.askers.append(asker)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return sent
