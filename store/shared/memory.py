"""Bus, quotas and claims of a single process. Time is the event loop's."""

import asyncio
import math
from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from store.shared.quotas import Spent

MOST_BUDGETS = 100_000
"""Of how many names it is remembered what they spent, the one unused for longest going first."""


class Hints:
    """Satisfies store.shared.bus.Listener."""

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
        self._ears: defaultdict[str, set[Hints]] = defaultdict(set)

    async def tell(self, topic: str) -> None:
        for ear in self._ears.get(topic, ()):
            ear.hint()

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Hints]:
        ear = Hints()
        self._ears[topic].add(ear)
        try:
            yield ear
        finally:
            self._ears[topic].discard(ear)
            if not self._ears[topic]:
                del self._ears[topic]


class MemoryQuotas:
    """Satisfies store.shared.quotas.Quotas within one process."""

    def __init__(self) -> None:
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)
        self._budgets: OrderedDict[str, _Budget] = OrderedDict()

    async def take(self, name: str, most: int, window_s: float) -> float:
        taken, now = self._taken[name], asyncio.get_running_loop().time()
        while taken and taken[0] + window_s <= now:
            taken.popleft()
        if len(taken) >= most:
            return taken[-most] + window_s - now
        taken.append(now)
        return 0.0

    async def spend(self, name: str, amount: int, most: int, window_s: float) -> Spent:
        slot, into = divmod(asyncio.get_running_loop().time(), window_s)
        kept = self._budgets.get(name, _Budget(slot)).at(slot)
        carried = math.floor(kept.before * (window_s - into) / window_s)
        left = most - kept.spent - carried
        # Whoever goes on after a refusal must not be forgotten by it.
        self._budgets[name] = kept
        self._budgets.move_to_end(name)
        if len(self._budgets) > MOST_BUDGETS:
            self._budgets.popitem(last=False)
        if amount > left:
            over = amount - left
            wait = over / kept.before * window_s if 0 < over <= carried else window_s - into
            return Spent(max(left, 0), wait)
        self._budgets[name] = _Budget(slot, kept.spent + amount, kept.before)
        return Spent(left - amount, 0.0)


@dataclass(frozen=True, slots=True)
class _Budget:
    """What was spent in the window of this number, and in the one before."""

    slot: float
    spent: int = 0
    before: int = 0

    def at(self, slot: float) -> "_Budget":
        if slot == self.slot:
            return self
        return _Budget(slot, 0, self.spent if slot == self.slot + 1 else 0)


@dataclass(frozen=True)
class _Claim:
    token: str
    until: float
    done: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class MemoryClaims:
    """Satisfies store.shared.claims.Claims within one process."""

    def __init__(self) -> None:
        self._held: dict[str, _Claim] = {}
        self._given = 0

    async def take(self, name: str, seconds: float) -> str | None:
        if self._holder(name):
            return None
        self._given += 1
        self._held[name] = _Claim(str(self._given), asyncio.get_running_loop().time() + seconds)
        return self._held[name].token

    async def release(self, name: str, token: str, done: bool) -> None:
        claim = self._held.get(name)
        if claim and claim.token == token:
            del self._held[name]
            claim.done.set_result(done)

    async def wait(self, name: str, seconds: float) -> bool:
        claim = self._holder(name)
        if claim is None:
            return False
        left = claim.until - asyncio.get_running_loop().time()
        ended, _ = await asyncio.wait([claim.done], timeout=min(seconds, left))
        return bool(ended) and claim.done.result()

    def _holder(self, name: str) -> _Claim | None:
        claim = self._held.get(name)
        return claim if claim and claim.until > asyncio.get_running_loop().time() else None
