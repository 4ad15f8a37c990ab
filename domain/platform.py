"""A platform as people know it, connected or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.caller import Locale
from domain.times import CHINA


class Absence(StrEnum):
    """Why a known system contributes nothing to any list."""

    NO_INTERFACE = "no-interface"
    NOT_AGREED = "not-agreed"
    PREPARING = "preparing"
    ENDED = "ended"
    NO_ACCESS = "no-access"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class PlatformCard:
    """What a citizen is told of a platform: its name, whom to call, and where it belongs; `offset` says when its days begin.

    `absence`: why it is not connected; None if it is. `since`: from which day on that is known to be so, where anybody wrote
    it down.
    """

    code: str
    names: Mapping[Locale, str]
    hotline: str
    level: str
    division: str | None
    absence: Absence | None = None
    since: date | None = None
    offset: timedelta = CHINA
