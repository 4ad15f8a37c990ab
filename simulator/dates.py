"""The platform's clock and the four forms in which it writes a moment, all of them UTC+8 and none saying so."""

import time
from datetime import datetime, timedelta, timezone
from zlib import crc32

CHINA = timezone(timedelta(hours=8))
_DAY_ONLY = "%Y%m%d"
_PRECISE = ("%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H:%M:%S")


class Clock:
    """The time of the platform's story: starts where it was told (default: now) and runs on from there.

    Signatures and tokens do not use it; whoever checks those has a clock of their own.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(CHINA)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """The present moment of the story, in UTC+8, whole seconds."""
        moment = self._start.astimezone(CHINA) + timedelta(seconds=time.monotonic() - self._origin)
        return moment.replace(microsecond=0)

    def restart(self) -> None:
        """Go back to the start."""
        self._origin = time.monotonic()


def written(moment: datetime, key: str, *, day_only: bool = False) -> str:
    """One of the forms for this moment, always the same one for the same key.

    `day_only` admits the form without a time of day, which only suits what happens by the day.
    """
    forms = (_DAY_ONLY, *_PRECISE) if day_only else _PRECISE
    return moment.astimezone(CHINA).strftime(forms[crc32(key.encode()) % len(forms)])


def office_hours(day: datetime, key: str) -> datetime:
    """That day at some minute between nine and five, always the same one for the same key."""
    minutes = crc32(key.encode()) % (8 * 60)
    return day.replace(hour=9, minute=0, second=minutes % 60) + timedelta(minutes=minutes)


def working_day(after: datetime, number: int) -> datetime:
    """That many weekdays later. A platform's own count, made once: it knows of no holidays."""
    weeks, days = divmod(number, 5)
    day = after + timedelta(weeks=weeks)
    while days or day.weekday() > 4:
        day += timedelta(days=1)
        days -= days > 0 and day.weekday() <= 4
    return day
