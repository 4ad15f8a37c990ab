"""How platforms are doing, as people see it."""

from datetime import date, datetime

import strawberry

from domain.caller import Locale
from domain.health import BreakerState, PlatformState
from domain.health import PlatformHealth as HealthValue
from domain.health import PlatformStatus as StatusValue
from domain.platform import Absence
from domain.times import Micros, moment
from schema.access import Disclosure, Level, told
from schema.common import Platform


@strawberry.type(
    description="How a connected platform did in the last five minutes, whichever process of this service asked it; since 0.1."
)
class PlatformHealth:
    calls: int = told(
        "How many calls ended, for whomever; each page is one, and tried again is one.",
        Disclosure.NOTHING,
        Level.PUBLIC,
    )
    p50: int | None = told(
        "Milliseconds within which half of the answers came, rounded up by at most a fifth; null without any.",
        Disclosure.NOTHING,
        Level.PUBLIC,
    )
    p95: int | None = told(
        "Milliseconds within which 95 of 100 answers came, rounded up by at most a fifth; null without any.",
        Disclosure.NOTHING,
        Level.PUBLIC,
    )
    error_rate: float | None = told(
        "Which share of the calls the platform failed, from 0 to 1; null without any.",
        Disclosure.NOTHING,
        Level.PUBLIC,
    )
    breaker: BreakerState = told("Whether it is left alone.", Disclosure.NOTHING, Level.PUBLIC)
    last_event_at: datetime | None = told(
        "When the last event came that it pushed; null if none is kept.", Disclosure.NOTHING, Level.PUBLIC
    )
    drift_count: int = told(
        "Answers in a form that is not the agreed one, and events that could not be read and wait (of which 1,000 are counted).",
        Disclosure.NOTHING,
        Level.PUBLIC,
    )
    as_of: datetime = told("When these figures were put together.", Disclosure.NOTHING, Level.PUBLIC)

    @classmethod
    def of(cls, value: HealthValue, at: Micros) -> "PlatformHealth":
        return cls(
            calls=value.calls,
            p50=_ms(value.p50_s),
            p95=_ms(value.p95_s),
            error_rate=value.error_rate,
            breaker=value.breaker,
            last_event_at=moment(value.pushed.last) if value.pushed.last is not None else None,
            drift_count=value.drift_count,
            as_of=moment(at),
        )


@strawberry.type(description="A known platform, connected or not, and how it is doing; since 0.1.")
class PlatformStatus:
    platform: Platform = told("Which.", Disclosure.NOTHING, Level.PUBLIC)
    state: PlatformState = told("How it is doing, in a word.", Disclosure.NOTHING, Level.PUBLIC)
    absence: Absence | None = told("Why it is not connected; null if it is.", Disclosure.NOTHING, Level.PUBLIC)
    since: date | None = told(
        "From which day on that is known to be so, where anybody wrote it down.", Disclosure.NOTHING, Level.PUBLIC
    )
    health: PlatformHealth | None = told(
        "Figures behind the word; null if it is not connected.", Disclosure.NOTHING, Level.PUBLIC
    )

    @classmethod
    def of(cls, value: StatusValue, at: Micros, locale: Locale) -> "PlatformStatus":
        return cls(
            platform=Platform.of(value.card, locale),
            state=value.state,
            absence=value.card.absence,
            since=value.card.since,
            health=PlatformHealth.of(value.health, at) if value.health else None,
        )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
