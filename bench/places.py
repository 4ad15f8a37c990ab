"""What does it save to compile the places of a description, in each dialect?"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.clock import clock
from app.simulation import Simulation, simulation
from bench.figures import Work, cpu_ms, publish, table
from bench.world import run
from domain.identity import identity
from integrations.description import Description
from integrations.mapping.cases import case_mapper
from integrations.mapping.language import Language, Outside, reader
from integrations.registry import Access, connect, read_descriptions

QUESTION = "What does it save to compile the places of a description, in each dialect?"
SIZE = 30


@dataclass(frozen=True)
class Interpreting:
    """A language of which nothing is compiled: every place goes to the library."""

    language: Language

    def document(self, raw: bytes) -> Any:
        return self.language.document(raw)

    def parsed(self, place: str) -> Any:
        raise Outside(place)

    def write(self, code: Any, parsed: Any, many: bool) -> str:
        raise NotImplementedError

    def interpreter(self, place: str, many: bool) -> Any:
        return self.language.interpreter(place, many)

    def helpers(self) -> dict[str, Any]:
        return {}


async def rows_of(world: Simulation, description: Description) -> list[Any]:
    """Case rows as the dialect brings them: those of one person, repeated."""
    facts: Any = world.facts
    given = facts["platforms"][description.code]
    access = Access(given["address"], given["secrets"], ["s"] if description.events else [])
    platform: Any = connect(
        {description.code: description}, {description.code: access}, world.session, clock, os.urandom
    )
    people = {person["name"]: person for person in await world.get(f"/personas?platform={description.code}")}
    who = identity(people["lin"]["identity_type"], people["lin"]["identity_number"])
    rows, _ = await platform.connected[description.code]._exchanges["cases"].rows(who)
    return [rows[number % len(rows)] for number in range(SIZE)]


def works(description: Description, rows: list[Any]) -> Mapping[str, Work]:
    """Finding the facts alone, and the whole mapping, both ways; the same comes out."""
    found: dict[str, Work] = {}
    places = [place for place in description.cases.facts.model_dump().values() if place]
    both: dict[str, Language] = {"compiled": description.language, "interpreted": Interpreting(description.language)}
    seen = []
    for way, language in both.items():
        read, observe = reader(language, places), case_mapper(language, description.cases, description.reads)
        seen.append([(read(row), observe(row, 1, True)) for row in rows])
        found[f"find {way}"] = lambda read=read: [read(row) for row in rows]
        found[f"map {way}"] = lambda observe=observe: [observe(row, 1, True) for row in rows]
    assert seen[0] == seen[1]
    return found


async def main() -> None:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        async with simulation(Path(folder)) as world:
            for code, description in read_descriptions().items():
                ms = await cpu_ms(works(description, await rows_of(world, description)))
                lines.append((f"{description.connection.dialect} ({code})", *_both(ms, "find"), *_both(ms, "map")))
    head = (
        "Dialect",
        "facts found: interpreted",
        "compiled",
        "ratio",
        "whole mapping: interpreted",
        "compiled",
        "ratio",
    )
    publish(
        "places",
        QUESTION,
        f"{SIZE} case rows of one person, in memory, ms of CPU. First the places of the facts alone, then everything: facts, "
        "events, times, tables. Times are remembered from round to round, as they are from answer to answer.",
        table(head, lines),
    )


def _both(ms: Mapping[str, float], what: str) -> tuple[str, str, str]:
    slow, fast = ms[f"{what} interpreted"], ms[f"{what} compiled"]
    return f"{slow:.3f}", f"{fast:.3f}", f"{slow / fast:.1f} : 1"


if __name__ == "__main__":
    run(main())
