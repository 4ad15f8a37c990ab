"""How many events a second are taken in over HTTP, how long does a platform wait, and how fast is a backlog drained?"""

import asyncio
import hmac
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import aiohttp

from app.build import sealer_of
from app.clock import clock
from app.settings import Settings, load_settings
from app.simulation import Service, service
from bench.figures import cpu_s_of, publish, quantile, table
from bench.world import run, simulated
from domain.caller import Party
from domain.identity import Identity, IdentityType
from simulator.identifiers import resident_identity
from simulator.platform44 import CODE
from store.database import open_database
from store.store import store_of

MARK, SUSTAINED_S = 83.0, 30.0
PARTIES, BACKLOG, SENDERS = 2_000, 50_000, 16
NUMBERS = count(1)


@dataclass(frozen=True)
class Sent:
    """What a while of sending came to: each event's waiting time in ms, and the server's CPU."""

    waits_ms: list[float]
    took_s: float
    cpu_s: float


class Sender:
    """Platform 44 as it pushes: new cases of many parties, each event signed when it is sent."""

    def __init__(self, session: aiohttp.ClientSession, served: Service, secret: str, people: list[str]) -> None:
        self._session, self._secret, self._people = session, secret, people
        self._url, self._pid = f"{served.url}/platforms/{CODE}/events", served.process.pid

    def cpu_s(self) -> float:
        """Of the server so far."""
        return cpu_s_of(self._pid)

    def body(self, number: int, subject: int) -> bytes:
        """Event `number`: the first of the case `subject` of one of the people, or a step of it if that came before."""
        now = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y%m%d%H%M%S")
        person, case = self._people[subject % len(self._people)], f"GD{subject:012d}"
        step = {"ROW_ID": f"P{number}", "STEP_CODE": "SC", "STEP_NAME": "审查", "ACTION": None, "HANDLER": None,
                "ORG_NAME": "广州市公安局", "START_TIME": now, "END_TIME": None, "OPINION": None}  # fmt: skip
        steps = [step] if subject != number else []
        accept = {"PROJECT_NO": case, "TASK_NAME": "居住证签发", "APPLYER_ID_TYPE": "111", "APPLYER_ID": person,
                  "CATALOG_CODE": "440140709005", "ACCEPT_ORG": "广州市公安局", "APPLY_TYPE": "3", "APPLY_TIME": now}  # fmt: skip
        event = {"EVENT_ID": f"bench-{number}", "EVENT_NO": "1", "PROJECT_NO": case, "EVENT_TIME": now, "KIND": "CASE",
                 "APPLYER_ID_TYPE": "111", "APPLYER_ID": person,
                 "CASE": {"ACCEPT": accept, "PROCESS": steps, "SPECIAL": [], "MATERIAL": [], "RESULT": []}}  # fmt: skip
        return json.dumps(event, ensure_ascii=False).encode()

    async def send(self, number: int, subject: int) -> float:
        """Milliseconds until it was taken in."""
        body, stamp = self.body(number, subject), str(int(time.time()))
        sign = hmac.new(self._secret.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
        headers = {"X-Event-Time": stamp, "X-Event-Sign": sign, "Content-Type": "application/json"}
        began = time.perf_counter()
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
            assert (await answer.json())["receipt"] == "applied"
        return (time.perf_counter() - began) * 1000


async def people(settings: Settings) -> list[str]:
    """Numbers of so many parties that have signed in."""
    async with open_database(settings.database_url.get_secret_value()) as db:
        store = store_of(db, sealer_of(settings))
        numbers = [resident_identity("440106", f"19{70 + n // 1000:02}0101", f"{n % 1000:03}") for n in range(PARTIES)]
        for number in numbers:
            identity = Identity(IdentityType.RESIDENT, number)
            party = Party(store.sealer.party_id(identity), store.sealer.person_key(identity), "", identity)
            await store.parties.register(party, clock())
        # Nothing waits for them, and the worker finding that out is not what is measured.
        await db.rows("DELETE FROM job")
    return numbers


async def steadily(sender: Sender, rate: float, seconds: float) -> Sent:
    """So many a second, whether or not the ones before were answered; each waits from when it was due."""
    began, before, waits = time.perf_counter(), sender.cpu_s(), list[float]()

    async def one(due: float) -> None:
        number = next(NUMBERS)
        await sender.send(number, number)
        waits.append((time.perf_counter() - due) * 1000)

    async with asyncio.TaskGroup() as tasks:
        for place in range(int(rate * seconds)):
            due = began + place / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one(due))
    return Sent(waits, time.perf_counter() - began, sender.cpu_s() - before)


async def all_at_once(sender: Sender, many: int, *, mixed: bool = False) -> Sent:
    """So many, SENDERS at a time, each sender one after the other; `mixed`: every second one about a case of long before."""
    began, before, left, waits = time.perf_counter(), sender.cpu_s(), iter(range(many)), list[float]()

    async def one_by_one() -> None:
        for _ in left:
            number = next(NUMBERS)
            waits.append(await sender.send(number, number // 2 if mixed and number % 2 else number))

    await asyncio.gather(*(one_by_one() for _ in range(SENDERS)))
    return Sent(waits, time.perf_counter() - began, sender.cpu_s() - before)


def line(load: str, sent: Sent) -> tuple[object, ...]:
    """What a while of sending came to, for the table."""
    waits, many = sent.waits_ms, len(sent.waits_ms)
    return (load, many, many / sent.took_s, quantile(waits, 0.5), quantile(waits, 0.99), max(waits),
            sent.cpu_s / many * 1000, sent.took_s)  # fmt: skip


async def main() -> None:
    short = bool(os.environ.get("SHORT"))
    seconds, backlog = (5.0, 1_000) if short else (SUSTAINED_S, BACKLOG)
    async with simulated("postgres") as (world, environment, folder):
        settings = load_settings(environment)
        known, secret = await people(settings), world.facts["event_secret"]
        connector = aiohttp.TCPConnector(limit=SENDERS * 4)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with service(world, environment, folder) as served:
                sender = Sender(session, served, secret, known)
                await all_at_once(sender, 200)
                steady = await steadily(sender, MARK, seconds)
            async with service(world, environment, folder) as served:
                sender = Sender(session, served, secret, known)
                drained = await all_at_once(sender, backlog)
                mixed = await all_at_once(sender, backlog // 5, mixed=True)
    rows = [
        line(f"{MARK:.0f} a second for {seconds:.0f} s", steady),
        line(f"{backlog:,} after an outage, {SENDERS} at a time", drained),
        line(f"{backlog // 5:,}, half of them about known cases", mixed),
    ]
    publish(
        "event_intake",
        "How many events a second are taken in over HTTP, how long does a platform wait, and how fast is a backlog drained?",
        f"One `tongban serve` with its worker on PostgreSQL. Each event is the first of a new case, but for that half, of "
        f"{PARTIES:,} parties, signed, and applied in a transaction of its own. Server, PostgreSQL and the sending platform "
        f"share {os.cpu_count()} cores. Waiting at the mark counts from when the event was due to be sent, so a backlog would "
        "show in it; CPU is the server's for one event.",
        table(["load", "events", "events/s", "p50, ms", "p99, ms", "longest, ms", "CPU, ms", "took, s"], rows),
    )


if __name__ == "__main__":
    run(main())
