"""How long from a step at the platform to the push at FCM, and where does it wait? Service and simulator are processes."""

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.phone import Phone
from app.settings import Settings
from app.simulation import Service, Simulation
from bench.figures import cpu_s_of, publish, quantile, table
from bench.world import KINDS, run, served
from domain.ids import Noun, parse_id_of
from store.database import open_database, uuid_of

QUESTION = "How long from a step at the platform to the push at FCM, and where does it wait?"
SMALL, MANY = ("lin", "huang", "he", "he-org", "rare"), ("many",)
EVENTS, RATE = 500, 20.0
PATIENCE_S = 20.0

NEXT = {
    "accepted": "review",
    "review": "correction",
    "correction": "corrected",
    "corrected": "correction",
    "material": "corrected",
    "reopened": "review",
}
"""After each step one that tells the citizen exactly one thing, so that steps, notifications and pushes can be counted."""

TOLD = (
    "SELECT n.id, n.case_id, n.created_us, a.started_us, a.finished_us, a.outcome FROM notification n "
    "JOIN delivery d ON d.notification_id = n.id JOIN attempt a ON a.delivery_id = d.id ORDER BY n.created_us"
)
STAGES = ("platform to us", "intake", "to the attempt", "FCM", "written down")
"""Up to: received; notification made; attempt begun; message at FCM; outcome written. The first starts with the step."""


Row = tuple[object, ...]


@dataclass
class Case:
    """A case of the platform, its id with us, and the step it took last."""

    id: UUID
    number: str
    persona: str
    last: str


@dataclass(frozen=True)
class Step:
    """A step asked for at `at`, and the event it gave rise to."""

    at: float
    event: str
    case: Case


@dataclass(frozen=True)
class Course:
    """Where one step was when, in seconds since 1970: stepped, received, noted, begun, at FCM, written."""

    times: tuple[float, ...]

    @property
    def push_ms(self) -> float:
        return (self.times[4] - self.times[0]) * 1000

    @property
    def stages_ms(self) -> list[float]:
        return [(later - earlier) * 1000 for earlier, later in itertools.pairwise(self.times)]


async def cases_of(world: Simulation, service: Service, persona: str) -> list[Case]:
    """A citizen's cases that a step of NEXT can follow. It has looked once, so that all are known, and has one phone."""
    phone = Phone(world.session, service.url, await world.token(persona))
    await phone.run("Home", freshness="LIVE")
    await phone.run("RegisterDevice", input={"channel": "FCM", "token": f"bench-{persona}"})
    ids = {number: id_ async for number, id_ in listed(phone)}
    return [
        Case(ids[case["case"]], case["case"], persona, case["last_step"])
        for case in await world.get(f"/cases?persona={persona}")
        if case["last_step"] in NEXT
    ]


async def listed(phone: Phone) -> AsyncIterator[tuple[str, UUID]]:
    """Number and id of every case that a phone sees, page by page."""
    after, more = None, True
    while more:
        found = (await phone.run("Home", first=100, after=after, freshness="KNOWN"))["data"]["viewer"]["cases"]
        assert found["isComplete"]
        for edge in found["edges"]:
            yield edge["node"]["number"], parse_id_of(Noun.CASE, edge["node"]["id"])
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]


async def step(world: Simulation, case: Case) -> Step:
    """Moves a case on."""
    case.last, at = NEXT[case.last], time.time()
    said = await world.post("/advance", case=case.number, to=case.last)
    (event,) = said["events"]
    return Step(at, event, case)


async def steadily(world: Simulation, cases: Sequence[Case]) -> list[Step]:
    """EVENTS steps at RATE, every fifth of them at the large list."""
    small = itertools.cycle(case for case in cases if case.persona in SMALL)
    many = itertools.cycle(case for case in cases if case.persona in MANY)
    began, tasks = time.perf_counter(), []
    for number, case in enumerate(itertools.islice(_by_turns(small, small, small, small, many), EVENTS)):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(step(world, case)))
    return await asyncio.gather(*tasks)


def _by_turns(*turns: Iterator[Case]) -> Iterator[Case]:
    while True:
        yield from (next(turn) for turn in turns)


async def at_once(world: Simulation, cases: Sequence[Case]) -> list[Step]:
    """One step of every case, as fast as the simulator takes them."""
    return await asyncio.gather(*(step(world, case) for case in cases))


async def pushed(world: Simulation, expected: int) -> dict[UUID, float]:
    """By notification, when its push was at FCM; once there are as many as expected, or patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while sum((await world.get("/phones")).values()) < expected and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    await asyncio.sleep(0.5)  # outcomes are written after FCM has answered; and nothing more may come
    came: list[tuple[UUID, float]] = []
    for token in await world.get("/phones"):
        for push in await world.get(f"/phones/{token}"):
            named = push["message"]["data"]["notification"]
            came.append((parse_id_of(Noun.NOTIFICATION, named), push["at"]))
    assert len(came) == len(dict(came)), "a notification was pushed twice"
    return dict(came)


async def courses(
    settings: Settings, steps: Sequence[Step], at_fcm: dict[UUID, float]
) -> tuple[dict[str, Course], Counter[str]]:
    """The course of every event, and how the attempts ended. The n-th event of a case made its n-th notification."""
    async with open_database(settings.database_url.get_secret_value()) as db:
        events = await db.rows("SELECT event_id, received_us FROM platform_event")
        told = await db.rows(TOLD)
    received = {row["event_id"]: row["received_us"] for row in events}
    news: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in told:
        news[uuid_of(row["case_id"])].append(row)
    found = {}
    for one in sorted(steps, key=lambda step: received[step.event]):
        row = news[one.case.id].pop(0)
        made, begun, ended = row["created_us"] / 1e6, row["started_us"] / 1e6, row["finished_us"] / 1e6
        found[one.event] = Course((one.at, received[one.event] / 1e6, made, begun, at_fcm[uuid_of(row["id"])], ended))
    assert not any(news.values()), "a notification without an event"
    return found, Counter(row["outcome"] for row in told)


@dataclass(frozen=True)
class Load:
    """Steps that were made together, their courses, and the service's CPU for one of them."""

    steps: list[Step]
    cpu_ms: float

    def courses(self, found: dict[str, Course], personas: Sequence[str]) -> list[Course]:
        return [found[one.event] for one in self.steps if one.case.persona in personas]


async def loaded(
    world: Simulation, service: Service, steps: Awaitable[list[Step]], before: int
) -> tuple[Load, dict[UUID, float]]:
    """Makes the steps and waits for their pushes, beside `before` earlier ones."""
    used = cpu_s_of(service.process.pid)
    made = await steps
    came = await pushed(world, before + len(made))
    return Load(made, (cpu_s_of(service.process.pid) - used) / len(made) * 1000), came


async def measure(kind: str) -> tuple[list[Row], list[Row], str]:
    """How long it took, where the time went, and whether everything came, at a steady rate and all at once."""
    async with served(kind) as (world, service, settings):
        cases = [case for persona in (*SMALL, *MANY) for case in await cases_of(world, service, persona)]
        steady, _ = await loaded(world, service, steadily(world, cases), 0)
        burst, came = await loaded(world, service, at_once(world, cases), EVENTS)
        found, outcomes = await courses(settings, [*steady.steps, *burst.steps], came)
    groups = {
        f"{kind}, {RATE:.0f}/s, lists of 1 to 6": (steady, SMALL),
        f"{kind}, {RATE:.0f}/s, list of 300": (steady, MANY),
        f"{kind}, {len(cases)} at once": (burst, (*SMALL, *MANY)),
    }
    taken = {name: (load.courses(found, personas), load.cpu_ms) for name, (load, personas) in groups.items()}
    attempts = sum(outcomes.values())
    assert len(came) == len(found) == attempts, (len(came), len(found), outcomes)
    counts = (
        f"{kind}: {len(found)} steps, as many events, notifications, attempts and pushes; accepted: {_share(outcomes)}."
    )
    return (
        [_latency(name, *one) for name, one in taken.items()],
        [_stages(name, one) for name, (one, _) in taken.items()],
        counts,
    )


def _share(outcomes: Counter[str]) -> str:
    return f"{outcomes['accepted'] / sum(outcomes.values()):.1%} of attempts"


def _latency(name: str, found: list[Course], cpu: float) -> Row:
    waits = [course.push_ms for course in found]
    return (name, len(waits), *(quantile(waits, share) for share in (0.5, 0.9, 0.99)), max(waits), cpu)


def _stages(name: str, found: list[Course]) -> Row:
    return (name, *(quantile(stage, 0.5) for stage in zip(*(course.stages_ms for course in found), strict=True)))


async def main() -> None:
    found = [await measure(kind) for kind in KINDS]
    publish(
        "push_latency",
        QUESTION,
        f"{EVENTS} steps at {RATE:.0f} a second, four of five at citizens with 1 to 6 cases, the fifth at one with 300; then "
        "one step of every case at once. From asking the simulator for the step to the message at the FCM double; all "
        "clocks are one. CPU is the service's for one step, over both kinds of list.",
        table(
            ("step to push", "steps", "p50, ms", "p90, ms", "p99, ms", "max, ms", "CPU, ms"),
            [r for one in found for r in one[0]],
        ),
        table(("where, p50 in ms", *STAGES), [row for one in found for row in one[1]]),
        *(one[2] for one in found),
    )


if __name__ == "__main__":
    run(main())
