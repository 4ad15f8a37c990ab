"""A channel in memory, for tests of what uses channels. It passes the suite that real channels pass."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from domain.delivery import AttemptOutcome, Outcome
from notifications.channel import NO_ACCOUNT, Push


class MemoryChannel:
    """Accepts everything but what it was told about.

    `calls` are the pushes it was handed, `phones` what each phone shows.
    """

    def __init__(self, clients: Collection[str] = ("app",), name: str = "memory") -> None:
        self.name = name
        self.calls: list[Push] = []
        self.phones: dict[str, dict[str, Push]] = defaultdict(dict)
        self.during: Callable[[Sequence[Push]], object] | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.closed = False
        self._clients = set(clients)
        self._handed = asyncio.Condition()
        self._answers: dict[str, list[Outcome]] = defaultdict(list)

    def answer(self, token: str, *outcomes: Outcome) -> None:
        """The next answers for a phone; after them it accepts again."""
        self._answers[token] += outcomes

    async def handed(self, count: int) -> None:
        """Waits until it was handed so many pushes in all."""
        async with self._handed:
            await self._handed.wait_for(lambda: len(self.calls) >= count)

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """One outcome for each push. Waits while `open` is not set; calls `during` in the middle of it."""
        self.calls += pushes
        async with self._handed:
            self._handed.notify_all()
        if self.during is not None and asyncio.iscoroutine(pending := self.during(pushes)):
            await pending
        await self.open.wait()
        return [self._one(push) for push in pushes]

    async def close(self) -> None:
        self.closed = True

    def _one(self, push: Push) -> Outcome:
        if push.client not in self._clients:
            return Outcome(AttemptOutcome.REFUSED, NO_ACCOUNT)
        answers = self._answers[push.token]
        outcome = answers.pop(0) if answers else Outcome(AttemptOutcome.ACCEPTED, message_id=f"memory-{push.tag}")
        # An unknown outcome is one whose message may have arrived: here it has.
        if outcome.kind in (AttemptOutcome.ACCEPTED, AttemptOutcome.UNKNOWN):
            self.phones[push.token][push.tag] = push
        return outcome
