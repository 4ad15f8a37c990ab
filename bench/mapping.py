"""Where does the time go when a list of cases is seen for the first time, unchanged, or changed in one case?"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from app.build import Server
from app.clock import clock
from app.simulation import Simulation
from bench.figures import Work, cpu_ms, publish, table
from bench.world import door_of, housed, run
from domain.caller import Locale
from domain.case import KeptCase
from domain.ids import Noun
from domain.knowledge import CaseObservation
from domain.merge import CaseChange, merge_cases
from domain.source import Terms
from domain.times import HOUR, MINUTE
from integrations.description import Description
from integrations.mapping.cases import ObserveCase, case_mapper
from integrations.port import Answer, PlatformEvent
from integrations.registry import read_descriptions
from resolvers.intake import Intake
from simulator.platform44 import CODE
from store.store import Store

QUESTION = "Where does the time go when a list of cases is taken in?"
SIZES = (30, 300)
TERMS = Terms(MINUTE, HOUR)

Figures = dict[str, float]


@dataclass(frozen=True)
class Taken:
    """What taking in stands on: the parts of the house, a party, and a platform's answer as it came."""

    store: Store
    intake: Intake
    party: UUID
    observe: ObserveCase
    raw: list[bytes]
    size: int

    def parsed(self) -> list[Any]:
        """The rows of all pages."""
        return [row for page in self.raw for row in json.loads(page)["data"]["LIST"]][: self.size]

    def mapped(self, rows: list[Any], sent: int) -> tuple[CaseObservation, ...]:
        """What the rows say."""
        return tuple(self.observe(row, sent, True) for row in rows)

    def merged(self, known: Mapping[UUID, KeptCase], seen: tuple[CaseObservation, ...]) -> list[CaseChange]:
        """What changes on top of what is known."""
        mint, now = partial(self.store.sealer.native_id, Noun.CASE, CODE, self.party), clock()
        return merge_cases(known, CODE, seen, mint=mint, full_at=0, whole=now, received=now)

    async def take(self, seen: tuple[CaseObservation, ...]) -> None:
        """As gather hands it in."""
        await self.intake.cases(self.party, CODE, Answer(seen, clock()), TERMS)

    async def forget(self) -> None:
        """Back to a party that nothing is known of."""
        for statement in ("DELETE FROM case_index", "DELETE FROM contact"):
            await self.store.db.rows(statement)

    async def kept(self, only: list[UUID] | None = None) -> Any:
        """The rows of the index, opened and decoded."""
        return await self.store.cases.kept(self.store.db, self.party, CODE, only)


@asynccontextmanager
async def ready(world: Simulation, server: Server, size: int) -> AsyncIterator[Taken]:
    """A party that has signed in, and the platform's answer about it."""
    door, description = door_of(server), read_descriptions()[CODE]
    sign_in = await door._arrivals.sign_in(await world.token("many"), clock())
    caller = await door._arrivals.caller(sign_in, locale=Locale.EN, now=clock(), deadline=0.0)
    raw = [await asked(world, description, sign_in.identity.number, page) for page in range(1, 1 + -(-size // 100))]
    observe = case_mapper(description.language, description.cases, description.reads)
    taken = Taken(server.house.store, server.house.questions.intake, caller.party.id, observe, raw, size)
    await taken.forget()
    yield taken


async def asked(world: Simulation, description: Description, number: str, page: int) -> bytes:
    """One page of the platform's answer, as it comes over the wire."""
    body = {"APPLYER_ID_TYPE": "111", "APPLYER_ID": number, "PAGE_NO": page, "PAGE_SIZE": 100}
    url, key = world.facts["platform"] + description.operations.cases.path, {"X-App-Key": world.facts["app_key"]}
    async with world.session.post(url, json=body, headers=key) as answer:
        return await answer.read()


async def measure(taken: Taken) -> Figures:
    """Milliseconds of CPU of each part and of the whole."""
    rows = taken.parsed()
    seen = taken.mapped(rows, clock())
    fresh = taken.merged({}, seen)
    alone = await cpu_ms(_first_parts(taken, rows, seen, [change.after for change in fresh]))
    first = await cpu_ms({"first": lambda: first_sight(taken, seen), "nothing": taken.forget}, rounds=5)
    await taken.take(seen)
    known = await taken.kept()
    one = fresh[0].after.id
    same = await cpu_ms({"unchanged": lambda: taken.take(seen)})
    again: dict[str, Work] = {
        "kept": taken.kept,
        "kept one": lambda: taken.kept([one]),
        "merge again": lambda: taken.merged(known, seen),
        "changed": changing(taken, seen),
        "event": events(taken, seen),
    }
    assert len(known) == len(rows) == taken.size
    return {**alone, "first": first["first"] - first["nothing"], **same, **await cpu_ms(again, rounds=7)}


def _first_parts(taken: Taken, rows: list[Any], seen: tuple[CaseObservation, ...], new: list[Any]) -> dict[str, Work]:
    cases = taken.store.cases
    return {
        "json": taken.parsed,
        "map": lambda: taken.mapped(rows, 1),
        "fingerprint": lambda: taken.intake._fingerprint((item.facts, item.events) for item in seen),
        "merge": lambda: taken.merged({}, seen),
        "seal": lambda: [cases._row(taken.party, 1, case) for case in new],
    }


async def first_sight(taken: Taken, seen: tuple[CaseObservation, ...]) -> None:
    """Takes it in as if for the first time."""
    await taken.forget()
    await taken.take(seen)


def changing(taken: Taken, seen: tuple[CaseObservation, ...]) -> Work:
    """Takes in an answer in which one case differs from the answer before."""
    number = iter(range(10**9))

    def take() -> Any:
        facts = replace(seen[0].facts, channel=f"channel {next(number)}")
        return taken.take((replace(seen[0], facts=facts, dated=clock()), *seen[1:]))

    return take


def events(taken: Taken, seen: tuple[CaseObservation, ...]) -> Work:
    """Takes in an event about one case that tells nobody anything new but a fact."""
    number = iter(range(10**9))

    async def claim(session: object) -> bool:
        return True

    def take() -> Any:
        facts, at = replace(seen[0].facts, channel=f"event {next(number)}"), clock()
        event = PlatformEvent("bench", at, cases=(replace(seen[0], facts=facts, dated=at, full=False),))
        return taken.intake.event(taken.party, CODE, event, claim)

    return take


def firsts(found: dict[int, Figures]) -> str:
    """The parts of a first sight, from bytes to rows."""
    rows = []
    for size, ms in found.items():
        write = ms["first"] - ms["fingerprint"] - ms["merge"] - ms["seal"]
        parts = (ms["json"], ms["map"], ms["fingerprint"], ms["merge"], ms["seal"], write)
        every = sum(parts)
        rows.append((f"{size} cases", every, *(f"{part:.2f} ({part / every:.0%})" for part in parts)))
    head = ("First sight: ms (share)", "whole", "parse JSON", "map", "fingerprint", "merge", "standing, seal", "write")
    return table(head, rows)


def laters(found: dict[int, Figures]) -> str:
    """What comes after the first sight. The answers are parsed and mapped before."""
    rows = [
        (f"{size} cases", ms["json"] + ms["map"], *(ms[name] for name in ("unchanged", "changed", "event", *_PARTS)))
        for size, ms in found.items()
    ]
    head = ("parse and map", "+ unchanged", "+ one case changed", "event about one case", *_PARTS.values())
    return table(("Later: ms", *head), rows)


_PARTS = {"kept": "load all", "kept one": "load one", "merge again": "merge all"}


async def main() -> None:
    found: dict[int, Figures] = {}
    for size in SIZES:
        async with housed("sqlite") as (world, server), ready(world, server, size) as taken:
            found[size] = await measure(taken)
    publish(
        "mapping",
        QUESTION,
        "The list answer about the persona many, from its bytes to rows of the index on SQLite, in one process on uvloop.",
        firsts(found),
        laters(found),
        f"The answer grows from {SIZES[0]} to {SIZES[1]} cases, the first sight "
        f"{found[300]['first'] / found[30]['first']:.1f} times, an event about one case "
        f"{found[300]['event'] / found[30]['event']:.1f} times.",
    )


if __name__ == "__main__":
    run(main())
