"""The platforms there are: every description in integrations/platforms, and those among them that are connected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from domain.caller import Locale
from domain.platform import PlatformCard
from domain.times import Micros
from integrations.described import DescribedPlatform
from integrations.description import BadDescription, Description, read_description
from integrations.dialects.dialect import Wire
from integrations.guard import Guard, Quotas, pace_of
from integrations.port import Platform

HOME = Path(__file__).parent / "platforms"


@dataclass(frozen=True)
class Access:
    """What the operator gives to connect one platform: its address, secrets by name, and the live secrets of its events."""

    address: str
    secrets: Mapping[str, str] = field(repr=False)
    event_secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class Registry:
    """Descriptions of all known platforms by code, and the connected ones among them."""

    descriptions: Mapping[str, Description]
    connected: Mapping[str, Platform]

    @property
    def cards(self) -> dict[str, PlatformCard]:
        """What people are told of every known platform, by code."""
        return {code: _card(description) for code, description in self.descriptions.items()}

    @property
    def unconnected(self) -> int:
        """How many known platforms are not connected."""
        return len(self.descriptions) - len(self.connected)


def read_descriptions(home: Path = HOME) -> dict[str, Description]:
    """Reads every description below `home`, by code. Raises BadDescription with the errors of all of them."""
    found: dict[str, Description] = {}
    errors: list[str] = []
    for file in sorted(home.glob("*/platform.toml")):
        try:
            found[file.parent.name] = read_description(file)
        except BadDescription as error:
            errors += error.errors
    if errors:
        raise BadDescription(errors)
    return found


def connect(
    descriptions: Mapping[str, Description],
    access: Mapping[str, Access],
    session: aiohttp.ClientSession,
    clock: Callable[[], Micros],
    entropy: Callable[[int], bytes],
    quotas: Quotas,
) -> Registry:
    """Connects the platforms to which there is access. Raises BadDescription for access that misses or names too much."""
    errors = [f"platform {code}: there is no description of it" for code in access if code not in descriptions]
    for code, given in access.items():
        if code in descriptions:
            errors += _missing(descriptions[code], given)
    if errors:
        raise BadDescription(errors)
    connected: dict[str, Platform] = {
        code: DescribedPlatform(
            descriptions[code],
            _wire(descriptions[code], given, session, clock, entropy),
            _guard(descriptions[code], quotas),
            given.event_secrets,
        )
        for code, given in access.items()
    }
    return Registry(descriptions, connected)


def _card(description: Description) -> PlatformCard:
    names = {Locale.ZH_HANS: description.name.zh_hans, Locale.EN: description.name.en}
    return PlatformCard(
        *(description.code, names, description.hotline, description.level, description.division),
        offset=description.reads.offset,
    )


def _wire(
    description: Description,
    given: Access,
    session: aiohttp.ClientSession,
    clock: Callable[[], Micros],
    entropy: Callable[[int], bytes],
) -> Wire:
    most = description.limits.answer_bytes
    return Wire(session, given.address.rstrip("/"), given.secrets, clock, entropy, most)


def _guard(description: Description, quotas: Quotas) -> Guard:
    limits = description.limits
    return Guard(limits.timeout_s, limits.concurrency, pace_of(description.code, limits.calls_per_minute, quotas))


def _missing(description: Description, given: Access) -> list[str]:
    errors = [
        f"platform {description.code}: secrets: expected one named {wanted}"
        for wanted in description.connection.authentication.settings
        if wanted not in given.secrets
    ]
    if description.events and not 1 <= len(given.event_secrets) <= 2:
        errors.append(f"platform {description.code}: event_secrets: expected one or two")
    if not description.events and given.event_secrets:
        errors.append(f"platform {description.code}: event_secrets: expected none, since it pushes nothing")
    return errors
