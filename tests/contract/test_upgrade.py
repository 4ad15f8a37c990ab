"""Upgrading a filled database of the first schema: nothing is lost, whoever else runs and wherever it is killed."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from domain.job import JobKind
from domain.page import Page
from store import upgrade as upgrades
from store.database import Database, apps_of, dialect_of, file_of, open_database
from store.jobs import Jobs
from store.lock import exclusive
from store.migrate import MigrationStopped, SchemaState
from store.shape import HISTORY, shape_of
from store.store import store_of
from store.swap import take_place
from store.upgrade import SERVERS_FIRST, Report, outstanding, upgrade
from tests.contract.older import FIRST, PARTIES, SEALER, Older, kept, older, rows_at
from tests.contract.store_world import NOW
from tests.databases import KINDS, empty_database

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=KINDS)
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Older]:
    """A filled database of the first schema, of each kind."""
    async with empty_database(request.param, tmp_path) as url:
        yield await older(request.param, url, tmp_path)


def beside(url: str) -> list[str]:
    """What stands beside a SQLite file, without locks."""
    file = file_of(url)
    return sorted(one.name for one in file.parent.glob(f"{file.name}.*") if one.suffix != ".lock")


async def test_every_row_is_there_after_it(old: Older):
    """To the byte, sealed or not; and this version's store reads its pages."""
    state, names = await outstanding(old.url)
    assert state is SchemaState.BEHIND and len(names) >= 1 and FIRST not in names
    report = await upgrade(old.url, NOW)
    assert (report.found, [one.name for one in report.applied]) == (SchemaState.BEHIND, names)
    assert report.applied[0].before == {table: len(rows) for table, rows in old.rows.items()}
    assert kept(old.rows, await rows_at(old.url))
    async with open_database(old.url) as db:
        store = store_of(db, SEALER)
        assert len((await store.cases.page(old.grant, Page(20, None), None))[0]) == 5
        assert len((await store.licences.page(old.grant, Page(20, None)))[0]) == 1
        assert len((await store.notifications.page(old.grant, Page(20, None), None))[0]) == 2
        assert len(await store.outbox.lease("one", NOW, NOW + 1, 100)) == PARTIES


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_sweep_would_have_linked_has_a_job(kind: str, tmp_path: Path):
    """Of each party for whom events wait: one, due when the sweep was. The sweep's own job is gone."""
    async with empty_database(kind, tmp_path) as url:
        async with open_database(url) as db:
            executor = MigrationExecutor(db.connection, apps_of(db.dialect))
            await executor.migrate([MigrationTarget("store", "0005_process_health")], direction="forward")
            await db.rows(
                "INSERT INTO job (id, kind, platform, due_us, failures, fence, lease, lease_until_us) "
                "VALUES ($1, 'sweep', '', $2, 0, 0, '', 0)",
                *(uuid4(), NOW - 7),
            )
            parties = [await _party_of(db, key) for key in ("waits", "waits for nothing")]
            for number, key in enumerate(("waits", "waits", "nobody")):
                await db.rows(
                    "INSERT INTO platform_event (id, platform, event_id, digest, state, problem, person_key, received_us, "
                    "sealed, key_id) VALUES ($1, '44', $2, '', 'unlinked', '', $3, 0, $4, 'k1')",
                    *(uuid4(), str(number), key, b""),
                )
        assert (await upgrade(url, NOW)).applied[0].name == "0006_linking_by_party"
        async with open_database(url) as db:
            await Jobs(db).schedule(JobKind.LINK, NOW, parties[0])
            (job,) = await Jobs(db).lease(JobKind.LINK, "one", NOW, NOW + 1, 10)
            assert (job.party_id, job.due) == (parties[0], NOW - 7)
            assert await db.rows("SELECT id FROM job WHERE kind <> 'link'") == []


async def _party_of(db: Database, person_key: str) -> UUID:
    party_id = uuid4()
    await db.rows(
        "INSERT INTO party (id, person_key, seq, unread, created_us, sealed, key_id) VALUES ($1, $2, 0, 0, 0, $3, 'k1')",
        *(party_id, person_key, b""),
    )
    return party_id


async def test_a_second_run_finds_it_done(old: Older):
    """It compares the schema, and changes nothing."""
    await upgrade(old.url, NOW)
    before = await rows_at(old.url)
    report = await upgrade(old.url, NOW)
    assert (report.found, report.applied, report.backup) == (SchemaState.CURRENT, (), None)
    assert await rows_at(old.url) == before


async def test_what_differs_in_a_current_database_is_named(old: Older):
    """Also where no migration did it: somebody dropped an index."""
    await upgrade(old.url, NOW)
    async with open_database(old.url) as db:
        await db.rows("DROP INDEX idx_case_page")
        await db.rows("ALTER TABLE device ADD COLUMN extra INT")
    with pytest.raises(MigrationStopped) as stopped:
        await upgrade(old.url, NOW)
    assert "index idx_case_page of case_index" in str(stopped.value)
    assert "column device.extra is " in str(stopped.value)


async def test_the_report_says_what_was_done(old: Older):
    """Migrations, rows of each table, and on SQLite the backup."""
    report = await upgrade(old.url, NOW)
    lines = report.lines()
    assert lines[0].startswith("Applied 0002_") and f"party {PARTIES}" in lines[0]
    assert lines[-1] == "Checked: tables, columns and indexes are what the models say."
    assert any(line.startswith("Before: ") for line in lines) == (dialect_of(old.url) == "sqlite")


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
async def test_the_backup_is_the_file_as_it_was(old: Older):
    """Named after the first migration and the time; opened as a database it holds the old schema and its rows."""
    file = file_of(old.url)
    file.chmod(0o640)
    backup = (await upgrade(old.url, NOW)).backup
    assert backup and backup.name == f"{file.name}.before-0002.20260921T141320Z"
    assert beside(old.url) == [backup.name]
    assert await rows_at(f"sqlite://{backup}") == old.rows
    assert file.stat().st_mode & 0o777 == 0o640
    await asyncio.to_thread(os.replace, backup, file)
    assert (await outstanding(old.url))[0] is SchemaState.BEHIND
    assert kept(old.rows, await rows_at(old.url))


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
async def test_what_was_written_last_is_migrated_too(old: Older):
    """A server that was killed left its last rows in the journal beside the file."""
    with closing(sqlite3.connect(file_of(old.url))) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("UPDATE party SET seq = 4711")
        other.commit()
        journal, main = [file_of(old.url).with_name(f"test.db{end}").read_bytes() for end in ("-wal", "")]
    assert len(journal) > 0
    file_of(old.url).write_bytes(main)
    file_of(old.url).with_name("test.db-wal").write_bytes(journal)
    await upgrade(old.url, NOW)
    assert {row["seq"] for row in (await rows_at(old.url))["party"]} == {4711}


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
async def test_a_program_that_has_the_file_open_is_waited_out_and_named(old: Older):
    """Its writes would be lost with the file that it holds."""
    with closing(sqlite3.connect(file_of(old.url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE party SET unread = 9")
        with pytest.raises(MigrationStopped, match=r"Some program has .*test\.db open"):
            await upgrade(old.url, NOW)
        other.execute("ROLLBACK")
    assert await rows_at(old.url) == old.rows and beside(old.url) == []


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
async def test_a_full_disk_is_said_before(old: Older, monkeypatch: pytest.MonkeyPatch):
    """With what is free and what is needed."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1024**2}))
    with pytest.raises(
        MigrationStopped, match=r"has 1 MB free, and migrating needs \d+ MB\. .*test\.db is as it was\."
    ):
        await upgrade(old.url, NOW)
    assert await rows_at(old.url) == old.rows and beside(old.url) == []


def test_a_copy_with_a_journal_does_not_take_the_place(tmp_path: Path):
    """What is in the journal would stay behind."""
    for name in ("x.db", "x.db.migrating", "x.db.migrating-wal"):
        (tmp_path / name).write_text(name)
    with pytest.raises(MigrationStopped, match="was not folded"):
        take_place(tmp_path / "x.db.migrating", tmp_path / "x.db", None)
    assert (tmp_path / "x.db").read_text() == "x.db"


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
async def test_a_damaged_file_is_said_and_kept(old: Older):
    """Before anything is copied."""
    file, page = file_of(old.url), 4096
    with file.open("r+b") as handle:
        handle.seek(-3 * page, os.SEEK_END)
        handle.write(os.urandom(2 * page))
    before = file.read_bytes()
    with pytest.raises(MigrationStopped, match=r"test\.db is damaged"):
        await upgrade(old.url, NOW)
    assert file.read_bytes()[page:] == before[page:] and beside(old.url) == []


async def test_a_database_that_is_served_is_left_alone(old: Older):
    """The sentence says what to stop."""
    async with exclusive(old.url, "serve", wait=False):
        with pytest.raises(MigrationStopped) as stopped:
            await upgrade(old.url, NOW)
    assert str(stopped.value) == SERVERS_FIRST
    assert await rows_at(old.url) == old.rows


@pytest.mark.parametrize("old", ["postgres"], indirect=True)
async def test_a_table_in_use_is_not_waited_for_for_ever(old: Older, monkeypatch: pytest.MonkeyPatch):
    """Somebody's transaction holds it; the run says so, and can be repeated."""
    monkeypatch.setattr("store.migrate.LOCK_TIMEOUT_S", 1)
    other = await asyncpg.connect(old.url)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE case_index IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(MigrationStopped, match=r"LockNotAvailable|lock timeout"):
                await upgrade(old.url, NOW)
    finally:
        await other.close()
    assert (await upgrade(old.url, NOW)).found is SchemaState.BEHIND
    assert kept(old.rows, await rows_at(old.url))


@pytest.mark.parametrize("old", ["postgres"], indirect=True)
async def test_servers_get_time_to_notice(old: Older, monkeypatch: pytest.MonkeyPatch):
    """One that was cut off and does not know it finds its lock held, and the database as it was, for as long as was said."""
    begun = asyncio.Event()
    migrated = upgrades._in_place

    async def watched(*arguments: Any) -> Report:
        begun.set()
        return await migrated(*arguments)

    monkeypatch.setattr(upgrades, "_in_place", watched)
    running = asyncio.create_task(upgrade(old.url, NOW, 3600))
    other = await asyncpg.connect(old.url)
    try:
        ours = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        async with asyncio.timeout(10):
            while await other.fetchval(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {ours}") < 2:
                await asyncio.sleep(0.01)
        # Migrating may take longer than a test would wait, so it is its beginning that is looked for.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(begun.wait(), 0.5)
        assert await other.fetchval(f"SELECT array_agg(name::text) FROM {HISTORY}") == [FIRST]
        running.cancel()
        await asyncio.wait({running})
    finally:
        await other.close()
    assert (await upgrade(old.url, NOW)).found is SchemaState.BEHIND


@pytest.mark.parametrize("old", ["postgres"], indirect=True)
async def test_the_fresh_schema_leaves_nothing(old: Older):
    """It is laid out in the same database, in a transaction that is undone."""
    await upgrade(old.url, NOW)
    async with open_database(old.url) as db:
        assert await db.rows("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'tongban%'") == []
        assert "party" in (await shape_of(db)).tables


RUN = """
import asyncio, os, pkgutil, signal, sys
from store.upgrade import upgrade

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def kill(place, when):
    owner, _, name = place.rpartition(".")
    owner = pkgutil.resolve_name(owner)
    real = getattr(owner, name)
    def after(*a, **k):
        real(*a, **k)
        die()
    async def afterwards(*a, **k):
        await real(*a, **k)
        die()
    setattr(owner, name, die if when == "before" else afterwards if asyncio.iscoroutinefunction(real) else after)

url, *point = sys.argv[1:]
if point:
    kill(*point)
print(asyncio.run(upgrade(url, 1)).found.value)
"""


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *arguments, cwd=ROOT, stdout=pipe, stderr=pipe
    )


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("kind", KINDS)
async def test_of_three_runners_one_does_it(kind: str, filled: bool, tmp_path: Path):
    """The others wait, and find it done; on a filled database and on an empty one."""
    async with empty_database(kind, tmp_path) as url:
        old = await older(kind, url, tmp_path) if filled else None
        runners = [await start(url) for _ in range(3)]
        ended = await asyncio.gather(*(runner.communicate() for runner in runners))
        first = "behind" if filled else "empty"
        assert sorted(out.decode().strip() for out, _ in ended) == sorted([first, "current", "current"]), ended
        assert old is None or kept(old.rows, await rows_at(url))
        assert (await outstanding(url))[0] is SchemaState.CURRENT


POINTS = [
    ("sqlite", "store.upgrade.copy_into", "before"),
    ("sqlite", "store.upgrade.copy_into", "after"),
    ("both", "store.migrate._require_rows", "before"),
    ("both", "store.migrate.require_shape", "after"),
    ("both", "store.migrate:MigrationRecorder.record_applied", "before"),
    ("both", "store.migrate:MigrationRecorder.record_applied", "after"),
    ("sqlite", "store.upgrade._require_sound", "after"),
    ("sqlite", "os.link", "before"),
    ("sqlite", "os.link", "after"),
    ("sqlite", "os.replace", "after"),
]


@pytest.mark.parametrize(
    ("kind", "place", "when"),
    [(kind, place, when) for only, place, when in POINTS for kind in KINDS if only in (kind, "both")],
)
async def test_a_run_that_is_killed_is_simply_repeated(kind: str, place: str, when: str, tmp_path: Path):
    """Wherever it was: no row is missing before the second run or after it, and nothing unfinished stays."""
    async with empty_database(kind, tmp_path) as url:
        old = await older(kind, url, tmp_path)
        runner = await start(url, place, when)
        _, said = await runner.communicate()
        assert runner.returncode == -signal.SIGKILL, said
        state = SchemaState.CURRENT if place == "os.replace" else SchemaState.BEHIND
        assert (await outstanding(url))[0] is state
        assert kept(old.rows, await rows_at(url))
        await _unlocked(url)
        assert (await upgrade(url, NOW)).found is state
        assert kept(old.rows, await rows_at(url))
        assert (await outstanding(url))[0] is SchemaState.CURRENT
        assert len(beside(url)) == (1 if kind == "sqlite" else 0)


async def _unlocked(url: str) -> None:
    """PostgreSQL learns of a client's death a moment later."""
    if dialect_of(url) == "sqlite":
        return
    async with open_database(url) as db, asyncio.timeout(10):
        ours = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database "
        while await db.rows(f"{ours} WHERE datname = current_database())"):
            await asyncio.sleep(0.01)


async def test_what_a_footprint_rests_on_is_worked_out_of_the_rows(old: Older):
    """How many rows a platform holds; and what was proved counts as proved long ago, so that it is asked anew."""
    async with open_database(old.url) as db:
        await db.rows("DELETE FROM contact WHERE platform = '44'")
        for noun, platform in product(("cases", "licences"), ("44", "99")):
            await db.rows(
                "INSERT INTO contact (id, party_id, noun, platform, asked_us, answered_us, full_us, trouble, fingerprint, "
                "truncated) VALUES ($1, $2, $3, $4, 5, 5, 5, '', 'f', FALSE)",
                *(uuid4(), old.grant.party_id, noun, platform),
            )
    await upgrade(old.url, NOW)
    after = await rows_at(old.url)
    assert {row["absent_us"] for row in after["contact"] if row["platform"] == "99"} == {5}
    assert all(row["held"] for row in after["contact"] if row["platform"] == "44")
    tables = {"cases": "case_index", "licences": "licence_index"}
    for row in after["contact"]:
        held = sum(
            (one["party_id"], one["platform"], bool(one["retired"])) == (row["party_id"], row["platform"], False)
            for one in after[tables.get(row["noun"], "device")]
            if "retired" in one
        )
        proved = not held and not row["trouble"] and not row["truncated"] and row["answered_us"] > 0
        assert row["held"] == (held if row["noun"] in tables else 0)
        assert row["absent_us"] == (row["answered_us"] if proved else 0)
