"""Times as platforms write them and as we keep them.

Inside the house an instant is `Micros`: integer microseconds since 1970 UTC, exact on every database. What a platform
said happened keeps its own UTC offset as an aware datetime, because a raw fact cannot be back-filled.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

Micros = int

SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
HOUR: Micros = 60 * MINUTE
DAY: Micros = 24 * HOUR

CHINA = timedelta(hours=8)
"""The UTC offset of a platform of which nothing is known any more. China has one time and no summer time."""

FIRST_YEAR, LAST_YEAR = 1900, 9998
"""Of times that platforms may speak of: years beyond are placeholders, and break the arithmetic of zones."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(
    r"(?P<date>\d{4}-?\d{2}-?\d{2})(?:[T ]?(?P<time>\d{2}:?\d{2}:?\d{2}))?(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


class BadTime(ValueError):
    """A text that is none of the time forms a platform may use. The text itself is not repeated: it is foreign."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A point in time as written: its first possible instant, and how long the written form leaves open."""

    at: datetime
    precision: timedelta

    @property
    def latest(self) -> Micros:
        """The last instant that the written form can mean."""
        return micros(self.at) + self.precision // timedelta(microseconds=1) - 1


def is_form(text: str) -> bool:
    """Whether a text is written in a form that `parse_stamp` reads, whether there is such a day or not."""
    return _form(text) is not None


def parse_stamp(text: str, offset: timedelta) -> Stamp:
    """Reads the forms GB/T 39046 declares and prints: YYYYMMDD and YYYYMMDDhhmmss, with or without `T`, dashes and colons.
    Of a fraction what is below a microsecond is dropped.

    `offset` is the UTC offset meant where the text names none. Raises BadTime.
    """
    if (match := _form(text)) is None:
        raise BadTime("not a time in a form of GB/T 39046")
    day = match["date"].replace("-", "")
    time = (match["time"] or "000000").replace(":", "")
    try:
        zone = _zone(match["zone"], offset)
        # Not strptime: it takes three times as long, and a citizen with 300 cases has thousands of times.
        parts = int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:])
        at = datetime(*parts, tzinfo=zone) + _fraction(match["fraction"])
    except (ValueError, OverflowError):
        raise BadTime("no such day or time of day") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadTime("no time of anybody's business")
    return Stamp(at, _precision(match))


def micros(at: datetime) -> Micros:
    """Microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def day_of(at: Micros) -> Micros:
    """When the day (UTC) began in which this is."""
    return at - at % DAY


def moment(at: Micros) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=at)


def _form(text: str) -> re.Match[str] | None:
    match = _STAMP.fullmatch(text.strip())
    return match if match and (match["time"] or not match["fraction"]) else None


def _zone(text: str | None, offset: timedelta) -> timezone:
    if text is None:
        return timezone(offset)
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def _fraction(text: str | None) -> timedelta:
    return timedelta(microseconds=int(text[1:7].ljust(6, "0"))) if text else timedelta()


def _precision(match: re.Match[str]) -> timedelta:
    if match["fraction"]:
        return timedelta(microseconds=10 ** max(0, 7 - len(match["fraction"])))
    return timedelta(seconds=1) if match["time"] else timedelta(days=1)
