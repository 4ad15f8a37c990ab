"""Jobs: work that comes due, leased to one worker at a time and fenced."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.ids import derived_id
from domain.job import Job, JobKind
from domain.times import Micros
from store.database import Database, Session, uuid_of

_DUE = (
    "SELECT id FROM job WHERE kind = $1 AND due_us <= $2 AND lease_until_us <= $2{besides} ORDER BY due_us, id LIMIT $3"
)
_LEASED = "id, kind, party_id, platform, due_us, failures, fence, lease_until_us"
_SET = f"SET fence = fence + 1, lease = $4, lease_until_us = $5 WHERE id IN ({{due}}) RETURNING {_LEASED}"
_LEASE = {
    "sqlite": f"UPDATE job {_SET.format(due=_DUE)}",
    # As a plain subquery PostgreSQL may run it more than once, and lease more than it was asked for.
    "postgres": f"WITH due AS MATERIALIZED ({_DUE} FOR UPDATE SKIP LOCKED) UPDATE job "
    + _SET.format(due="SELECT id FROM due"),
}
_OURS = "WHERE id = $1 AND fence = $2 AND lease <> ''"
_AGAIN = (
    "UPDATE job SET due_us = CASE WHEN kind = 'link' AND due_us <> $5 AND due_us < $3 THEN due_us ELSE $3 END, "
    f"failures = $4, lease = '', lease_until_us = 0 {_OURS} RETURNING id"
)


@dataclass(frozen=True)
class Jobs:
    """What changes a leased job does so only while no other lease followed, and says whether it did."""

    db: Database

    async def schedule(self, kind: JobKind, due: Micros, party_id: UUID | None = None, platform: str = "") -> bool:
        """Makes a job, unless one of its kind for this party and platform waits already; whether that changed anything.

        A poll or a link that waits comes due then if that is sooner: it may have slowed down, and somebody looked now.
        One that is in somebody's hands comes due again then, for its holder may have looked before there was a reason.
        """
        return await schedule(self.db, kind, due, party_id, platform)

    async def lease(
        self, kind: JobKind, owner: str, now: Micros, until: Micros, most: int, besides: Sequence[str] = ()
    ) -> list[Job]:
        """Leases at most `most` due jobs of a kind to `owner` until `until`; nobody else gets them before.

        Not those about the platforms of `besides`.
        """
        numbers = ", ".join(f"${6 + place}" for place in range(len(besides)))
        statement = _LEASE[self.db.dialect].format(besides=f" AND platform NOT IN ({numbers})" if besides else "")
        rows = await self.db.rows(statement, kind.value, now, most, owner, until, *besides)
        return [_job(row) for row in rows]

    async def again(self, job: Job, due: Micros, failures: int = 0) -> bool:
        """Lets a job come due once more. A link that was scheduled anew meanwhile comes due then if that is sooner; of the others
        what they meet themselves has them scheduled, and they would never slow down.
        """
        return bool(await self.db.rows(_AGAIN, job.id, job.fence, due, failures, job.due))

    async def give_back(self, job: Job) -> bool:
        """Lets another worker have a job once it is due, as if it had not been leased."""
        let_go = f"UPDATE job SET lease = '', lease_until_us = 0 {_OURS} RETURNING id"
        return bool(await self.db.rows(let_go, job.id, job.fence))

    async def end(self, job: Job) -> bool:
        """Removes a job that is done. One that was scheduled anew meanwhile stays, and comes due then."""
        as_it_was = f"DELETE FROM job {_OURS} AND due_us = $3 RETURNING id"
        return bool(await self.db.rows(as_it_was, job.id, job.fence, job.due)) or await self.give_back(job)

    async def give_up(self, job: Job) -> bool:
        """Removes a job whatever happened meanwhile."""
        return bool(await self.db.rows(f"DELETE FROM job {_OURS} RETURNING id", job.id, job.fence))

    async def longest_due(self, kind: JobKind) -> Micros | None:
        """When the job of a kind that waits longest came, or comes, due; None if there is none."""
        row = await self.db.row("SELECT MIN(due_us) AS due FROM job WHERE kind = $1", kind.value)
        return row["due"] if row else None


async def schedule(
    session: Session, kind: JobKind, due: Micros, party_id: UUID | None = None, platform: str = ""
) -> bool:
    """`Jobs.schedule`, also inside a transaction."""
    key = derived_id("job", kind, party_id.hex if party_id else "", platform)
    return bool(
        await session.rows(
            "INSERT INTO job (id, kind, party_id, platform, due_us, failures, fence, lease, lease_until_us) "
            "VALUES ($1, $2, $3, $4, $5, 0, 0, '', 0) ON CONFLICT (id) DO UPDATE SET due_us = excluded.due_us "
            "WHERE job.lease <> '' OR (job.kind IN ('poll', 'link') AND job.due_us > excluded.due_us) RETURNING id",
            *(key, kind.value, party_id, platform, due),
        )
    )


def _job(row: dict[str, Any]) -> Job:
    return Job(
        id=uuid_of(row["id"]),
        kind=JobKind(row["kind"]),
        party_id=uuid_of(row["party_id"]) if row["party_id"] else None,
        platform=row["platform"],
        due=row["due_us"],
        failures=row["failures"],
        fence=row["fence"],
        lease_until=row["lease_until_us"],
    )
