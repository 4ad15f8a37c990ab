"""The one clock of the house: below app/ it is handed in."""

import time
from datetime import date

from domain.times import CHINA, Micros, moment


def clock() -> Micros:
    """Now, in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def today() -> date:
    """The day that it is where the people are."""
    return (moment(clock()) + CHINA).date()
