"""Migrations that do what they must not are stopped with a sentence, and what was there is there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import dialect_of, file_of, open_database
from store.migrate import MigrationStopped, SchemaState
from store.shape import shape_of
from store.upgrade import outstanding, upgrade
from tests.contract.older import OTHER_ROWS, Older, kept, older, plant, rows_at
from tests.contract.store_world import NOW
from tests.databases import KINDS, empty_database

VERSION = (
    "    locale = fields.CharField(8)\n",
    "    locale = fields.CharField(8)\n    version = fields.CharField(32, null=True)\n",
)
INDEXED = (VERSION[0], VERSION[1].replace("null=True", "null=True, db_index=True"))
WIDER_AND_BACK = """operations = [
    ops.AlterField("{0}", "{1}", fields.CharField(max_length=99)),
    ops.AlterField("{0}", "{1}", fields.CharField(max_length={2})),
]"""

BAD = {
    "rows": ("operations = [ops.RunSQL('DELETE FROM contact')]", (), rf"loses rows: contact had {OTHER_ROWS} rows and has 0\."),
    "a table": ("operations = [ops.DeleteModel('ContactRow')]", (), rf"loses rows: contact had {OTHER_ROWS} rows and has 0\."),
    "an index of a new field": (
        "operations = [ops.AddField('DeviceRow', 'version', fields.CharField(max_length=32, null=True, db_index=True))]",
        (INDEXED,),
        r"index \S+ of device .*\(version\) is missing",
    ),
    "a column too many": (
        "operations = [ops.AddField('DeviceRow', 'extra', fields.CharField(max_length=8, null=True))]",
        (),
        r"column device\.extra is (VARCHAR|character varying)\(8\), not absent",
    ),
    "a column too few": ("operations = []", (VERSION,), r"column device\.version is missing, not "),
    "another type": (
        "operations = [ops.AlterField('DeviceRow', 'locale', fields.CharField(max_length=9))]",
        (),
        r"column device\.locale is \S+( varying)?\(9\) NOT NULL, not \S+( varying)?\(8\) NOT NULL",
    ),
    "an error in the middle": (
        "operations = [ops.RunSQL('CREATE TABLE half (id INT)'), ops.RunSQL('UPDATE nowhere SET x = 1')]",
        (),
        r"_planted failed: OperationalError: .*nowhere",
    ),
    "a table too many, outside a transaction": (
        "atomic = False\noperations = [ops.RunSQL('CREATE TABLE IF NOT EXISTS half (id INT)')]",
        (),
        r"table half should not be there",
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Older]:
    """A filled database of the first schema, of each kind."""
    async with empty_database(request.param, tmp_path) as url:
        yield await older(request.param, url, tmp_path)


@pytest.mark.parametrize("what", BAD)
async def test_what_goes_wrong_is_stopped(old: Older, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str):
    """No version starts on it; every row is there; and with the right migrations it goes on.

    "an index of a new field": a trap of Tortoise 1.1. Where this fails, AddField makes the index, and docs/adr/0003 can change.
    """
    body, models, said = BAD[what]
    with monkeypatch.context() as here:
        plant(here, tmp_path, body, *models)
        with pytest.raises(MigrationStopped, match=said) as stopped:
            await upgrade(old.url, NOW)
        assert (await outstanding(old.url))[0] is SchemaState.BEHIND
    assert kept(old.rows, await rows_at(old.url))
    if dialect_of(old.url) == "sqlite":
        assert str(stopped.value).endswith("test.db is as it was.")
        assert await rows_at(old.url) == old.rows
        assert not list(file_of(old.url).parent.glob("*.migrating*"))
    if "atomic = False" in body and dialect_of(old.url) == "postgres":
        async with open_database(old.url) as db:
            await db.rows("DROP TABLE half")
    await upgrade(old.url, NOW)
    assert kept(old.rows, await rows_at(old.url))
    assert (await outstanding(old.url))[0] is SchemaState.CURRENT


async def test_rows_may_go_where_the_migration_says_why(old: Older, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Those of the tables it names, and the report counts them."""
    body = 'loses = {"contact": "platforms are asked anew"}\noperations = [ops.RunSQL("DELETE FROM contact")]'
    plant(monkeypatch, tmp_path, body)
    report = await upgrade(old.url, NOW)
    assert f"contact had {OTHER_ROWS} rows, and has 0." in report.lines()
    assert (await outstanding(old.url))[0] is SchemaState.CURRENT


async def test_an_index_that_a_rebuild_lost_is_made_again(old: Older, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A trap of Tortoise 1.1: SQLite's editor rebuilds a table without its indexes. If nothing is restored the trap is gone."""
    plant(monkeypatch, tmp_path, WIDER_AND_BACK.format("CaseRow", "outcome", 16))
    async with open_database(old.url) as db:
        indexes = {name for table, name, _ in (await shape_of(db)).indexes if table == "case_index" and name}
    report = await upgrade(old.url, NOW)
    restored = set(report.applied[-1].restored)
    assert restored >= indexes if dialect_of(old.url) == "sqlite" else restored == set()
    assert all(f"Index {name} was lost and made again." in report.lines() for name in restored)
    assert kept(old.rows, await rows_at(old.url))
    async with open_database(old.url) as db:
        assert indexes <= (await shape_of(db)).definitions.keys()


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
async def test_a_unique_constraint_that_a_rebuild_lost_is_a_stop(
    old: Older, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """A trap of Tortoise 1.1: SQLite's editor forgets `unique_together`. Where no error is raised the trap is gone."""
    plant(monkeypatch, tmp_path, WIDER_AND_BACK.format("DeviceRow", "locale", 8))
    said = r"the unique index of device \(channel, client, token_hash\) is missing"
    with pytest.raises(MigrationStopped, match=said):
        await upgrade(old.url, NOW)
    assert await rows_at(old.url) == old.rows


async def test_a_unique_constraint_can_be_made_again(old: Older, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """As the recipe tells: by the name that it has on PostgreSQL, where it was not lost and nothing is done."""
    made = 'ops.RunSQL("CREATE UNIQUE INDEX IF NOT EXISTS uid_device_channel_166315 ON device (channel, client, token_hash)")'
    plant(monkeypatch, tmp_path, WIDER_AND_BACK.format("DeviceRow", "locale", 8).removesuffix("]") + f"    {made},\n]")
    await upgrade(old.url, NOW)
    assert kept(old.rows, await rows_at(old.url))


async def test_a_new_column_and_its_index_come(old: Older, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What the recipe tells: the column nullable, the index by an operation of its own."""
    body = """operations = [
    ops.AddField("DeviceRow", "version", fields.CharField(max_length=32, null=True)),
    ops.AddIndex("DeviceRow", Index(fields=["version"], name="idx_device_version")),
]"""
    index = 'Index(fields=("party_id",), name="idx_device_party"),'
    more = (index, f'{index}\n            Index(fields=("version",), name="idx_device_version"),')
    plant(monkeypatch, tmp_path, f"from tortoise.indexes import Index\n{body}", VERSION, more)
    report = await upgrade(old.url, NOW)
    assert (report.applied[-1].restored, report.found) == ((), SchemaState.BEHIND)
    assert kept(old.rows, await rows_at(old.url))
