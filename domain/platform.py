"""A platform as people know it."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.caller import Locale


@dataclass(frozen=True, slots=True)
class PlatformCard:
    """What a citizen is told of a platform: its name, whom to call, and where it belongs."""

    code: str
    names: Mapping[Locale, str]
    hotline: str
    level: str
    division: str | None
