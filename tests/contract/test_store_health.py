"""How platforms are doing, on each kind of database: one row a process, and a look at events that does not read them all."""

import json
from pathlib import Path
from uuid import uuid4

from domain.health import BreakerState, Figures, Pushed
from domain.times import SECOND
from store.database import open_database
from store.health import FORM, MOST_COUNTED, Health
from store.migrate import migrate
from store.store import Store
from tests.contract.store_world import NOW
from tests.contract.test_store_schema import Explained

WELL = Figures(
    {3: 7, 40: 1}, failed=2, drifted=1, declined=4, breaker=BreakerState.OPEN, opened=NOW - 5, answered=NOW - 9
)


async def event(store: Store, platform: str, state: str, received: int, many: int = 1) -> None:
    for _ in range(many):
        await store.db.rows(
            "INSERT INTO platform_event (id, platform, event_id, digest, state, problem, person_key, received_us, sealed, "
            "key_id) VALUES ($1, $2, $3, '', $4, '', '', $5, $6, 'k1')",
            *(uuid4(), platform, uuid4().hex, state, received, b""),
        )


async def test_what_a_process_wrote_is_read(store: Store) -> None:
    """To the number; what was not called is not written, and each process writes over its own row only."""
    await store.health.write("one", NOW - 1, {"44": Figures({1: 1})})
    await store.health.write("one", NOW, {"44": WELL, "33": Figures(answered=NOW - 1)})
    await store.health.write("two", NOW, {"31": Figures({5: 1})})
    read = await store.health.read(NOW - 60 * SECOND)
    assert sorted(read, key=sorted, reverse=True) == [{"44": WELL}, {"31": Figures({5: 1})}]
    assert len(await store.db.rows("SELECT id FROM process_health")) == 2


async def test_who_is_silent_does_not_count(store: Store) -> None:
    """Nor who writes in a form of another version, whose buckets may be others: its figures are not added to ours."""
    await store.health.write("silent", NOW - 60 * SECOND, {"44": WELL})
    await store.health.write("newer", NOW, {"44": WELL})
    other = json.dumps({"form": FORM + 1, "anything": []})
    await store.db.rows("UPDATE process_health SET figures = $1 WHERE owner = 'newer'", other)
    assert await store.health.read(NOW - 60 * SECOND) == []


async def test_a_process_that_ended_is_purged(store: Store) -> None:
    """An hour after it wrote last, and not while it writes."""
    await store.health.write("one", NOW, {})
    await store.health.write("two", NOW + 1, {})
    assert await store.purge.batch("process_health", NOW + 3600 * SECOND + 1, 10) == 1
    assert [row["owner"] for row in await store.db.rows("SELECT owner FROM process_health")] == ["two"]


async def test_what_platforms_pushed(store: Store) -> None:
    """When the last event came, whatever became of it, and how many wait in quarantine; of platforms that were asked about."""
    for place, state in enumerate(("applied", "quarantined", "unlinked", "failed", "dropped")):
        await event(store, "44", state, NOW + place)
    await event(store, "44", "quarantined", NOW - 9, 2)
    await event(store, "31", "applied", NOW)
    await event(store, "12", "applied", NOW)
    pushed = await store.health.pushed(["44", "31", "33"])
    assert pushed == {"44": Pushed(NOW + 4, 3), "31": Pushed(NOW, 0), "33": Pushed()}
    assert await store.health.pushed([]) == {}


async def test_not_more_are_counted_than_anybody_needs(store: Store) -> None:
    """A platform that sends nothing else for a week must not make the page slow."""
    ids = {
        "sqlite": "lower(hex(randomblob(4))) || '-0000-4000-8000-' || lower(hex(randomblob(6)))",
        "postgres": "gen_random_uuid()",
    }
    await store.db.rows(
        "INSERT INTO platform_event (id, platform, event_id, digest, state, problem, person_key, received_us, sealed, key_id) "
        f"WITH RECURSIVE n (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n WHERE number < {MOST_COUNTED}) "
        f"SELECT {ids[store.db.dialect]}, '44', CAST(number AS VARCHAR(9)), '', 'quarantined', '', '', $1, $2, 'k1' FROM n",
        *(NOW, b""),
    )
    assert len(await store.db.rows("SELECT id FROM platform_event")) == MOST_COUNTED + 1
    assert (await store.health.pushed(["44"]))["44"].quarantined == MOST_COUNTED


async def test_no_event_is_read_that_is_not_asked_for(tmp_path: Path) -> None:
    """On SQLite, whose plans do not depend on how many rows there are: each look at events is one into the index."""
    async with open_database(f"sqlite://{tmp_path}/x.db") as db:
        await migrate(db)
        explained = Explained(db)
        await Health(explained).pushed(["44", "31"])
    looks = [plan for plan in explained.plans if plan.endswith(" e") or " e " in plan]
    assert len(looks) == 2
    assert all("idx_platform_event_last (platform=? AND state=?)" in plan for plan in looks)
