"""Work that comes due: what kinds there are, and how long it waits after trouble."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.times import DAY, HOUR, MINUTE, SECOND, Micros


class JobKind(StrEnum):
    """What is to be done. POLL and CATCH_UP are about one party and platform, DISCOVER and LINK about one party; of the others
    there is one for all."""

    POLL = "poll"
    CATCH_UP = "catch-up"
    DISCOVER = "discover"
    LINK = "link"
    GAPS = "gaps"
    PURGE = "purge"


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work, leased to one worker until `lease_until`.

    `fence` is the number of this lease: a later one is greater, and then what the earlier holder does to the job is void.
    `due`: when it came due. `failures`: how often in a row it failed.
    """

    id: UUID
    kind: JobKind
    party_id: UUID | None
    platform: str
    due: Micros
    failures: int
    fence: int
    lease_until: Micros


@dataclass(frozen=True, slots=True)
class Pace:
    """How trouble slows a job down: `first` after the first failure, twice as long after each other one, at most `longest`.

    `most`: after so many failures it is given up; None if never.
    """

    first: Micros
    longest: Micros
    most: int | None = None

    def pause(self, failures: int, chance: float) -> Micros:
        """How long to wait after so many failures in a row; `chance` out of [0, 1] spreads it over the half up to that."""
        whole = min(self.first << min(failures - 1, 32), self.longest)
        return whole // 2 + int(whole / 2 * chance)

    def gives_up(self, failures: int) -> bool:
        return self.most is not None and failures >= self.most


PACES = {
    JobKind.POLL: Pace(10 * MINUTE, 6 * HOUR),
    JobKind.CATCH_UP: Pace(30 * SECOND, HOUR, most=60),
    JobKind.DISCOVER: Pace(30 * SECOND, HOUR, most=10),
    JobKind.LINK: Pace(30 * SECOND, 6 * HOUR),
    JobKind.GAPS: Pace(30 * SECOND, 10 * MINUTE),
    JobKind.PURGE: Pace(10 * MINUTE, 6 * HOUR),
}
"""A catch-up is given up after 39 to 53 hours: by then the next reader asks anyway. So does a discovery's after hours."""


def spread(length: Micros, chance: float) -> Micros:
    """About `length`: up to a tenth more or less by `chance` out of [0, 1], so that what began at once drifts apart."""
    return length * 9 // 10 + int(length / 5 * chance)


LIVELY: Micros = 30 * DAY
SETTLED: Micros = 365 * DAY


@dataclass(frozen=True, slots=True)
class Holding:
    """What a platform holds of a party: when the newest of it changed, and whether a case is not completed."""

    changed: Micros
    is_open: bool


def poll_after(every: Micros, held: Holding, now: Micros) -> Micros:
    """How long until a platform that is polled is asked again: `every` where something changed within 30 days.

    Else ten times as long; and where all cases are completed and nothing changed for a year, at least a day. Otherwise polls
    would grow with everybody who ever held something.
    """
    quiet = now - held.changed
    if quiet <= LIVELY:
        return every
    slow = 10 * every
    return slow if held.is_open or quiet <= SETTLED else max(slow, DAY)
