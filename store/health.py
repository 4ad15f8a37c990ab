"""How platforms have been doing, as each process saw it: one row a process, which it writes over. And what of events is kept."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from domain.health import BreakerState, Figures, Pushed
from domain.ids import derived_id
from domain.times import Micros
from store.database import Database
from store.events import EventState

FORM = 2
"""Of what is written. While versions are rolled out, processes that count otherwise must not be added to ours."""

MOST_COUNTED = 1000
"""Of a platform's events in quarantine: whether there are more changes nothing for anybody."""


@dataclass(frozen=True)
class Health:
    db: Database

    async def write(self, owner: str, at: Micros, figures: Mapping[str, Figures]) -> None:
        """Keeps what the process `owner` saw until `at`, by platform, in place of what it wrote before. One statement."""
        told = {code: _written(one) for code, one in figures.items() if one.calls}
        await self.db.rows(
            "INSERT INTO process_health (id, owner, at_us, figures) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (id) DO UPDATE SET at_us = $3, figures = $4",
            *(derived_id("process", owner), owner, at, json.dumps({"form": FORM, "platforms": told})),
        )

    async def read(self, since: Micros) -> list[Mapping[str, Figures]]:
        """What each process saw that wrote after `since`, by platform."""
        rows = await self.db.rows("SELECT figures FROM process_health WHERE at_us > $1", since)
        read = [json.loads(row["figures"]) for row in rows]
        return [{code: _read(one) for code, one in told["platforms"].items()} for told in read if told["form"] == FORM]

    async def pushed(self, platforms: Collection[str]) -> dict[str, Pushed]:
        """What is kept of the events of these platforms, in one statement; at most 1,000 of each in quarantine are counted."""
        if not platforms:
            return {}
        states = [state.value for state in EventState]
        rows = await self.db.rows(_pushed(len(platforms), len(states)), *platforms, *states)
        return {row["code"]: Pushed(row["last"], int(row["quarantined"])) for row in rows}


def _pushed(platforms: int, states: int) -> str:
    """One look into an index for each platform and state: grouping would read every event there is."""

    def table(first: int, many: int) -> str:
        return ", ".join(f"(${number})" for number in range(first, first + many))

    kept = "FROM platform_event e WHERE e.platform = p.code AND e.state = s.state"
    count = f"SELECT COUNT(*) FROM (SELECT 1 {kept} LIMIT {MOST_COUNTED:d}) q"
    looks = (
        f"SELECT p.code, (SELECT MAX(e.received_us) {kept}) AS last, "
        f"CASE WHEN s.state = '{EventState.QUARANTINED.value}' THEN ({count}) ELSE 0 END AS quarantined FROM p, s"
    )
    return (
        f"WITH p (code) AS (VALUES {table(1, platforms)}), s (state) AS (VALUES {table(platforms + 1, states)}) "
        f"SELECT code, MAX(last) AS last, SUM(quarantined) AS quarantined FROM ({looks}) looks GROUP BY code"
    )


def _written(one: Figures) -> dict[str, Any]:
    return {
        "answers": one.answers,
        "failed": one.failed,
        "drifted": one.drifted,
        "declined": one.declined,
        "breaker": one.breaker.value,
        "opened": one.opened,
        "answered": one.answered,
    }


def _read(told: Mapping[str, Any]) -> Figures:
    answers = {int(bucket): count for bucket, count in told["answers"].items()}
    return Figures(**{**told, "answers": answers, "breaker": BreakerState(told["breaker"])})
