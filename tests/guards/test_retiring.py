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


async def called(database: str, days_ago: int, own: int) -> None:
    """Ten thousand calls on a day, so many of which are of the release."""
    async with open_database(database) as db:
        await migrate(db)
        counts = {("drawer", ALL): 10_000, ("drawer", id_of(OF_A_DRAWER)): own}
        await Calls(db).add(day_of(clock()) - days_ago * DAY, counts)


def test_a_release_in_use_is_not_retired(shelved: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody counted for thirty days is not either; one that is hardly called is, with what was counted kept."""
    monkeypatch.setenv("TONGBAN_DATABASE_URL", database := f"sqlite://{tmp_path}/counted.db")
    (shelved.root / "drawer").mkdir()
    (shelved.root / "drawer/OfADrawer.graphql").write_text(OF_A_DRAWER)
    assert contract(shelved, "register", "drawer", "1.0", "drawer").returncode == 0
    asyncio.run(called(database, 0, 5))
    early = contract(shelved, *RETIRE)
    assert (early.returncode, "30 days are looked at" in early.stderr) == (2, True), early.stderr
    asyncio.run(called(database, 40, 10_000))
    ended = contract(shelved, *RETIRE)
    assert ended.returncode == 0, ended.stderr
    (row,) = [line.split() for line in contract(shelved, "releases").stdout.splitlines() if line.startswith("drawer")]
    assert row[-2:] == ["2999-01-01", "0.05%"]
    asyncio.run(called(database, 3, 100))
    busy = contract(shelved, *RETIRE)
    assert (busy.returncode, "0.53% of the live calls are its own" in busy.stderr) == (2, True), busy.stderr
