"""Twelve simulated platforms over real HTTP, the whole service in this process, and what a phone must be told when some die."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.build import Server, open_server
from app.demo import prepare, register_phone
from app.settings import load_settings
from app.simulation import Simulation, fresh_keys, simulation
from domain.source import Reason
from mobile_contract.contract import operation
from tests.houses import ROOMY
from tests.unit.api.asgi import ask, client, piece
from tests.ways import QUIET, WAYS, knobs_of, ways_at

TWELVE = 12
WHO = "he-org"
"""Holds cases and licences on every platform."""

Kills = Mapping[str, str]
"""The ways in which platforms are killed, by code."""


@dataclass(frozen=True)
class Told:
    """What the phone was told, and after how many seconds."""

    cases: Mapping[str, Any]
    errors: Any
    seconds: float

    @property
    def numbers(self) -> set[str]:
        return {edge["node"]["number"] for edge in self.cases["edges"]}

    @property
    def reasons(self) -> dict[str, str]:
        """Who is named with a reason."""
        return {one["platform"]["code"]: one["reason"] for one in self.cases["sources"] if one["reason"]}

    @property
    def current(self) -> dict[str, int]:
        """How many rows there are of each platform whose word is good."""
        return {
            one["platform"]["code"]: one["count"]
            for one in self.cases["sources"]
            if one["rows"] == "CURRENT" and not one["reason"]
        }


@dataclass(frozen=True)
class Phone:
    """Somebody's phone at a service in this process."""

    server: Server
    bearer: str

    async def reads(self, deadline_ms: int, freshness: str = "LIVE") -> Told:
        """The contract's first screen."""
        body = json.dumps({"query": operation("Home"), "variables": {"first": 100, "freshness": freshness}}).encode()
        told = {"authorization": f"Bearer {self.bearer}", "content-type": "application/json"}
        told["tongban-deadline-ms"] = str(deadline_ms)
        began = time.perf_counter()
        status, _, said = await ask(self.server.web, "POST", "/graphql", client(piece(body)), **told)
        seconds = time.perf_counter() - began
        assert status == 200, (status, said)
        answer = json.loads(said)
        return Told(answer["data"]["viewer"]["cases"], answer.get("errors"), seconds)


@dataclass(frozen=True)
class Nation:
    """The simulated world, its settings, and an empty database to begin with."""

    world: Simulation
    environment: Mapping[str, str]
    held: Mapping[str, set[str]]
    """The numbers of the cases of each platform."""
    empty: Path

    @property
    def ways(self) -> dict[str, list[str]]:
        """In which each platform can be killed."""
        return {code: ways_at(code, facts["address"]) for code, facts in self.world.facts["platforms"].items()}

    @asynccontextmanager
    async def phone(self) -> AsyncIterator[Phone]:
        """A phone at a service that begins anew: it knows nobody, and nothing of how platforms have been doing."""
        database = self.empty.with_name("lived.db")
        shutil.copy(self.empty, database)
        settings = load_settings({**self.environment, "TONGBAN_DATABASE_URL": f"sqlite://{database}"})
        async with open_server(settings) as server:
            yield Phone(server, await self.world.token(WHO))

    async def kill(self, kills: Kills) -> None:
        await asyncio.gather(
            *(self.world.post("/knobs", platform=code, **knobs_of(way)) for code, way in kills.items())
        )

    async def heal(self, kills: Kills) -> None:
        await asyncio.gather(*(self.world.post("/knobs", platform=code, **QUIET) for code in kills))


@asynccontextmanager
async def nation(folder: Path, platforms: int = TWELVE) -> AsyncIterator[Nation]:
    """The simulator in a process of its own."""
    async with simulation(folder, platforms=platforms) as world:
        codes, empty = list(world.facts["platforms"]), folder / "empty.db"
        keys = {**fresh_keys(), **ROOMY, "TONGBAN_DRAIN_S": "0"}
        environment = world.environment(f"sqlite://{empty}", keys, 0, codes)
        await prepare(load_settings(environment))
        await register_phone(load_settings(environment))
        lists = await asyncio.gather(*(world.get(f"/cases?persona={WHO}&platform={code}") for code in codes))
        held = {code: {case["case"] for case in cases} for code, cases in zip(codes, lists, strict=True)}
        yield Nation(world, environment, held, empty)


def spread(nation: Nation, codes: Iterable[str]) -> Kills:
    """A way for each of these platforms: one that none has yet, if there is any, and first those that few can have."""
    ways, dead = nation.ways, dict[str, str]()
    rare = sorted(WAYS, key=lambda way: sum(way in each for each in ways.values()))
    for code in codes:
        mine = [way for way in rare if way in ways[code]]
        dead[code] = next((way for way in mine if way not in dead.values()), mine[len(dead) % len(mine)])
    return dead


def check(nation: Nation, kills: Kills, known: bool, told: Told) -> None:
    """Every healthy row is there, and exactly the dead are named, each with its reason. `known`: all had answered before."""
    healthy = {code: len(rows) for code, rows in nation.held.items() if code not in kills}
    there = nation.held.keys() if known else healthy.keys()
    assert told.errors is None
    assert told.reasons == {code: WAYS[way].name for code, way in kills.items()}
    assert told.current == healthy
    assert told.numbers == set[str]().union(*(nation.held[code] for code in there))
    # A word within its max-age is still good, though this time its platform was not waited for to the end.
    assert told.cases["isComplete"] is all(known and WAYS[way] is Reason.TIMEOUT for way in kills.values())
