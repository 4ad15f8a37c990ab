"""How platforms are doing. Each process writes what it saw where all can read it, and whoever asks is told all of it together.

A process that showed its own figures would tell of its own few calls as if they were everybody's (docs/adr/0046).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.health import NOTHING_PUSHED, BreakerState, Figures, PlatformStatus, health_of, status_of
from domain.times import MINUTE, SECOND, Micros
from integrations.registry import Registry
from store.database import StoreUnavailable
from store.health import Health

log = logging.getLogger(__name__)

WRITTEN_EVERY: Micros = 15 * SECOND
LOOK_S = 1.0
"""How often it is looked whether a breaker turned: that is written at once."""

SILENT: Micros = MINUTE
"""What a process wrote longer ago does not count: four times in a row it did not write."""

KEPT: Micros = 5 * SECOND
"""How long what was read is good for: whatever the traffic, one look at the database in so long."""

LONGEST_READ_S = 2.0
"""People who wait for a page are told that the database is away, not that it is slow."""


class Pulse:
    """Writes what this process sees of platforms; `owner` must differ between any two processes that run at once."""

    def __init__(self, health: Health, registry: Registry, clock: Callable[[], Micros], owner: str) -> None:
        self._health, self._registry, self._clock, self._owner = health, registry, clock, owner
        self._written: Micros | None = None
        self._breakers: Mapping[str, BreakerState] = {}
        self._away = False

    async def run(self, stop: asyncio.Event) -> None:
        """Writes every 15 s, and within a second when a breaker turns, until `stop`. Whatever happens, it goes on."""
        while not stop.is_set():
            try:
                await self.beat()
            except StoreUnavailable:
                self._warn()
            except Exception:
                log.exception("health: what this process saw of platforms could not be written")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)

    async def beat(self) -> None:
        """Writes if it is time, or a breaker turned. Raises StoreUnavailable."""
        now = self._clock()
        figures = {code: platform.figures(now) for code, platform in self._registry.connected.items()}
        breakers = {code: one.breaker for code, one in figures.items()}
        if breakers == self._breakers and self._written is not None and 0 <= now - self._written < WRITTEN_EVERY:
            return
        await self._health.write(self._owner, now, figures)
        self._written, self._breakers, self._away = now, breakers, False

    def _warn(self) -> None:
        """Once for each outage."""
        if not self._away:
            log.warning("health: the store does not answer")
        self._away = True


@dataclass(frozen=True, slots=True)
class Report:
    """Every known platform, by code, as of `at`. `is_read` is False if there are no figures, because the database is away."""

    at: Micros
    statuses: tuple[PlatformStatus, ...]
    is_read: bool = True


class Statuses:
    """Tells how platforms are doing; what was read is shared for five seconds, and so is a failure."""

    def __init__(self, health: Health, registry: Registry, clock: Callable[[], Micros]) -> None:
        self._health, self._clock = health, clock
        self._connected = frozenset(registry.connected)
        self._cards = sorted(registry.cards.values(), key=lambda card: card.code)
        self._reading: asyncio.Task[Report] | None = None
        self._since: Micros = 0

    async def report(self) -> Report:
        """Of all processes together. Raises StoreUnavailable."""
        now = self._clock()
        if self._reading is None or not 0 <= now - self._since < KEPT:
            self._reading, self._since = asyncio.create_task(self._read(now), name="read health"), now
        return await asyncio.shield(self._reading)

    async def at_hand(self) -> Report:
        """The same; while the database is away only which platforms there are."""
        try:
            return await self.report()
        except StoreUnavailable:
            return Report(self._since, tuple(status_of(card, None) for card in self._cards), is_read=False)

    async def _read(self, now: Micros) -> Report:
        try:
            async with asyncio.timeout(LONGEST_READ_S):
                seen, pushed = await self._health.read(now - SILENT), await self._health.pushed(self._connected)
        except TimeoutError:
            raise StoreUnavailable("no answer in time") from None
        healths = {
            code: health_of((one.get(code, Figures()) for one in seen), pushed.get(code, NOTHING_PUSHED))
            for code in self._connected
        }
        return Report(now, tuple(status_of(card, healths.get(card.code)) for card in self._cards))
