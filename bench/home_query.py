"""What does a home query cost in CPU, and where does it go? In process, without HTTP around it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from graphql import parse, validate

from api.graphql import GraphQLDoor
from app.clock import clock
from app.simulation import Simulation
from bench.figures import Work, cpu_ms, publish, table
from bench.world import KINDS, door_of, housed, run
from domain.caller import Caller, Freshness, Locale, SignIn
from domain.page import page
from mobile_contract.contract import operation
from schema.asked import Asked
from schema.case import CaseConnection
from schema.context import Context
from schema.licence import LicenceConnection
from schema.notification import NotificationConnection
from store.database import Session
from store.sealing import Sealer

QUESTION = "What does a home query cost in CPU, and where does it go?"
HOME = operation("Home")
CASES = (("lin", 20), ("many", 20), ("many", 100))
FOREVER = 1e9
FIRST = count()
"""Numbers for operations: a document that differs only in a comment is parsed, and found validated."""

Figures = dict[str, float]
Measured = dict[str, Figures]
"""By database, persona and page size."""


@dataclass
class Asker:
    """One signed-in citizen at the door, without the network."""

    door: GraphQLDoor
    sign_in: SignIn
    caller: Caller
    first: int
    deadline: float = FOREVER

    async def home(self, freshness: str, text: str = HOME) -> dict[str, Any]:
        """The data of one home query."""
        context = Context(self.door._use, Locale.EN, self.sign_in, self._arrive)
        variables = {"first": self.first, "freshness": freshness}
        result = await self.door.result(Asked(text, variables=variables), context)
        assert not result.errors and result.data, result.errors
        return result.data

    async def answered(self, freshness: str, text: str = HOME) -> str:
        """The same as the text that goes out."""
        return dumped(await self.home(freshness, text))

    async def read(self) -> tuple[Any, Any, Any]:
        """What its three fields read, one after the other, without GraphQL."""
        use, some = self.door._use, page(self.first, None)
        cases = await use.cases.list_for(self.caller, page=some, stage=None, freshness=Freshness.KNOWN)
        licences = await use.licences.list_for(self.caller, page=some, freshness=Freshness.KNOWN)
        return cases, licences, await use.inbox.list_for(self.caller, page=some, unread=None)

    async def _arrive(self, sign_in: SignIn) -> Caller:
        return await self.door._arrivals.caller(sign_in, locale=Locale.EN, now=clock(), deadline=self.deadline)


@dataclass
class Tape:
    """The statements and the sealed values of what was read while it ran."""

    statements: list[tuple[Any, ...]] = field(default_factory=list)
    sealed: list[tuple[Any, ...]] = field(default_factory=list)


@asynccontextmanager
async def recorded() -> AsyncIterator[Tape]:
    """Notes every statement and every unsealing, to be done again without what is around them."""
    tape, rows, open_ = Tape(), Session.rows, Sealer.open

    async def noting(self: Session, *asked: Any) -> list[dict[str, Any]]:
        tape.statements.append((self, *asked))
        return await rows(self, *asked)

    def opening(self: Sealer, *asked: Any) -> Any:
        tape.sealed.append((self, *asked))
        return open_(self, *asked)

    Session.rows, Sealer.open = noting, opening  # type: ignore[method-assign, assignment]
    try:
        yield tape
    finally:
        Session.rows, Sealer.open = rows, open_  # type: ignore[method-assign]


def dumped(data: dict[str, Any]) -> str:
    """As api.graphql writes it."""
    return json.dumps({"data": data}, ensure_ascii=False, separators=(",", ":"))


async def arrived(world: Simulation, door: GraphQLDoor, persona: str, first: int) -> Asker:
    """A citizen whose business is in the index."""
    sign_in = await door._arrivals.sign_in(await world.token(persona), clock())
    caller = await door._arrivals.caller(sign_in, locale=Locale.EN, now=clock(), deadline=FOREVER)
    asker = Asker(door, sign_in, caller, first)
    assert (await asker.home("LIVE"))["viewer"]["cases"]["isComplete"]
    return asker


async def measure(asker: Asker) -> Figures:
    """Milliseconds of CPU of a query as a whole and of its parts, each done again alone."""
    async with recorded() as tape:
        read = await asker.read()
    data, schema, parsed = await asker.home("KNOWN"), asker.door._service._schema._schema, parse(HOME)
    identity, registry = asker.caller.party.identity, asker.door._use.cases.refresh.registry
    (platform,) = registry.connected.values()
    works: dict[str, Work] = {
        "known": lambda: asker.answered("KNOWN"),
        "first": lambda: asker.answered("KNOWN", HOME.replace("query Home", f"query Home{next(FIRST)}")),
        "live": lambda: asker.answered("LIVE"),
        "parse": lambda: parse(HOME),
        "validate": lambda: validate(schema, parsed),
        "read": asker.read,
        "sql": lambda: _all(tape),
        "open": lambda: [Sealer.open(*sealed) for sealed in tape.sealed],
        "types": lambda: _typed(asker, *read),
        "dump": lambda: dumped(data),
        "ask cases": lambda: platform.cases(identity),
        "ask licences": lambda: platform.licences(identity),
    }
    return {"statements": float(len(tape.statements)), **await cpu_ms(works)}


async def _all(tape: Tape) -> None:
    for session, *asked in tape.statements:
        await session.rows(*asked)


def _typed(asker: Asker, cases: Any, licences: Any, inbox: Any) -> None:
    cards, due = asker.door._use.platforms, asker.door._use.deadlines.of
    await CaseConnection.of(cases, cards, Locale.EN, due)
    LicenceConnection.of(licences, cards, Locale.EN)
    NotificationConnection.of(inbox)


def wholes(found: Measured) -> str:
    """Whole queries, and how they compare."""
    rows = [
        (name, ms["known"], ms["first"], ms["live"], ms["first"] / ms["known"], ms["live"] / ms["known"])
        for name, ms in found.items()
    ]
    return table(("CPU, ms", "KNOWN", "first document", "LIVE", "first : KNOWN", "LIVE : KNOWN"), rows)


def known_parts(found: Measured) -> str:
    """Where KNOWN goes. What no part accounts for is GraphQL's execution."""
    rows = []
    for name, ms in found.items():
        decoding = ms["read"] - ms["sql"] - ms["open"]
        execution = ms["known"] - ms["read"] - ms["types"] - ms["dump"]
        every = (ms["sql"], ms["open"], decoding, ms["types"], execution, ms["dump"])
        rows.append((name, *(_share(part, ms["known"]) for part in every)))
    head = ("SQL", "unseal, JSON", "decode, standing", "types (of)", "GraphQL execution", "JSON text")
    return table(("KNOWN: ms (share)", *head), rows)


def live_parts(found: Measured) -> str:
    """Where LIVE goes beyond KNOWN."""
    rows = []
    for name, ms in found.items():
        rest = ms["live"] - ms["known"] - ms["ask cases"] - ms["ask licences"]
        every = (ms["known"], ms["ask cases"], ms["ask licences"], rest)
        rows.append((name, *(_share(part, ms["live"]) for part in every)))
    head = ("as KNOWN", "ask for cases, map", "ask for licences, map", "fingerprint, contacts, tasks")
    return table(("LIVE: ms (share)", *head), rows)


def _share(part: float, of: float) -> str:
    return f"{part:.2f} ({part / of:.0%})"


async def main() -> None:
    found: Measured = {}
    for kind in KINDS:
        async with housed(kind) as (world, server):
            for persona, first in CASES:
                asker = await arrived(world, door_of(server), persona, first)
                found[f"{kind}, {persona}, first {first}"] = await measure(asker)
    one = next(iter(found.values()))
    publish(
        "home_query",
        QUESTION,
        "The contract's operation Home in one process on uvloop, `schema.execute` to JSON text; the database and the "
        "platform are other processes and their CPU is not counted. lin has 6 cases, many 300.",
        wholes(found),
        f"A document that comes for the first time is parsed ({one['parse']:.1f} ms) and validated "
        f"({one['validate']:.1f} ms); the caches hold 128. A KNOWN query is {one['statements']:.0f} statements.",
        known_parts(found),
        live_parts(found),
    )


if __name__ == "__main__":
    run(main())
