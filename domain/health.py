"""How a platform has been doing lately, as one process sees it."""

from dataclasses import dataclass
from enum import StrEnum


class BreakerState(StrEnum):
    """CLOSED: it is asked. OPEN: it failed too often and is left alone. PROBING: one call finds out whether it is back."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """Of the last five minutes of this process.

    `calls`: how many ended, further pages included; tried again is one. `p50_s`, `p95_s`: seconds within which half, and 95 %, of
    those that were answered were; None without any. `error_rate`: the share that the platform failed, 0 to 1; None without any.
    """

    calls: int
    p50_s: float | None
    p95_s: float | None
    error_rate: float | None
    breaker: BreakerState
