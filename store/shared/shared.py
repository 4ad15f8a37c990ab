"""What processes share, in one hand."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from store.shared.bus import Bus
from store.shared.claims import Claims
from store.shared.memory import MemoryBus, MemoryClaims, MemoryQuotas
from store.shared.quotas import Quotas


@dataclass(frozen=True)
class Shared:
    """Hints, quotas and claims. `checks`: whether what carries them answers, by name; each raises if it does not."""

    bus: Bus
    quotas: Quotas
    claims: Claims
    checks: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)


def memory_shared() -> Shared:
    """For a single process, which shares with nobody."""
    return Shared(MemoryBus(), MemoryQuotas(), MemoryClaims())
