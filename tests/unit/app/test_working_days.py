"""The calendar that the service counts by: what is published, and what an operator knows better."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from chinese_calendar import is_workday

from app.settings import SettingsError, load_settings
from app.working_days import published, working_days
from domain.case import Case, case_of
from domain.event import Event, EventKind
from domain.knowledge import CaseObservation, Facts, knowledge_of
from domain.limit import Limit, LimitUnit
from domain.times import parse_stamp
from resolvers.deadlines import Deadlines


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "days.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_published_days_are_those_of_the_package():
    """Day by day, from the first year that it has to the last."""
    calendar = published()
    day, until = date(2004, 1, 1), calendar.until
    assert until >= date(2026, 12, 31) and (until.month, until.day) == (12, 31)
    while day <= until:
        assert calendar.is_working(day) == is_workday(day), day
        day += timedelta(days=1)
    assert not calendar.knows(until + timedelta(days=1))
    assert calendar.knows(until)


def test_a_file_takes_days_away_and_gives_some_back(tmp_path: Path):
    """A day off that is worked after all, a working day that is off, and a year more."""
    base, year = published(), published().until.year + 1
    friday = next(day for day in _days(year) if day.weekday() == 4)
    saturday = friday + timedelta(days=1)
    festival = date(2026, 10, 1)
    text = f"until = {year}-12-31\noff = [{friday}, 2026-11-25]\nworked = [{saturday}, {festival}]\n"
    found = working_days(written(tmp_path, text))
    assert (base.is_working(friday), base.is_working(saturday), base.is_working(festival)) == (True, False, False)
    calendar = found.calendar
    assert (calendar.is_working(friday), calendar.is_working(saturday), calendar.is_working(festival)) == (
        False,
        True,
        True,
    )
    assert (base.is_working(date(2026, 11, 25)), calendar.is_working(date(2026, 11, 25))) == (True, False)
    assert calendar.until == date(year, 12, 31)
    assert f"until {year}-12-31" in found.origin and f"until {base.until}" in found.origin
    assert "2 days off and 2 worked ones" in found.origin


def test_a_shorter_file_does_not_shorten_the_table(tmp_path: Path):
    """It stays there from another year, and harms nothing."""
    assert working_days(written(tmp_path, "until = 2020-12-31\n")).calendar.until == published().until


def test_a_longer_table_changes_what_is_read(tmp_path: Path):
    """The same kept case, read twice: by weekdays and provisionally; then with the year's days off known, firmly and later."""
    year = published().until.year
    case, now = _case(Limit(10, LimitUnit.WORKING_DAYS), f"{year}1225"), parse_stamp(f"{year}1226", timedelta(hours=8))
    weekdays = [day for day in _days(year + 1) if day.weekday() < 5][:2]
    text = f"until = {year + 1}-12-31\noff = [{weekdays[0]}, {weekdays[1]}]\n"
    short, long = (
        Deadlines(working_days(file).calendar, {}, lambda: now.latest).of(case)
        for file in (None, written(tmp_path, text))
    )
    assert short and short.promised and short.promised.on and long and long.promised and long.promised.on
    assert (short.promised.provisional, long.promised.provisional) == (True, False)
    assert long.promised.on > short.promised.on


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("off = [2027-01-01", "Unclosed array"),
        ('off = ["2027-01-01"]', "off.0: expected a day such as 2027-01-01, without quotes"),
        ("off = [2027-01-01T00:00:00]", "off.0: expected a day such as 2027-01-01, without quotes"),
        ("off = 2027-01-01", "off: expected a list of days"),
        ("holidays = []", "holidays: expected until, off or worked"),
        ("off = [2027-01-01]\nworked = [2027-01-01]", "2027-01-01 is in off and in worked; expected in one of them"),
        ("until = 2099-12-31", "off: expected the days off of 2098, since until says that they are known"),
    ],
)
def test_a_bad_file_is_named_with_what_is_expected(tmp_path: Path, text: str, said: str):
    """At start, by the variable and the file."""
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        working_days(file)
    assert all(problem.startswith(f"TONGBAN_WORKING_DAYS names {file}: ") for problem in caught.value.problems)
    assert any(said in problem for problem in caught.value.problems), caught.value.problems


def test_a_file_that_is_not_there_is_a_bad_setting():
    """Said with all the others."""
    with pytest.raises(SettingsError, match="TONGBAN_WORKING_DAYS"):
        load_settings({"TONGBAN_WORKING_DAYS": "/nowhere/days.toml"})


def _days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=day) for day in range(14)]


def _case(limit: Limit, accepted: str) -> Case:
    at = parse_stamp(accepted, timedelta(hours=8)).at
    event = Event("A", "A", EventKind.ACCEPTED, at)
    known = knowledge_of(CaseObservation(Facts("N", "t", promised_limit=limit), (event,), 7, True))
    return case_of(UUID(int=1), "44", known, 7, False)
