"""Questions as they pass: counted, and kept waiting as long as the knobs say."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from simulator.knobs import Knobs


class Traffic:
    """`asked` counts questions by name until forgotten; `in_flight` are being answered now."""

    def __init__(self, knobs: Callable[[], Knobs]) -> None:
        self._knobs = knobs
        self.asked: Counter[str] = Counter()
        self.in_flight = 0

    @asynccontextmanager
    async def question(self, name: str) -> AsyncIterator[None]:
        """One question, from its arrival to its answer: the block reads the data after the one wait and before the other."""
        self.asked[name] += 1
        self.in_flight += 1
        try:
            await asyncio.sleep(self._knobs().latency_ms / 1000)
            late = self._knobs().late_answers_ms
            yield
            await asyncio.sleep(late / 1000)
        finally:
            self.in_flight -= 1
