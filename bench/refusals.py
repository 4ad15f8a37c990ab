"""What does it cost to refuse a document that is far too much? In CPU, without a wire."""

import gc
import json
from collections.abc import Mapping
from functools import partial
from unittest.mock import patch

from api import turned_away
from bench.figures import Work, cpu_ms, publish, table
from bench.refused import JUST_WITHIN, OUT_OF_BOUNDS
from bench.world import Doorstep, housed, run
from schema.documents import Documents, Unfit
from schema.schema import schema_of

QUESTION = "What does it cost to refuse a document that is far too much?"
WHO = "huang"
LEAST = "{ nothing }"
REFUSED = {LEAST: LEAST} | OUT_OF_BOUNDS | JUST_WITHIN

Row = tuple[object, ...]


def judging() -> dict[str, Work]:
    """What schema.documents does, by itself. Raises AssertionError for a document that is not refused."""
    documents = Documents(schema_of())

    def refused(text: str) -> None:
        try:
            documents.judged(text)
        except Unfit:
            return
        raise AssertionError(text[:80])

    return {name: partial(refused, text) for name, text in REFUSED.items()}


def answering(door: Doorstep) -> dict[str, Work]:
    """The whole application: who asks, the body, the judgement, the answer and the line in the log."""

    async def refused(body: bytes) -> None:
        status, said = await door.post(body)
        assert status in (400, 413), said
        assert b'"data"' not in said

    return {name: partial(refused, body) for name, body in bodies().items()}


def bodies() -> dict[str, bytes]:
    return {name: json.dumps({"query": text}).encode() for name, text in REFUSED.items()}


async def in_process() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Milliseconds of CPU of the judgement and of the whole."""
    async with housed("sqlite") as (world, server):
        # As app/__main__.py has it: what was built at the start is not looked through for garbage.
        gc.freeze()
        door = Doorstep(server, await world.token(WHO))
        with patch.object(turned_away, "PAUSE_S", 0.0):
            return await cpu_ms(judging()), await cpu_ms(answering(door), rounds=5, block_s=0.01)


def row(name: str, judged: float, whole: float) -> Row:
    kilobytes = len(bodies()[name]) / 1000
    return name, kilobytes, f"{judged:.3f}", whole


async def main() -> None:
    judged, whole = await in_process()
    rows = [row(name, judged[name], whole[name]) for name in REFUSED]
    head = ("", "kB", "judgement, CPU", "whole, CPU")
    listed = len(OUT_OF_BOUNDS) + 1
    publish(
        "refusals",
        QUESTION,
        "Milliseconds. Each document is sent by a person who is signed in and may send any text, "
        "with budgets without an end; each is "
        "answered with an error and no `data`. *Judgement*: schema/documents.py alone. *Whole*: "
        "the application in this process, without "
        "a wire, and without the quarter of a second before whoever is refused hears it.",
        "What edge cases are made of, and for comparison the smallest document that is refused:",
        table(head, rows[:listed]),
        "What just passes the limits of characters and tokens, which are looked at first:",
        table(head, rows[listed:]),
    )


if __name__ == "__main__":
    run(main())
