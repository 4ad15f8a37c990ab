"""The register: known systems that nobody has connected, since when and why, so that no list passes over them in silence."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from domain.caller import Locale
from domain.platform import Absence, PlatformCard
from integrations.description import Level, Names, Problem, read_part
from integrations.form.parts import Part


class System(Part):
    """One known system. `since`: the day from which on it is known to be so. `why`: a word of domain.platform.Absence."""

    code: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    name: Names
    level: Level
    division: str | None = None
    hotline: str = ""
    since: date
    why: Literal[Absence.NO_INTERFACE, Absence.NOT_AGREED, Absence.PREPARING, Absence.ENDED]


class Register(Part):
    form: Literal[0]
    systems: tuple[System, ...] = ()


def read_register(file: Path) -> Mapping[str, PlatformCard]:
    """The systems of a register, by code; none if there is no such file. Raises BadDescription."""
    if not file.exists():
        return {}
    return {system.code: _card(system) for system in read_part(file, lambda _: Register, _twice).systems}


def _twice(register: Register) -> Iterator[Problem]:
    codes = [system.code for system in register.systems]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            yield ("systems", place, "code"), f"{code} is there twice"


def _card(system: System) -> PlatformCard:
    names = {Locale.ZH_HANS: system.name.zh_hans, Locale.EN: system.name.en}
    return PlatformCard(
        system.code, names, system.hotline, system.level, system.division, absence=system.why, since=system.since
    )
