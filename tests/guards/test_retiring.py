"""A release is retired by what servers counted of its calls."""

import asyncio
from pathlib import Path

import pytest

from app.clock import clock
from domain.tally import ALL
from domain.times import DAY, day_of
from mobile_contract.manifest import id_of
from store.calls import Calls
from store.database import open_database
from store.migrate import migrate
from tests.guards.copies import Tree
from tests.guards.test_releases import OF_A_DRAWER, contract, shelved

__all__ = ["shelved"]

RETIRE = ("retire", "drawer", "1.0", "--on", "2999-01-01")


async def called(database: str, days: range, all_calls: int, own: int, client: str = "drawer") -> None:
    """So many calls of a client on each of these days, counted back from today, so many of which are of the release."""
    async with open_database(database) as db:
        await migrate(db)
        counts = {(client, ALL): all_calls, (client, id_of(OF_A_DRAWER)): own}
        for ago in days:
            await Calls(db).add(day_of(clock()) - ago * DAY, counts)


def test_a_release_in_use_is_not_retired(shelved: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was not counted on every day is not either; one that is hardly called is, with what was counted kept.

    However few its client's calls are among all: they are all that its users have.
    """
    monkeypatch.setenv("TONGBAN_DATABASE_URL", database := f"sqlite://{tmp_path}/counted.db")
    (shelved.root / "drawer").mkdir(exist_ok=True)
    (shelved.root / "drawer/OfADrawer.graphql").write_text(OF_A_DRAWER)
    (shelved.root / "drawer/Other.graphql").write_text("query Other { viewer { displayName } }")
    assert contract(shelved, "register", "drawer", "1.0", "drawer").returncode == 0
    asyncio.run(called(database, range(29), 10_000, 5))
    asyncio.run(called(database, range(29), 10_000_000, 0, client="another"))
    early = contract(shelved, *RETIRE)
    assert (early.returncode, "on 29 of the last 30 days" in early.stderr) == (2, True), early.stderr
    asyncio.run(called(database, range(29, 30), 10_000, 9_990))
    text = contract(shelved, *RETIRE)
    assert (text.returncode, "were free text" in text.stderr) == (2, True), text.stderr


def test_what_was_counted_is_kept(shelved: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And two releases that hold the same do not excuse each other on one day."""
    monkeypatch.setenv("TONGBAN_DATABASE_URL", database := f"sqlite://{tmp_path}/counted.db")
    (shelved.root / "drawer").mkdir(exist_ok=True)
    (shelved.root / "drawer/OfADrawer.graphql").write_text(OF_A_DRAWER)
    for version in ("1.0", "1.1"):
        assert contract(shelved, "register", "drawer", version, "drawer").returncode == 0
    asyncio.run(called(database, range(30), 10_000, 10_000))
    first = contract(shelved, *RETIRE)
    assert first.returncode == 0, first.stderr
    rows = [line.split() for line in contract(shelved, "releases").stdout.splitlines()]
    (row,) = [one for one in rows if one[:2] == ["drawer", "1.0"]]
    assert row[-2:] == ["2999-01-01", "0.00%"]
    second = contract(shelved, "retire", "drawer", "1.1", "--on", "2999-01-01")
    assert (second.returncode, "100.00% of the live calls are its own" in second.stderr) == (2, True), second.stderr
