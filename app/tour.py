"""`tongban tour`: one true journey through everything, in a temporary folder, on free ports, watched step by step."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.markup import escape

from app.demo import prepare
from app.phone import Phone
from app.settings import load_settings
from app.simulation import Service, Simulation, fresh_keys, service, simulation

PERSONA, STRANGER, TOKEN = "lin", "chen", "tour-phone"
PATIENCE_S = 15.0


class NotObserved(Exception):
    """A step did not show what it should have."""


@dataclass
class Journey:
    """The world, the service, one citizen's phone, and what has been seen so far."""

    world: Simulation
    service: Service
    phone: Phone
    stranger: Phone
    seen: dict[str, Any] = field(default_factory=dict)


def observe(holds: bool, what: str) -> None:
    """Raises NotObserved unless it holds."""
    if not holds:
        raise NotObserved(what)


async def sees_its_business(trip: Journey) -> str:
    """A citizen's phone sees cases, licences and notifications"""
    viewer = (await trip.phone.run("Home", freshness="LIVE"))["data"]["viewer"]
    cases = [edge["node"] for edge in viewer["cases"]["edges"]]
    observe(bool(cases) and viewer["cases"]["isComplete"], "cases, and a complete list")
    observe(viewer["notifications"]["unreadCount"] == 0, "no storm of old news at the first sight")
    waiting = [case for case in cases if case["stage"] == "APPROVAL" and not case["suspended"]]
    observe(bool(waiting), "a case under approval")
    trip.seen["case"] = waiting[-1]
    stages = ", ".join(sorted({case["stage"].lower() for case in cases}))
    licences = len(viewer["licences"]["edges"])
    return f"{viewer['displayName']}: {len(cases)} cases ({stages}), {licences} licences"


async def registers(trip: Journey) -> str:
    """The phone asks to be told"""
    answer = await trip.phone.run("RegisterDevice", input={"channel": "FCM", "token": TOKEN})
    payload = answer["data"]["registerDevice"]
    observe(payload["id"] and not payload["errors"], "a registered device")
    return "registered with FCM"


async def is_told(trip: Journey) -> str:
    """The platform approves a case, and the phone is told through FCM"""
    await trip.world.post("/advance", case=trip.seen["case"]["number"], to="granted")
    messages = await _until(lambda: trip.world.get(f"/phones/{TOKEN}"), bool, "a push at the phone")
    trip.seen["push"] = data = messages[0]["message"]["data"]
    text = str(messages[0]["message"])
    observe(trip.seen["case"]["item"]["name"] not in text, "a push without a word about the citizen's business")
    return f"{data['wording']}; the push holds an id and a wording key, no text"


async def finds_it(trip: Journey) -> str:
    """Inbox and case show it"""
    node = (await trip.phone.run("OpenPush", id=trip.seen["push"]["notification"]))["data"]["node"]
    case = (await trip.phone.run("CaseDetail", id=node["caseId"]))["data"]["case"]
    observe(node["caseId"] == trip.seen["case"]["id"], "the notification of this very case")
    observe((case["stage"], case["outcome"]) == ("COMPLETION", "GRANTED"), "a granted case")
    observe(case["hasNews"], "a case with news")
    return f"“{node['title']}”; case {case['stage'].lower()}, {case['outcome'].lower()}, next: {case['nextAction'].lower()}"


async def has_its_licence(trip: Journey) -> str:
    """The licence that was granted is there, unasked"""

    async def licences() -> list[dict[str, Any]]:
        viewer = (await trip.phone.run("Home", freshness="KNOWN"))["data"]["viewer"]
        return [edge["node"] for edge in viewer["licences"]["edges"]]

    (licence,) = await _until(licences, bool, "a licence")
    observe(licence["state"] == "VALID", "a valid licence")
    return f"{licence['name']}, {licence['state'].lower()}"


async def marks_it_read(trip: Journey) -> str:
    """The citizen reads it"""
    wanted = {"upTo": trip.seen["push"]["notification"]}
    payload = (await trip.phone.run("MarkNotificationsRead", input=wanted))["data"]["markNotificationsRead"]
    observe(payload["marked"] >= 1 and payload["unreadCount"] == 0, "nothing unread")
    return f"{payload['marked']} marked, {payload['unreadCount']} unread"


async def keeps_others_out(trip: Journey) -> str:
    """Somebody else asks for that case"""
    answer = await trip.stranger.run("CaseDetail", id=trip.seen["case"]["id"])
    observe(answer == {"data": {"case": None}}, "nothing for a stranger")
    return "null, as if it were not there"


async def survives_an_outage(trip: Journey) -> str:
    """The platform is cut: the list says so and keeps what it knew"""
    await trip.world.post("/knobs", outage=True)
    found = (await trip.phone.run("Home", freshness="LIVE"))["data"]["viewer"]["cases"]
    source = found["sources"][0]
    observe((source["rows"], source["reason"]) == ("STALE", "UNREACHABLE"), "a stale source and the reason")
    observe(not found["isComplete"] and len(found["edges"]) > 0, "an incomplete list that kept its rows")
    return f"{len(found['edges'])} cases kept; {source['platform']['name']}: {source['reason'].lower()}"


async def recovers(trip: Journey) -> str:
    """The platform comes back"""
    await trip.world.post("/knobs", outage=False)
    found = (await trip.phone.run("Home", freshness="LIVE"))["data"]["viewer"]["cases"]
    observe(found["isComplete"] and found["sources"][0]["rows"] == "CURRENT", "a complete list")
    return "current and complete again"


async def ends_in_order(trip: Journey) -> str:
    """The service is told to stop"""
    trip.service.process.send_signal(signal.SIGTERM)
    status = await asyncio.wait_for(trip.service.process.wait(), PATIENCE_S)
    observe(status == 0, "an orderly end")
    return "exit status 0"


STEPS: tuple[Callable[[Journey], Awaitable[str]], ...] = (
    sees_its_business,
    registers,
    is_told,
    finds_it,
    has_its_licence,
    marks_it_read,
    keeps_others_out,
    survives_an_outage,
    recovers,
    ends_in_order,
)


async def tour(out: Console) -> bool:
    """Walks the journey and prints what it saw; whether every step was observed."""
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tongban-tour-")))
        world = await stack.enter_async_context(simulation(folder))
        environment = world.environment(f"sqlite://{folder}/tongban.db", fresh_keys(), 0)
        await prepare(load_settings(environment))
        served = await stack.enter_async_context(service(world, environment, folder))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        phone, stranger = [Phone(session, served.url, await world.token(name)) for name in (PERSONA, STRANGER)]
        out.print(f"Started: simulator and service, {time.perf_counter() - began:.1f} s\n", highlight=False)
        done = await _walk(Journey(world, served, phone, stranger), out)
        if not done:
            out.print(served.log.read_text()[-4000:], style="dim", markup=False, highlight=False)
    said = "Every step was observed" if done else "The tour failed"
    out.print(f"\n{said}, {time.perf_counter() - began:.1f} s", highlight=False)
    return done


async def _walk(trip: Journey, out: Console) -> bool:
    for number, step in enumerate(STEPS, 1):
        began = time.perf_counter()
        out.print(f"{number}. {step.__doc__}", highlight=False, soft_wrap=True)
        try:
            saw = await step(trip)
        except (NotObserved, KeyError, TypeError, IndexError, aiohttp.ClientError, TimeoutError) as error:
            out.print(f"   [red]✗[/] not observed: {_described(error)}", highlight=False, soft_wrap=True)
            return False
        took = f"[dim]({(time.perf_counter() - began) * 1000:.0f} ms)[/]"
        out.print(f"   [green]✓[/] {escape(saw)} {took}", highlight=False, soft_wrap=True)
    return True


def _described(error: Exception) -> str:
    return escape(str(error) if isinstance(error, NotObserved) else f"{type(error).__name__}: {error}")


async def _until(look: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool], what: str) -> Any:
    """Looks until it holds. Raises NotObserved when patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if holds(found := await look()):
            return found
        await asyncio.sleep(0.02)
    raise NotObserved(what)
