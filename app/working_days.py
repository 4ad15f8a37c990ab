"""The calendar of working days: what chinesecalendar holds of the published ones, and an operator's file (docs/adr/0042)."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from chinese_calendar.constants import holidays, workdays  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, ValidationError

from app.settings import SettingsError, variable
from domain.calendar import WorkingCalendar

_LAST_OF_YEAR = (12, 31)


class DaysFile(BaseModel):
    """What an operator's file says, day by day. `until`: all days off up to then are known, here or in the package."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    until: date | None = None
    off: list[date] = []
    worked: list[date] = []


@dataclass(frozen=True)
class WorkingDays:
    """The calendar, and in one sentence where it comes from."""

    calendar: WorkingCalendar
    origin: str


def published() -> WorkingCalendar:
    """The table of the package: what the State Council has published for each year."""
    return WorkingCalendar(frozenset(holidays), frozenset(workdays), date(max(holidays).year, *_LAST_OF_YEAR))


def working_days(file: Path | None) -> WorkingDays:
    """The calendar with what `file` says on top of it. Raises SettingsError naming the file, and what is expected there."""
    base = published()
    if file is None:
        return WorkingDays(base, f"days off are known until {base.until}")
    said = _read(file)
    if problems := list(_problems(said, base)):
        raise SettingsError([_sentence(file, problem) for problem in problems])
    calendar = WorkingCalendar(
        off=base.off.union(said.off),  # where a day is worked after all, worked goes before off
        worked=base.worked.difference(said.off).union(said.worked),
        until=max(base.until, said.until or base.until),
    )
    origin = (
        f"days off are known until {calendar.until}; until {base.until} without {file}, which names "
        f"{len(said.off)} days off and {len(said.worked)} worked ones"
    )
    return WorkingDays(calendar, origin)


def _read(file: Path) -> DaysFile:
    try:
        return DaysFile.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError([_sentence(file, f"{error}")]) from None
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, item['loc']))}: {_plainly(item['type'], item['msg'])}" for item in error.errors())
        raise SettingsError([_sentence(file, problem) for problem in wrong]) from None


def _problems(said: DaysFile, base: WorkingCalendar) -> Iterator[str]:
    for day in sorted(set(said.off) & set(said.worked)):
        yield f"{day} is in off and in worked; expected in one of them"
    # Every year has days off on weekdays, so a year without any was forgotten.
    for year in range(base.until.year + 1, said.until.year + 1 if said.until else 0):
        if not any(day.year == year and day.weekday() < 5 for day in said.off):
            yield f"off: expected the days off of {year}, since until says that they are known"


def _plainly(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "expected until, off or worked"
    if kind in ("date_type", "date_exact"):
        return "expected a day such as 2027-01-01, without quotes"
    return "expected a list of days" if kind == "list_type" else message


def _sentence(file: Path, problem: str) -> str:
    return f"{variable(['working_days'])} names {file}: {problem}."
