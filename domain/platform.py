"""A platform as people know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.caller import Locale
from domain.deadline import CHINA


@dataclass(frozen=True, slots=True)
class PlatformCard:
    """What a citizen is told of a platform: its name, whom to call, and where it belongs; and when its days begin."""

    code: str
    names: Mapping[Locale, str]
    hotline: str
    level: str
    division: str | None
    offset: timedelta = CHINA
