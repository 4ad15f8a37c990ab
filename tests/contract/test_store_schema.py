"""The schema on each database: migrations make what the models say, once, and queries find their indexes."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise import Tortoise
from tortoise.exceptions import OperationalError
from tortoise.migrations.autodetector import MigrationAutodetector

from domain.page import Page, Place
from store.database import Database, Session, StoreRefused, StoreUnavailable, dialect_of, open_database, tortoise_config
from store.lock import Held, exclusive
from store.migrate import MigrationRefused, SchemaState, migrate, schema_state
from store.sealing import Sealer
from store.set_aside import Kind, Which
from store.shape import differences, shape_of
from store.store import Store, store_of
from store.upgrade import upgrade
from tests.contract.older import SEALER
from tests.contract.store_world import NOW, SECRET, case, due, keep, licence, news, party, registered
from tests.databases import KINDS, empty_database

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
async def test_migrations_make_the_schema_of_the_models(kind: str, tmp_path: Path):
    """Tables, columns and indexes; where migrations lose one, tests on a generated schema would never see it."""
    shapes = []
    for way in ("migrated", "generated"):
        (folder := tmp_path / way).mkdir()
        async with empty_database(kind, folder) as url, open_database(url) as db:
            await (migrate(db) if way == "migrated" else Tortoise.generate_schemas(safe=False))
            shapes.append(await shape_of(db))
    assert differences(*shapes) == []
    assert len(shapes[0].columns) > 50 and len(shapes[0].indexes) > 15


async def test_there_is_nothing_to_migrate(tmp_path: Path):
    """The models say what the migrations on disk end in."""
    url = f"sqlite://{tmp_path}/x.db"
    async with open_database(url):
        apps = tortoise_config(url)["apps"]
        assert await MigrationAutodetector(Tortoise.apps, apps).changes() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_database_of_a_newer_version_is_refused(kind: str, tmp_path: Path):
    """It has had a migration that is not on disk; nothing is done."""
    async with empty_database(kind, tmp_path) as url:
        assert (await upgrade(url, NOW)).found is SchemaState.EMPTY
        async with open_database(url) as db:
            assert await schema_state(db) is SchemaState.CURRENT
            await db.rows(
                "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('store', '9999_ahead', CURRENT_TIMESTAMP)"
            )
        with pytest.raises(MigrationRefused) as refused:
            await upgrade(url, NOW)
        assert refused.value.state is SchemaState.FOREIGN


@pytest.mark.parametrize("kind", KINDS)
async def test_a_foreign_database_is_refused_and_left_alone(kind: str, tmp_path: Path):
    """Somebody else's tables are there; none of ours is added."""
    async with empty_database(kind, tmp_path) as url:
        async with open_database(url) as db:
            await db.rows("CREATE TABLE theirs (id INT)")
        with pytest.raises(MigrationRefused) as refused:
            await upgrade(url, NOW)
        assert refused.value.state is SchemaState.FOREIGN
        async with open_database(url) as db:
            assert (await shape_of(db)).tables == {"theirs"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_named_lock_is_held_by_one(kind: str, tmp_path: Path):
    """Another finds it held or waits; a lock of another name is another lock."""
    async with empty_database(kind, tmp_path) as url:
        async with exclusive(url, "one", wait=True), exclusive(url, "two", wait=False):
            with pytest.raises(Held):
                async with exclusive(url, "one", wait=False):
                    pass
        async with exclusive(url, "one", wait=False):
            pass


@pytest.mark.parametrize("url", ["sqlite:///nowhere/at/all.db", "postgres://nobody@127.0.0.1:9/none"])
async def test_no_database_is_unavailable(url: str):
    """By one name, whichever kind it is."""
    before = set(threading.enumerate())
    with pytest.raises(StoreUnavailable):
        async with open_database(url):
            pass
    # aiosqlite's thread still reports to this loop that it stops: the loop must not be closed before.
    for thread in [one for one in threading.enumerate() if one not in before]:
        await asyncio.to_thread(thread.join, 5)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite://a/b.db", "sqlite://a/b.db"),
        ("postgres://u:p@h/n", "postgres://u:p@h/n?command_timeout=10"),
        ("postgres://u:p[@h/n?ssl=require", "postgres://u:p[@h/n?ssl=require&command_timeout=10"),
        ("postgres://u:p@h/n?command_timeout=3", "postgres://u:p@h/n?command_timeout=3"),
    ],
)
def test_a_statement_has_a_time_limit(given: str, used: str):
    """On a server; the URL may say another."""
    assert tortoise_config(given)["connections"] == {dialect_of(given): used}


async def test_a_statement_that_takes_too_long_is_unavailable(tmp_path: Path):
    """Alone and in a transaction; the connection is good for the next one."""
    async with empty_database("postgres", tmp_path) as url, open_database(f"{url}?command_timeout=0.2") as db:
        with pytest.raises(StoreUnavailable):
            await db.rows("SELECT pg_sleep(5)")
        with pytest.raises(StoreUnavailable):
            async with db.transaction() as session:
                await session.rows("SELECT pg_sleep(5)")
        await db.check()


async def test_what_is_personal_is_sealed_in_the_database(store: Store, tmp_path: Path):
    """No column of any table holds it, in no form: names, titles, tokens, arguments, bodies."""
    grant = await party(store)
    await keep(store, grant, case(), licence(), news())
    await due(store, grant)
    device = await store.devices.register(grant, "app", "fcm", SECRET, "en", NOW)
    assert (await registered(store, grant, device.id)).token == SECRET
    for table in ("party", "case_index", "licence_index", "notification", "device", "delivery", "contact"):
        for row in await store.db.rows(f"SELECT * FROM {table}"):
            for value in row.values():
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert SECRET.encode() not in raw and b"secret" not in raw


PLANS = {
    "a page of cases": ("idx_case_page", lambda store, grant, page: store.cases.page(grant, page, None)),
    "a page of licences": ("idx_licence_page", lambda store, grant, page: store.licences.page(grant, page)),
    "a page of the inbox": (
        "idx_notification_page", lambda store, grant, page: store.notifications.page(grant, page, None),
    ),
    "the unread": ("idx_notification_unread", lambda store, grant, page: store.notifications.page(grant, page, True)),
    "due deliveries": ("idx_delivery_due", lambda store, grant, page: store.outbox.lease("one", NOW, NOW + 1, 9)),
    "phones of a party": ("idx_device_party", lambda store, grant, page: store.devices.addresses(store.db, grant.party_id)),
    "cases of a platform": ("idx_case_platform", lambda store, grant, page: store.cases.kept(store.db, grant.party_id, "44")),
    "events of a person": (
        "idx_platform_event_person",
        lambda store, grant, page: store.events.waiting(grant.party_id, 20, (NOW, UUID(int=1)) if page.after else None),
    ),
    "events to purge": ("idx_platform_event_age", lambda store, grant, page: store.purge.batch("platform_event", NOW, 20)),
    "events in quarantine": (
        "idx_platform_event_age", lambda store, grant, page: store.set_aside.listed(Which([Kind.QUARANTINED]), 20),
    ),
    "a question that was given up": ("idx_job_about", lambda store, grant, page: store.set_aside.owed(UUID(int=1))),
}  # fmt: skip


SORTED = ("idx_delivery_due", "idx_platform_event_person", "idx_platform_event_age")
"""Indexes that must give the order too, besides those of pages."""


class Explained(Database):
    """A database that keeps the plan of each statement it runs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.connection)
        self.plans: list[str] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        yield self

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        plan = await super().rows(f"EXPLAIN QUERY PLAN {sql}", *values)
        self.plans += [row["detail"] for row in plan]
        return await super().rows(sql, *values)


async def test_hot_queries_find_their_index(tmp_path: Path):
    """On SQLite, whose plans do not depend on how many rows there are: no scan and no sorting of a party's rows."""
    url = f"sqlite://{tmp_path}/x.db"
    async with open_database(url) as db:
        await migrate(db)
        grant = await party(store_of(db, SEALER))
        for name, (index, ask) in PLANS.items():
            for after in (None, Place(NOW, UUID(int=1))):
                explained = Explained(db)
                await ask(store_of(explained, None), grant, Page(20, after))
                main = [plan for plan in explained.plans if "SUBQUERY" not in plan]
                assert any(index in plan for plan in main), (name, main)
                assert not any(plan.startswith("SCAN") for plan in main), (name, main)
                if "page" in index or index in SORTED:
                    assert not any("TEMP B-TREE" in plan for plan in main), (name, main)


async def test_returning_rows_come_back(store: Store):
    """A trap of Tortoise 1.1: on PostgreSQL `execute_query` drops them, `execute_query_dict` keeps them; we use the latter."""
    await store.db.rows("CREATE TABLE trap (id INT, n INT)")
    assert await store.db.rows("INSERT INTO trap VALUES ($1, $2) RETURNING id", 1, 2) == [{"id": 1}]
    assert await store.db.rows("UPDATE trap SET n = n + $2 WHERE id = $1 RETURNING n", 1, 3) == [{"n": 5}]
    _, lost = await store.db.connection.execute_query("UPDATE trap SET n = n + 1 RETURNING n")
    assert (len(lost) == 0) == (store.db.dialect == "postgres"), "the trap is gone: Session.rows may use execute_query"


async def test_the_connection_is_named_by_its_dialect(store: Store):
    """A trap of Tortoise 1.1: insert statements are cached by connection name, and SQLite's would be sent to PostgreSQL."""
    assert store.db.connection.connection_name == store.db.dialect
    for kind in KINDS:
        url = {"sqlite": "sqlite://x.db", "postgres": "postgres://h/x"}[kind]
        assert dialect_of(url) == kind and list(tortoise_config(url)["connections"]) == [kind]


async def test_both_databases_in_one_process(tmp_path: Path):
    """Rows are written through the models on SQLite, on PostgreSQL, and on SQLite again."""
    for place, kind in enumerate((*KINDS, KINDS[0])):
        (folder := tmp_path / str(place)).mkdir()
        async with empty_database(kind, folder) as url, open_database(url) as db:
            await migrate(db)
            await _bulk(db)


async def _bulk(db: Database) -> None:
    store = store_of(db, Sealer({"k1": bytes(32)}, "k1", bytes(32), os.urandom))
    grant = await party(store)
    await keep(store, grant, case(), case())
    assert len((await store.cases.page(grant, Page(5, None), None))[0]) == 2


async def test_an_error_of_the_database_is_ours(store: Store):
    """Nothing foreign leaks through the door, inside a transaction or out."""
    with pytest.raises((StoreUnavailable, StoreRefused)):
        await store.db.rows("SELECT * FROM nothing_here")
    with pytest.raises((StoreUnavailable, StoreRefused)):
        async with store.db.transaction() as session:
            await session.rows("SELECT * FROM nothing_here")
    with pytest.raises(StoreUnavailable):
        async with store.db.transaction():
            raise OperationalError("from below")
    await store.db.check()


async def test_a_row_that_breaks_a_rule_is_refused(store: Store):
    """By a name of its own: whoever waited for the database to come back would wait for ever."""
    await store.db.rows("CREATE TABLE ruled (id INT PRIMARY KEY, name VARCHAR(2) NOT NULL)")
    for sql in ("INSERT INTO ruled VALUES (1, NULL)", "INSERT INTO ruled VALUES (2, 'b'), (2, 'c')"):
        with pytest.raises(StoreRefused):
            await store.db.rows(sql)
        with pytest.raises(StoreRefused):
            async with store.db.transaction() as session:
                await session.rows(sql)
    if store.db.dialect == "postgres":
        for value in ("too long", "\0", 7):
            with pytest.raises(StoreRefused):
                await store.db.rows("INSERT INTO ruled VALUES (3, $1)", value)
    await store.db.check()


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_database_that_is_only_read_is_unavailable(store: Store):
    """As a standby is after a fail-over: the platform comes again, and finds the one that can be written to."""
    async with store.db.transaction() as session:
        await session.rows("SET TRANSACTION READ ONLY")
        with pytest.raises(StoreUnavailable):
            await session.rows("DELETE FROM job")
    await store.db.check()
