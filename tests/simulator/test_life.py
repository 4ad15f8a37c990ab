"""A case moves on as cases do, and in no other way."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from simulator.personas import PERSONAS
from simulator.platform import ImpossibleError
from simulator.platform44.book import Book
from simulator.platform44.catalogue import ITEMS
from simulator.platform44.change import Change
from simulator.platform44.life import STEPS, natural, phase, take
from simulator.platform44.reception import receive

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def walked(*steps: str, item: str = "food") -> tuple[Book, Change]:
    """A fresh case after these steps, and the last change."""
    book = Book()
    case = receive(book, PERSONAS["lin"], ITEMS[item], NOW)
    change = Change(book, case, NOW)
    for step in steps:
        change = Change(book, case, NOW)
        take(change, step)
    return book, change


async def test_left_alone_a_case_is_granted_and_collected(tell: Any) -> None:
    """Without being told where to, a case is accepted, reviewed, granted, collected; then it is 409."""
    number = await tell.case("lin", "received")
    steps = [(await tell.post("/advance", case=number))["to"] for _ in range(4)]
    assert steps == ["accepted", "review", "granted", "collected"]
    assert "collected" in (await tell.post("/advance", case=number, status=409))["error"]


async def test_nonsense_is_explained(tell: Any) -> None:
    """An unknown case is 404, an impossible step 409, an unknown step or field 400, each with a text."""
    number = await tell.case("lin", "received")
    assert "no case" in (await tell.post("/advance", case="none", status=404))["error"]
    assert "cannot follow" in (await tell.post("/advance", case=number, to="collected", status=409))["error"]
    assert "expected" in (await tell.post("/advance", case=number, to="sideways", status=400))["error"]
    assert "expected" in (await tell.post("/advance", status=400))["error"]
    assert "expected" in (await tell.post("/advance", case=number, too="granted", status=400))["error"]


async def test_an_impossible_step_changes_nothing(tell: Any, ask: Any) -> None:
    """After a refused step the case is as it was, and no event was made."""
    number = await tell.case("lin", "received")
    before = await ask("cases/get", PROJECT_NO=number)
    await tell.post("/advance", case=number, to="resume", status=409)
    assert await ask("cases/get", PROJECT_NO=number) == before
    assert await tell.get("/events") == []


async def test_a_granted_case_issues_a_licence(tell: Any, everything: Any) -> None:
    """Granting an item that leads to a licence adds the licence and a second event."""
    number = await tell.case("lin", "received")
    for _ in range(2):
        await tell.post("/advance", case=number)
    granted = await tell.post("/advance", case=number, to="granted")
    assert len(granted["events"]) == 2
    licence = (await everything("licences", "lin"))[0]
    assert licence["PROJECT_NO"] == number
    case = next(one for one in await everything("cases", "lin") if one["ACCEPT"]["PROJECT_NO"] == number)
    assert case["RESULT"][0]["LICENCE_NO"] == licence["ZZBH"]


def test_annulment_revokes_the_licence() -> None:
    """Annulling a result writes a result of type 9 and revokes the licence that came of it."""
    book, change = walked("accepted", "review", "granted", "annulled")
    assert change.case.rows["RESULT"][-1]["RESULT_TYPE"] == "9"
    assert [one.row["STATE"] for one in book.licences] == ["3"]
    assert change.licences == book.licences


@pytest.mark.parametrize("step", STEPS)
def test_a_step_follows_only_what_it_may(step: str) -> None:
    """From every phase a step is either among those allowed, or refused with nothing written."""
    for path in _PATHS:
        _, change = walked(*path)
        before = repr(change.case)
        if phase(change.case) in STEPS[step].after:
            take(change, step)
            assert repr(change.case) != before
        else:
            with pytest.raises(ImpossibleError):
                take(change, step)
            assert repr(change.case) == before


def test_a_life_by_itself_always_ends() -> None:
    """From every phase the natural steps lead to an end within ten, without a refusal."""
    for path in _PATHS:
        book, change = walked(*path)
        for _ in range(10):
            try:
                step = natural(change.case)
            except ImpossibleError:
                break
            take(Change(book, change.case, NOW), step)
        assert phase(change.case) in ("collected", "refused", "withdrawn", "lapsed")


def test_what_happens_later_is_dated_later() -> None:
    """Steps within one second are still dated one after the other."""
    book, change = walked()
    times = []
    for step in ("accepted", "correction", "corrected", "review", "granted", "reopened", "review", "refused"):
        change = Change(book, change.case, NOW)
        take(change, step)
        times.append(change.at)
    assert all(earlier < later for earlier, later in pairwise(times))


_PATHS = (
    (),
    ("accepted",),
    ("accepted", "review"),
    ("accepted", "correction"),
    ("accepted", "visit"),
    ("accepted", "material"),
    ("accepted", "special"),
    ("accepted", "review", "granted"),
    ("accepted", "review", "granted", "collected"),
    ("accepted", "review", "refused"),
    ("accepted", "review", "granted", "annulled"),
    ("accepted", "correction", "lapsed"),
    ("withdrawn",),
    ("accepted", "review", "material", "visit"),
    ("accepted", "review", "refused", "reopened"),
)
