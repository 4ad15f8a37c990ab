"""How a platform has been doing lately: what each process saw of it, all of that together, and a word for people.

Times of answers are kept in buckets that grow by a fixed factor, since buckets of several processes can be added: a quantile
of the sum is that of all calls, which no mean of quantiles would be.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from domain.platform import PlatformCard
from domain.times import Micros

SHORTEST_S = 0.001
STEPS = 4
"""Buckets for each doubling: a quantile is at most 19 % above the truth (2 ** (1 / 4))."""

BUCKETS = 17 * STEPS
"""Up to 131 s: no call takes longer than 60 s."""

SLOW_S = 1.5
"""What a phone waits for by default: with half of the answers behind that, a list is mostly shown without them."""

FAILING_SHARE, FAILING_CALLS = 0.1, 2
"""One call in ten does not help, and it was not a single one."""


class BreakerState(StrEnum):
    """CLOSED: it is asked. OPEN: it failed too often and is left alone. PROBING: one call finds out whether it is back."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class PlatformState(StrEnum):
    """A platform in a word, as `state_of` finds it."""

    OPERATIONAL = "operational"
    SLOW = "slow"
    FAILING = "failing"
    DOWN = "down"
    UNKNOWN = "unknown"
    NOT_CONNECTED = "not-connected"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process saw of a platform in the five minutes before it wrote them down.

    `answers`: how many calls were answered, by bucket; further pages are calls too, and tried again is one. `failed`: how many
    the platform failed. `drifted`: questions whose answer was not in the agreed form; `declined`: that it declined. `opened`:
    since when the breaker is not closed; None if it is. `answered`: when the last answer came, whenever that was; None if none
    did.
    """

    answers: Mapping[int, int] = field(default_factory=dict)
    failed: int = 0
    drifted: int = 0
    declined: int = 0
    breaker: BreakerState = BreakerState.CLOSED
    opened: Micros | None = None
    answered: Micros | None = None

    @property
    def calls(self) -> int:
        return sum(self.answers.values()) + self.failed


@dataclass(frozen=True, slots=True)
class Pushed:
    """What is kept of a platform's events: when the last one came, and how many wait in quarantine."""

    last: Micros | None = None
    quarantined: int = 0


NOTHING_PUSHED = Pushed()


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """Of the last five minutes, all processes together.

    `calls`: how many ended; `failed`: how many of these the platform failed. `p50_s`, `p95_s`: seconds within which half and
    95 % of the others were answered; None without any. `breaker`: the most guarded one among the processes that called it.
    `is_down`: at least one process leaves it alone, and none had an answer since then. `asked_by`: how many processes called it;
    `left_alone_by`: how many of these have a breaker that is not closed.
    """

    calls: int
    failed: int
    p50_s: float | None
    p95_s: float | None
    drifted: int
    declined: int
    breaker: BreakerState
    is_down: bool
    asked_by: int
    left_alone_by: int
    pushed: Pushed = NOTHING_PUSHED

    @property
    def error_rate(self) -> float | None:
        """The share of calls that the platform failed, 0 to 1; None without any."""
        return self.failed / self.calls if self.calls else None

    @property
    def drift_count(self) -> int:
        """Answers that were not in the agreed form, and events that nobody could read and that wait."""
        return self.drifted + self.pushed.quarantined

    @property
    def fails(self) -> bool:
        """Whether too many of its calls help nobody: those that failed, were declined or answered in another form."""
        useless = self.failed + self.drifted + self.declined
        return useless >= self.calls or (useless >= FAILING_CALLS and useless >= FAILING_SHARE * self.calls)


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """A known platform and how it is doing; `health` is None for one that is not connected, or if nobody could read it."""

    card: PlatformCard
    state: PlatformState
    health: PlatformHealth | None = None


def bucket_of(seconds: float) -> int:
    """In which bucket an answer is counted that took so long."""
    step = math.ceil(math.log2(seconds / SHORTEST_S) * STEPS) if seconds > SHORTEST_S else 0
    return min(step, BUCKETS - 1)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """Seconds within which `share` of what is counted was answered, rounded up to a bucket; None if nothing is counted."""
    rank = math.ceil(share * sum(counts))
    if not rank:
        return None
    bucket = next(bucket for bucket, so_far in enumerate(accumulate(counts)) if so_far >= rank)
    return SHORTEST_S * math.exp2(bucket / STEPS)


def health_of(figures: Iterable[Figures], pushed: Pushed = NOTHING_PUSHED) -> PlatformHealth:
    """What several processes saw, together. One that called it not at all in these minutes has no say: its breaker is old."""
    callers = [one for one in figures if one.calls]
    answers = _added(callers)
    wary = [one for one in callers if one.breaker is not BreakerState.CLOSED]
    return PlatformHealth(
        calls=sum(one.calls for one in callers),
        failed=sum(one.failed for one in callers),
        p50_s=quantile(answers, 0.5),
        p95_s=quantile(answers, 0.95),
        drifted=sum(one.drifted for one in callers),
        declined=sum(one.declined for one in callers),
        breaker=_most_guarded(wary),
        is_down=_is_down(callers, wary),
        asked_by=len(callers),
        left_alone_by=len(wary),
        pushed=pushed,
    )


def _added(callers: Iterable[Figures]) -> Sequence[int]:
    """All their answers, by bucket."""
    counts = [0] * BUCKETS
    for one in callers:
        for bucket, count in one.answers.items():
            counts[bucket] += count
    return counts


def _most_guarded(wary: Sequence[Figures]) -> BreakerState:
    if not wary:
        return BreakerState.CLOSED
    return BreakerState.OPEN if any(one.breaker is BreakerState.OPEN for one in wary) else BreakerState.PROBING


def _is_down(callers: Sequence[Figures], wary: Sequence[Figures]) -> bool:
    """One process may have lost its own way to a platform that answers the others: then it fails, and is not down."""
    opened = max((one.opened or 0 for one in wary), default=None)
    return opened is not None and opened >= max((one.answered or 0 for one in callers), default=0)


def state_of(health: PlatformHealth) -> PlatformState:
    """Of a connected platform, the first that is true.

    UNKNOWN: nobody asked it in five minutes. DOWN: a breaker opened, and nobody had an answer since. FAILING: of its calls at
    least two and a tenth failed, were declined or drifted, or all were. SLOW: half of its answers took longer than 1.5 s.
    OPERATIONAL: else.
    """
    if not health.calls:
        return PlatformState.UNKNOWN
    if health.is_down:
        return PlatformState.DOWN
    if health.fails:
        return PlatformState.FAILING
    if health.p50_s is not None and health.p50_s > SLOW_S:
        return PlatformState.SLOW
    return PlatformState.OPERATIONAL


def status_of(card: PlatformCard, health: PlatformHealth | None) -> PlatformStatus:
    """Of any known platform; `health` is None where it is not connected, or where nobody could read the figures."""
    if card.absence is not None:
        return PlatformStatus(card, PlatformState.NOT_CONNECTED)
    return PlatformStatus(card, state_of(health) if health else PlatformState.UNKNOWN, health)
