"""Events on their way: pushed in the background, tried again until somebody takes them, and logged."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from simulator.knobs import PushingKnobs

_ATTEMPTS, _LONGEST_WAIT_S = 10, 5.0

Headers = Callable[[str, int], dict[str, str]]
"""From a body and the time of an attempt (seconds since 1970) to the headers it is sent with."""


@dataclass
class Event:
    """One thing a platform says happened; the body never changes. An attempt's status is null without an answer."""

    event_id: str
    case: str
    persona: str
    body: str
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The event as the log shows it."""
        return {"event_id": self.event_id, "case": self.case, "persona": self.persona,
                "attempts": self.attempts, "body": self.body}  # fmt: skip


class Pusher:
    """Sends events where the knobs say, and remembers every attempt in the order events came about."""

    def __init__(self, knobs: Callable[[], PushingKnobs], headers: Headers, first_wait_s: float) -> None:
        self._knobs, self._headers, self._first_wait_s = knobs, headers, first_wait_s
        self.log: dict[str, Event] = {}
        self._held: list[Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def push(self, events: list[Event]) -> None:
        """Log these events and, unless pushing is off or they are to be lost, send them in the background in this order."""
        self.log.update((event.event_id, event) for event in events)
        knobs = self._knobs()
        lost = min(knobs.lose_events, len(events))
        knobs.lose_events, events = knobs.lose_events - lost, events[lost:]
        if knobs.push and knobs.reorder_events:
            self._held += events
            self.release()
        elif knobs.push:
            self.send(events)

    def release(self) -> None:
        """Send what was held for reordering, backwards, once enough is held (or nothing is to be held any more)."""
        if self._held and len(self._held) >= self._knobs().reorder_events:
            held, self._held = self._held, []
            self.send(held[::-1])

    def send(self, events: list[Event]) -> None:
        """Send these events now, one after the other."""
        task = asyncio.create_task(self._send_all(events))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self) -> None:
        """Stop sending and empty the log."""
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.log.clear()
        self._held.clear()

    async def close(self) -> None:
        """Stop sending for good."""
        await self.forget()
        if self._session is not None:
            await self._session.close()

    async def _send_all(self, events: list[Event]) -> None:
        for event in events:
            for _ in range(1 + self._knobs().duplicate_events):
                await self._send(event)

    async def _send(self, event: Event) -> None:
        wait = self._first_wait_s
        for _ in range(_ATTEMPTS):
            status = await self._attempt(event)
            if status is not None and 200 <= status < 300:
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    async def _attempt(self, event: Event) -> int | None:
        knobs, at = self._knobs(), time.time()
        if knobs.events_to is None:
            return None
        attempt: dict[str, Any] = {"status": None, "at": at}
        event.attempts.append(attempt)
        headers = self._headers(event.body, int(at))
        try:
            async with self._client().post(knobs.events_to, data=event.body.encode(), headers=headers) as answer:
                attempt["status"] = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        return answer.status

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        return self._session
