"""How many requests does a service hold for the good while somebody does his worst beside them, and how long do they wait?"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlsplit

from app.demo import register_phone
from app.phone import Phone
from app.settings import load_settings
from app.simulation import Service, Simulation, service
from bench.figures import cpu_s_of, publish, quantile, table
from bench.load import DRIP_S, Came, Load, post, started
from bench.refused import JUST_WITHIN, OUT_OF_BOUNDS
from bench.world import run, simulated
from mobile_contract.contract import operation

QUESTION = "How many requests does a service hold for the good while somebody does his worst beside them?"
GOOD = ("lin", "chen", "huang", "liang", "he", "he-org", "new", "rare")
APPS, PHONES, PACE_S = 24, 8, 1 / 60
"""Enough people that nobody's own budget is spent, on so many connections, asking together every so many seconds."""
SECONDS, ROUNDS, CONNECTIONS = 5.0, 3, 8
HALF_OPEN, MANY = 300, 60
STRANGERS = 10 * ROUNDS

HEAD = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
UPGRADE = (
    "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
NULL = "\x81\x84\x00\x00\x00\x00null"
"""A frame that holds JSON, and no message."""
DEAR = (
    "{ viewer { cases(first: 100, freshness: KNOWN) { edges { node { number stage outcome nextAction updatedAt hasNews "
    "item { name } platform { code name } asks { text } events { at title } deadline { promised { on } } } } } } }"
)
LIVE = "{ viewer { cases(first: %d, freshness: LIVE) { isComplete } } }"
CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
NOWHERE = "GET /nowhere HTTP/1.1\r\nHost: x\r\n"
AT_ONCE = 8_000


Row = tuple[object, ...]


@dataclass
class Round:
    """What came of one stretch: the good's answers, the other's, and the service's seconds of CPU."""

    good: Came
    other: Came | None
    cpu_s: float

    @property
    def p99(self) -> float:
        return quantile(self.good.waits_ms, 0.99)


@dataclass
class Stage:
    """A running service, its world and the requests of the good."""

    world: Simulation
    service: Service
    good: list[str] = field(default_factory=list)
    badly: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    @property
    def port(self) -> int:
        return urlsplit(self.service.url).port or 0

    async def bearer(self, persona: str, client: str) -> str:
        said = await self.world.post("/tokens", persona=persona, ttl_s=3600, client=client)
        return str(said["token"])

    async def stranger(self) -> str:
        """The token of a person who comes through an app of his own."""
        return await self.bearer("many", f"bad-{next(self.badly)}")

    async def welcome(self) -> None:
        """Lets everybody arrive, and the platforms say what they have."""
        body = {"query": operation("Home"), "variables": {"first": 20, "freshness": "KNOWN"}}
        for who, freshness in ((who, freshness) for who in (*GOOD, "many") for freshness in ("LIVE", "KNOWN")):
            bearer = await self.bearer(who, "tongban-phone")
            await Phone(self.world.session, self.service.url, bearer).run("Home", freshness=freshness)
        for app in range(APPS):
            self.good += [post(await self.bearer(who, f"good-{app}"), body) for who in GOOD]
        async with started(Load(self.port, self.good, PHONES, 2 * SECONDS, PACE_S)) as warming:
            await warming

    async def worst(self) -> dict[str, Load]:
        """What a stranger does, by name. Each time somebody new, whose budgets nobody has touched."""
        deep: list[object] = [[]] * 60_000
        bodies: dict[str, list[dict[str, object]]] = {
            "documents out of bounds": [{"query": text} for text in OUT_OF_BOUNDS.values()],
            "documents just within bounds": [{"query": text} for text in JUST_WITHIN.values()],
            "250 kB of variables": [{"query": "{ __typename }", "variables": {"x": deep}}],
            "250 kB that ask for nothing": [{"nothing": deep}],
            "the dearest query": [{"query": DEAR}],
            "platforms asked again and again": [{"query": LIVE % 1}],
            "the same, over sixty connections": [{"query": LIVE % 1}],
            "the same, for a hundred cases": [{"query": LIVE % 100}],
            "next to nothing, again and again": [{"query": "{ __typename }"}],
        }
        flood: dict[str, list[str]] = {}
        for name, several in bodies.items():
            bearer = await self.stranger()
            flood[name] = [post(bearer, body) for body in several]
        flood["tokens that are none"] = [post((await self.stranger())[:-8] + "AAAAAAAA", {"query": "{ __typename }"})]
        junk = {
            "addresses that lead nowhere": ([NOWHERE + "\r\n"], CONNECTIONS, None),
            "thousands of headers": ([NOWHERE + "a:b\r\n" * AT_ONCE + "\r\n"], CONNECTIONS, None),
            "thousands of requests in a row": ([(NOWHERE + "\r\n") * AT_ONCE], CONNECTIONS, None),
            "junk within a body": ([CHUNKED + "ZZ\r\n"], CONNECTIONS, None),
            "bodies in single bytes": ([CHUNKED], CONNECTIONS, "1\r\n \r\n" * AT_ONCE),
            "trailers that never end": ([CHUNKED + "1\r\n \r\n0\r\n"], CONNECTIONS, "a:b\r\n" * AT_ONCE),
            "sockets with junk": ([UPGRADE, NULL], CONNECTIONS, ""),
            "junk instead of HTTP": (["\x16\x03\x01\x02\x00\x01\x00"], CONNECTIONS, ""),
            "bodies that never end": ([HEAD + "Content-Length: 100000\r\n\r\n"], HALF_OPEN, " "),
        }
        return {
            **{
                name: Load(self.port, said, MANY if "sixty" in name else CONNECTIONS, SECONDS)
                for name, said in flood.items()
            },
            **{
                name: Load(self.port, said, many, SECONDS, drip=drip, drip_s=0.0 if len(drip or "") > 1 else DRIP_S)
                for name, (said, many, drip) in junk.items()
            },
        }


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A service with its budgets as they come, and the people it is good to: all were here before."""
    async with simulated("sqlite", budgets={}) as (world, environment, folder):
        settings = load_settings(environment | {"TONGBAN_GRAPHIQL": "false"})
        for client in (
            *(f"good-{number}" for number in range(APPS)),
            *(f"bad-{number}" for number in range(STRANGERS)),
        ):
            await register_phone(settings, client)
        async with service(world, environment | {"TONGBAN_GRAPHIQL": "false"}, folder) as running:
            stage = Stage(world, running)
            await stage.welcome()
            yield stage


async def stretch(stage: Stage, load: Load | None) -> Round:
    """The good ask for a while, beside whatever else is done."""
    good, before = Load(stage.port, stage.good, PHONES, SECONDS, PACE_S), cpu_s_of(stage.service.process.pid)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(started(load)) if load else None
        came = await (await stack.enter_async_context(started(good)))
        assert set(came.statuses) <= {"200", "closed"}, came.statuses
        return Round(came, await other if other else None, cpu_s_of(stage.service.process.pid) - before)


def row(name: str, quiet: list[Round], rounds: list[Round]) -> Row:
    others = sum((one.other.statuses for one in rounds if one.other), Counter[str]())
    waits = [wait for one in rounds for wait in one.good.waits_ms]
    return (
        name,
        len(waits) / SECONDS / len(rounds),
        median(waits),
        median(one.p99 for one in rounds),
        median(one.p99 / still.p99 for one, still in zip(rounds, quiet, strict=True)),
        median(one.cpu_s for one in rounds) / SECONDS,
        sum(others.values()) / SECONDS / len(rounds),
        ", ".join(f"{status} {count}" for status, count in others.most_common(4)),
    )


async def main() -> None:
    found: dict[str, list[Round]] = {}
    async with stage() as one:
        for _ in range(ROUNDS):
            for name, load in {"nobody": None, **(await one.worst())}.items():
                found.setdefault(name, []).append(await stretch(one, load))
    head = ("", "good/s", "p50, ms", "p99, ms", "p99 : quiet", "cores", "bad/s", "what they were told")
    publish(
        "hostile",
        QUESTION,
        f"Good people ask for Home (KNOWN, first 20) together {1 / PACE_S:.0f} times a second over {PHONES} connections; "
        "each waits from when it was due. Beside them somebody does one thing as fast as he can, "
        f"over {CONNECTIONS} connections ({HALF_OPEN} for "
        "bodies that never end), with budgets as they come, of each thing and round his own. Good, bad and the "
        "service are processes of their own on "
        f"the same cores, SQLite; {ROUNDS} rounds of {SECONDS} s of each, in turns with quiet ones; medians over rounds. "
        "*p99 : quiet* is of one round. *Cores*: the service's.",
        table(head, [row(name, found["nobody"], rounds) for name, rounds in found.items()]),
    )


if __name__ == "__main__":
    run(main())
