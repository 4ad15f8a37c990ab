"""The dispatcher: takes due deliveries out of the outbox, sends them, and writes down how that ended.

It promises at least one try at a phone for every delivery that the rules let through. A try whose outcome was lost is
made again, and the tag makes the phone replace what it may have shown.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.caller import Grant, Ground
from domain.delivery import AttemptOutcome, Delivery, DeliveryState, Device, Outcome
from domain.notification import Notification
from domain.times import MINUTE, SECOND, Micros
from notifications.channel import STOPPING, Channel, Push
from notifications.metrics import ATTEMPTS, DROPPED, LATENCY
from notifications.retry import Next, next_step
from notifications.rules import Drop, Reason, decide
from store.database import StoreUnavailable
from store.sealing import Unsealable
from store.store import Store

JOB = "dispatch"
"""The system job in whose name notifications and devices are read."""

SHORTEST_LEASE_S = 60.0
MARGIN_S = 10.0
"""Calls end this long before the lease does, so that no two dispatchers ever call for one delivery at once."""

IDLE_S = 1.0
UNSEALABLE_PAUSE: Micros = 10 * MINUTE

logger = logging.getLogger(__name__)

WORRYING = frozenset({AttemptOutcome.LATER, AttemptOutcome.REFUSED, AttemptOutcome.UNKNOWN})
"""Outcomes that an operator should find without looking for them: no account, no way out, no quota left."""

Loaded = tuple[Delivery, Notification | None, Device | None]


@dataclass(frozen=True, slots=True)
class _Try:
    """An attempt that is written down and about to be made."""

    delivery: Delivery
    number: int
    push: Push
    begun: Micros
    happened: Micros


class Dispatcher:
    """Sends what is due. `owner` names it in leases and must differ between any two that run at once.

    `jitter()` gives a number of [0, 1]. Raises ValueError for a lease under 60 s.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Callable[[], Micros],
        jitter: Callable[[], float],
        owner: str,
        lease_s: float = SHORTEST_LEASE_S,
        most: int = 100,
    ) -> None:
        if lease_s < SHORTEST_LEASE_S:
            raise ValueError("a lease must outlast the slowest call: 60 s or more")
        self._store, self._channels = store, channels
        self._clock, self._jitter = clock, jitter
        self._owner, self._lease_s, self._most = owner, lease_s, most
        self._pauses: dict[tuple[str, str], Micros] = {}

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Works until `stop`, and then ends the batch in hand. Looks again when `wake` is set, or each second.

        Cancelled, it writes down the outcomes that came, and that the others are unknown, and gives up its leases.
        """
        while not stop.is_set():
            wake.clear()
            try:
                if await self.run_once():
                    continue
                await _first_of(stop, wake)
            except StoreUnavailable as error:
                logger.warning("dispatch: the store does not answer (%s)", error)
                await _first_of(stop)
            except Exception:
                # A defect: what it left in hand comes back when its lease ends; the others must not wait for a person.
                logger.exception("dispatch: a batch failed")
                await _first_of(stop)

    async def run_once(self) -> int:
        """Handles one batch and gives how many deliveries it had. Raises StoreUnavailable."""
        deadline = asyncio.get_running_loop().time() + self._lease_s - MARGIN_S
        now = self._clock()
        until = now + int(self._lease_s * SECOND)
        leased = await self._store.outbox.lease(self._owner, now, until, self._most)
        tries: dict[str, list[_Try]] = defaultdict(list)
        for loaded in await self._load(leased):
            if attempt := await self._begun(*loaded):
                tries[attempt.delivery.channel].append(attempt)
        sends = (self._send(self._channels[name], batch, deadline) for name, batch in tries.items())
        # One channel's trouble must not cut off another's calls, so all of them end before any is told.
        for result in await asyncio.gather(*sends, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
        return len(leased)

    async def _load(self, leased: Sequence[Delivery]) -> list[Loaded]:
        grants = [(Grant(delivery.party_id, Ground.SYSTEM, JOB), delivery) for delivery in leased]
        try:
            notifications = await self._store.notifications.some(
                [(grant, one.notification_id) for grant, one in grants]
            )
            devices = await self._store.devices.some([(grant, one.device_id) for grant, one in grants])
        except Unsealable:
            return await self._load_apart(leased)
        return [(one, notifications.get(one.notification_id), devices.get(one.device_id)) for one in leased]

    async def _load_apart(self, leased: Sequence[Delivery]) -> list[Loaded]:
        """One by one, since one of them cannot be opened; that one waits for a person to bring the key back."""
        if len(leased) > 1:
            return [loaded for delivery in leased for loaded in await self._load([delivery])]
        logger.error("dispatch: delivery %s cannot be unsealed", leased[0].id)
        await self._store.outbox.put_back(leased[0], "unsealable", self._clock() + UNSEALABLE_PAUSE)
        return []

    async def _begun(self, delivery: Delivery, notification: Notification | None, device: Device | None) -> _Try | None:
        """The attempt, written down; None if there is to be none now."""
        now = self._clock()
        decision = decide(delivery, notification, device, now, self._channels)
        if isinstance(decision, Drop):
            await self._drop(delivery, decision.reason)
            return None
        paused = self._pauses.get((delivery.channel, decision.push.client), 0)
        if paused > now:
            await self._store.outbox.put_back(delivery, "paused", paused)
            return None
        number = await self._store.outbox.begin(delivery, now)
        if number is None or notification is None:
            return None
        return _Try(delivery, number, decision.push, now, notification.happened)

    async def _drop(self, delivery: Delivery, reason: Reason) -> None:
        if await self._store.outbox.drop(delivery, reason.value):
            DROPPED.labels(reason.value).inc()
            logger.info("delivery %s dropped: %s", delivery.id, reason.value)

    async def _send(self, channel: Channel, tries: Sequence[_Try], deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                outcomes = await channel.send([attempt.push for attempt in tries])
        except TimeoutError:
            outcomes = [Outcome(AttemptOutcome.UNKNOWN, "lease-ended")] * len(tries)
        except asyncio.CancelledError:
            # There is no more time to wait for them: another worker may go on at once, and need not wait for our leases.
            await self._learn(tries, [Outcome(AttemptOutcome.UNKNOWN, "stopped")] * len(tries))
            raise
        await _to_its_end(self._learn(tries, outcomes))

    async def _learn(self, tries: Sequence[_Try], outcomes: Sequence[Outcome]) -> None:
        for attempt, outcome in zip(tries, outcomes, strict=True):
            self._note(attempt, outcome)
            await self._recorded(attempt, outcome)

    def _note(self, attempt: _Try, outcome: Outcome) -> None:
        """What the operator sees of it, and the pause it may ask of all others of its client."""
        delivery, now = attempt.delivery, self._clock()
        ATTEMPTS.labels(delivery.channel, outcome.kind.value).inc()
        level = logging.WARNING if outcome.kind in WORRYING else logging.INFO
        said = (delivery.id, attempt.number, outcome.kind.value, outcome.code or "-")
        logger.log(level, "delivery %s attempt %d: %s %s", *said)
        if outcome.kind is AttemptOutcome.ACCEPTED:
            LATENCY.labels(delivery.channel).observe((now - attempt.happened) / SECOND)
        if outcome.kind is AttemptOutcome.LATER and outcome.code in STOPPING:
            key, until = (delivery.channel, attempt.push.client), now + (outcome.retry_after or MINUTE)
            self._pauses[key] = max(until, self._pauses.get(key, 0))

    async def _recorded(self, attempt: _Try, outcome: Outcome) -> None:
        """Writes an outcome down, as long as the lease gives time to: a lost one would be sent again."""
        while True:
            try:
                return await self._record(attempt, outcome)
            except StoreUnavailable:
                if self._clock() >= attempt.delivery.lease_until:
                    raise
                await asyncio.sleep(IDLE_S)

    async def _record(self, attempt: _Try, outcome: Outcome) -> None:
        delivery, outbox = attempt.delivery, self._store.outbox
        if outcome.kind is AttemptOutcome.DEAD_TOKEN:
            await self._store.devices.remove_dead(delivery.device_id, attempt.begun)
        unknown = await outbox.unknown(delivery) if outcome.kind is AttemptOutcome.UNKNOWN else 0
        now = self._clock()
        step = next_step(delivery, attempt.number, outcome, unknown, now, self._jitter())
        moved = await outbox.finish(delivery, attempt.number, outcome, step.state, step.due, now, step.reason)
        if not moved:
            logger.warning("delivery %s was no longer ours after attempt %d", delivery.id, attempt.number)
        elif _given_up(step, outcome):
            DROPPED.labels(step.reason).inc()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Cancelled in the middle of it, ends it first: what a channel said is known only here. Cancelled again, lets go."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _given_up(step: Next, outcome: Outcome) -> bool:
    """Whether we ended it for a reason of ours, and not the channel for one of its own."""
    return step.state is DeliveryState.FAILED and step.reason != outcome.code


async def _first_of(*events: asyncio.Event) -> None:
    """Waits for any of them, a second at most."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
