"""What does it save to compile the places of a description, in each dialect?"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

from app.clock import clock
from app.simulation import Simulation, simulation
from bench.figures import Work, cpu_ms, publish, table
from bench.world import run
from domain.identity import identity
from integrations.description import Description
from integrations.mapping.cases import case_mapper
from integrations.mapping.code import Code
from integrations.mapping.language import Language, Outside, reader
from integrations.registry import Access, connect, read_descriptions
from store.shared.memory import MemoryQuotas

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

    def write(self, code: Code, parsed: Any, many: bool) -> str:
        raise NotImplementedError

    def interpret(self, code: Code, place: str, many: bool) -> str:
        return self.language.interpret(code, place, many)

    def helpers(self) -> dict[str, Any]:
        return self.language.helpers()


async def rows_of(world: Simulation, description: Description) -> list[Any]:
    """Case rows as the dialect brings them: those of one person, repeated."""
    facts: Any = world.facts
    given = facts["platforms"][description.code]
    access = Access(given["address"], given["secrets"], ["s"] if description.events else [])
    platform: Any = connect(
        {description.code: description}, {description.code: access}, world.session, clock, os.urandom, MemoryQuotas()
    )
    people = {person["name"]: person for person in await world.get(f"/personas?platform={description.code}")}
    who = identity(people["lin"]["identity_type"], people["lin"]["identity_number"])
    rows, _ = await platform.connected[description.code]._exchanges["cases"].rows(who)
    return [rows[number % len(rows)] for number in range(SIZE)]


def document(rows: list[Any]) -> bytes:
    """A document with all the rows and nothing else."""
    if isinstance(rows[0], dict):
        return json.dumps(rows, ensure_ascii=False).encode()
    return b"<rows>%b</rows>" % b"".join(tostring(row) for row in rows)


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
    raw = document(rows)
    found["parse"] = lambda: description.language.document(raw)
    return found


async def main() -> None:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        async with simulation(Path(folder)) as world:
            for code, description in read_descriptions().items():
                ms = await cpu_ms(works(description, await rows_of(world, description)))
                named = f"{description.connection.dialect} ({code})"
                lines.append((named, f"{ms['parse']:.3f}", *_both(ms, "find"), *_both(ms, "map")))
    head = (
        "Dialect",
        "parsing",
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
        f"{SIZE} case rows of one person, in memory, ms of CPU. First a document of them is parsed; then the places of the facts "
        "alone are found, then everything: facts, events, times, tables. "
        "Times are remembered from round to round, as they are from answer to answer.",
        table(head, lines),
    )


def _both(ms: Mapping[str, float], what: str) -> tuple[str, str, str]:
    slow, fast = ms[f"{what} interpreted"], ms[f"{what} compiled"]
    return f"{slow:.3f}", f"{fast:.3f}", f"{slow / fast:.1f} : 1"


if __name__ == "__main__":
    run(main())
