"""The walk: everything is started, each step is taken and told, everything is ended."""

import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.markup import escape

from app.demo import prepare
from app.phone import Phone
from app.settings import load_settings
from app.simulation import fresh_keys, service, simulation
from app.tour.ends import ends_in_order, outlives_a_kill
from app.tour.journey import PERSONA, STRANGER, Journey, NotObserved
from app.tour.lists import finds_three_platforms, keeps_others_out, recovers, sees_its_business, survives_an_outage
from app.tour.live import hears_a_change, resumes
from app.tour.news import finds_it, has_its_licence, is_told, marks_it_read, registers

STEPS: tuple[Callable[[Journey], Awaitable[str]], ...] = (
    sees_its_business,
    finds_three_platforms,
    registers,
    is_told,
    finds_it,
    has_its_licence,
    marks_it_read,
    keeps_others_out,
    hears_a_change,
    resumes,
    survives_an_outage,
    recovers,
    outlives_a_kill,
    ends_in_order,
)

EXPECTED = (NotObserved, KeyError, TypeError, IndexError, ValueError, aiohttp.ClientError, TimeoutError)
"""How a step can miss what it looks for."""


async def tour(out: Console) -> bool:
    """Walks the journey and prints what it saw; whether every step was observed."""
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tongban-tour-")))
        trip = await _begun(stack, folder)
        took = time.perf_counter() - began
        out.print(f"Started: simulator, and the service in one process on SQLite, {took:.1f} s\n", highlight=False)
        done = await _walk(trip, out)
        if not done:
            out.print(trip.service.log.read_text()[-4000:], style="dim", markup=False, highlight=False)
    said = "Every step was observed" if done else "The tour failed"
    out.print(f"\n{said}, {time.perf_counter() - began:.1f} s", highlight=False)
    return done


async def _begun(stack: AsyncExitStack, folder: Path) -> Journey:
    """Everything running, until the stack unwinds."""
    world = await stack.enter_async_context(simulation(folder))
    platforms = list(world.facts["platforms"])
    environment = world.environment(f"sqlite://{folder}/tongban.db", fresh_keys(), 0, platforms)
    await prepare(load_settings(environment))
    served = await stack.enter_async_context(service(world, environment, folder))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    phone, stranger = [Phone(session, served.url, await world.token(name)) for name in (PERSONA, STRANGER)]
    return Journey(world, environment, folder, stack, served, phone, stranger)


async def _walk(trip: Journey, out: Console) -> bool:
    for number, step in enumerate(STEPS, 1):
        began = time.perf_counter()
        out.print(f"{number}. {step.__doc__}", highlight=False, soft_wrap=True)
        try:
            saw = await step(trip)
        except EXPECTED as error:
            out.print(f"   [red]✗[/] not observed: {_described(error)}", highlight=False, soft_wrap=True)
            return False
        took = f"[dim]({(time.perf_counter() - began) * 1000:.0f} ms)[/]"
        told = escape(saw).replace("\n", "\n     ")
        out.print(f"   [green]✓[/] {told} {took}", highlight=False, soft_wrap=True)
    return True


def _described(error: Exception) -> str:
    return escape(str(error) if isinstance(error, NotObserved) else f"{type(error).__name__}: {error}")
