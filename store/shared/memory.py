"""The bus of a single process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Ear:
    """A listener at one topic."""

    def __init__(self) -> None:
        self._hint = asyncio.Event()

    def hint(self) -> None:
        self._hint.set()

    async def heard(self) -> None:
        await self._hint.wait()
        self._hint.clear()


class MemoryBus:
    """Satisfies store.shared.bus.Bus within one process."""

    def __init__(self) -> None:
        self._ears: defaultdict[str, set[Ear]] = defaultdict(set)

    async def tell(self, topic: str) -> None:
        for ear in self._ears.get(topic, ()):
            ear.hint()

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Ear]:
        ear = Ear()
        self._ears[topic].add(ear)
        try:
            yield ear
        finally:
            self._ears[topic].discard(ear)
            if not self._ears[topic]:
                del self._ears[topic]
