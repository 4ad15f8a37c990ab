"""Traps of Tortoise 1.1's migrations on which store/migrate.py, swap.py and upgrade.py rest. A failure here: the trap is gone.

Those that need a planted migration are in test_planted_migrations.py: the index of a new field, and what a rebuild forgets.
"""

from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from store.database import Database, apps_of, open_database
from store.migrate import SchemaState, migrate, schema_state
from tests.contract.older import plant
from tests.databases import KINDS, empty_database

REBUILD = "operations = [ops.AlterField('PartyRow', 'unread', fields.BigIntField())]"


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
async def test_a_rebuild_takes_the_rows_that_refer_to_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, foreign_keys: str
):
    """SQLite, Tortoise's default of foreign keys on: DROP TABLE follows the cascade. So they are off while we migrate."""
    url = f"sqlite://{tmp_path}/x.db?foreign_keys={foreign_keys}"
    async with open_database(url) as db:
        await migrate(db)
        await db.rows("CREATE TABLE child (id INT, party_id CHAR(36) REFERENCES party (id) ON DELETE CASCADE)")
        await db.rows(
            "INSERT INTO party (id, person_key, seq, unread, created_us, sealed, key_id) VALUES ('p', 'k', 1, 0, 1, x'00', 'k1')"
        )
        await db.rows("INSERT INTO child VALUES (1, 'p'), (2, 'p')")
        plant(monkeypatch, tmp_path, REBUILD)
        await MigrationExecutor(db.connection, apps_of("sqlite")).migrate(direction="forward")
        (left,) = await db.rows("SELECT COUNT(*) AS many FROM child")
        assert left["many"] == (0 if foreign_keys == "ON" else 2)


@pytest.mark.parametrize("kind", KINDS)
async def test_there_is_no_lock_and_the_record_comes_late(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Between a migration and its record a second runner sees it as pending, does it again and fails. So we lock and record."""
    async with empty_database(kind, tmp_path) as url, open_database(url) as db:
        real, met = MigrationRecorder.record_applied, list[str]()

        async def meet(recorder: MigrationRecorder, app: str, name: str) -> None:
            with monkeypatch.context() as here:
                here.setattr(MigrationRecorder, "record_applied", real)
                with pytest.raises(
                    OperationalError, match=r"already exists|no such index|does not exist|duplicate column"
                ):
                    await MigrationExecutor(db.connection, apps_of(kind)).migrate(direction="forward")
            met.append(name)
            await real(recorder, app, name)

        monkeypatch.setattr(MigrationRecorder, "record_applied", meet)
        await MigrationExecutor(db.connection, apps_of(kind)).migrate(direction="forward")
        assert met[0] == "0001_initial"
        assert await schema_state(db) is SchemaState.CURRENT


async def test_a_script_commits_on_sqlite(tmp_path: Path):
    """Tortoise migrates by scripts: half of a migration that fails would stay. So we change a copy."""
    async with open_database(f"sqlite://{tmp_path}/x.db") as db:
        assert await _left_of_a_failed_transaction(db) == [{"name": "half"}]


async def test_a_script_does_not_commit_on_postgresql(tmp_path: Path):
    """There a migration is undone as a whole, and its checks stand inside."""
    async with empty_database("postgres", tmp_path) as url, open_database(url) as db:
        assert await _left_of_a_failed_transaction(db) == []


async def _left_of_a_failed_transaction(db: Database) -> list[dict[str, str]]:
    with pytest.raises(ZeroDivisionError):
        await _fail_after_a_script(db)
    table = "SELECT name FROM sqlite_master WHERE name = 'half'"
    if db.dialect == "postgres":
        table = "SELECT tablename AS name FROM pg_tables WHERE tablename = 'half'"
    return await db.rows(table)


async def _fail_after_a_script(db: Database) -> None:
    async with in_transaction(db.dialect) as connection:
        await connection.execute_script("CREATE TABLE half (id INT)")
        raise ZeroDivisionError
