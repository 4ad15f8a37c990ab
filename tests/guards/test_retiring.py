"""A release is retired by what servers counted of its calls."""

import asyncio
from pathlib import Path

import pytest

from app.clock import clock, today
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


SCHEMA = "mobile_contract/schema.graphql"
PAST = ("  p95: Int ", "2020-01-01")
TO_COME = ("  level: String! ", "2999-01-01")


def deprecated(line: str, sunset: str) -> tuple[str, str]:
    """The change of the schema that says so of a field."""
    return line, f'{line}@deprecated(reason: "It says too little. Use Case.stage instead. Sunset {sunset}.") '


def line_of(table: str, start: str) -> list[str]:
    """The cells after these, in the only line that begins so."""
    (found,) = [line for line in table.splitlines() if line.startswith(f"{start} ")]
    return found.removeprefix(start).split()


def fields(tree: Tree) -> dict[str, list[str]]:
    """The cells of each field in the table of them all."""
    run = contract(tree, "usage")
    assert run.returncode == 0, run.stderr
    _, _, table = run.stdout.partition("\n\n")
    return {name: cells for name, *cells in (line.split() for line in table.splitlines()[1:])}


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
    assert (second.returncode, "100.00% of its client's calls are its own" in second.stderr) == (2, True), second.stderr


@pytest.fixture
def drawer(shelved: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Tree, str]:
    """A tree with a release of one operation, and the database that its commands read."""
    monkeypatch.setenv("TONGBAN_DATABASE_URL", database := f"sqlite://{tmp_path}/counted.db")
    with shelved.planted({"one/OfADrawer.graphql": OF_A_DRAWER}):
        assert contract(shelved, "register", "drawer", "1.0", "one").returncode == 0
    return shelved, database


def test_a_field_may_go_that_nobody_uses(drawer: tuple[Tree, str]) -> None:
    """Neither by a call nor by a live release, and past its sunset if it has one; once each of thirty days was counted."""
    shelved, database = drawer
    with shelved.planted(shelved.with_text(SCHEMA, *(deprecated(*one) for one in (PAST, TO_COME)))):
        asyncio.run(called(database, range(29), 10_000, 5))
        assert {last for *_, last in fields(shelved).values()} == {"-"}
        asyncio.run(called(database, range(29, 30), 10_000, 0))
        found = fields(shelved)
    assert found["PlatformHealth.p95"] == ["0", "0.00%", "0", "0", "2020-01-01", "yes"]
    assert found["Platform.level"] == ["0", "0.00%", "0", "0", "2999-01-01", "-"]
    assert found["Licence.issuerCode"] == ["0", "0.00%", "0", "0", "-", "yes"]
    # Called; held by a release that nobody has opened yet; and of gateways, whose use no release tells.
    assert found["Licence.typeCode"] == ["145", "0.05%", "1", "1", "-", "-"]
    assert found["Case.applicant"] == ["0", "0.00%", "0", "1", "-", "-"]
    assert found["Party.id"] == ["0", "0.00%", "0", "0", "-", "-"]


def test_each_release_has_its_share(drawer: tuple[Tree, str]) -> None:
    """Of the calls of its client, as its retirement goes by; a retired one is not among them, from its day on."""
    shelved, database = drawer
    asyncio.run(called(database, range(1), 10_000, 100))
    asyncio.run(called(database, range(1), 990_000, 0, client="another"))
    assert line_of(contract(shelved, "usage").stdout, "drawer 1.0") == ["100", "1.00%"]
    assert line_of(contract(shelved, "usage", "Licence.typeCode").stdout, "drawer 1.0") == ["100", "0.01%"]
    ended = contract(shelved, *RETIRE[:-1], f"{today()}", "--unmeasured", "Its makers are no more.")
    assert ended.returncode == 0, ended.stderr
    assert "drawer 1.0" not in contract(shelved, "usage").stdout
    one = contract(shelved, "usage", "Licence.typeCode").stdout
    assert (line_of(one, "drawer"), "drawer 1.0" in one) == (["100", "0.01%"], False)
