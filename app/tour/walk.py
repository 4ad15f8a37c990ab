"""The walk: in each shape everything is started, each step is taken and told, everything is ended."""

import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.markup import escape

from app.simulation import Simulation, simulation
from app.tour.ends import ends_in_order, outlives_a_kill, outlives_a_worker
from app.tour.journey import Journey, NotObserved
from app.tour.lists import finds_three_platforms, keeps_others_out, recovers, sees_its_business, survives_an_outage
from app.tour.live import hears_a_change, resumes
from app.tour.news import finds_it, has_its_licence, is_told, marks_it_read, registers
from app.tour.servers import Missing
from app.tour.shapes import alone, several

Step = Callable[[Journey], Awaitable[str]]
"""Its docstring is its title; it gives what it saw."""

STEPS: tuple[Step, ...] = (
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
"""In one process."""

SEVERAL: tuple[Step, ...] = (sees_its_business, registers, outlives_a_worker, ends_in_order)
"""In several, on an empty database of theirs."""

EXPECTED = (NotObserved, KeyError, TypeError, IndexError, ValueError, aiohttp.ClientError, TimeoutError)
"""How a step can miss what it looks for."""


async def tour(out: Console) -> bool:
    """Walks the journey and prints what it saw; whether every step that was taken was observed.

    First in one process, and then, where this machine has the servers for them, the end of it in several.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tongban-tour-") as folder:
        async with simulation(Path(folder)) as world:
            done, said = await _shapes(world, Path(folder), out)
    out.print(f"\n{said}, {time.perf_counter() - began:.1f} s", highlight=False)
    return done


async def _shapes(world: Simulation, folder: Path, out: Console) -> tuple[bool, str]:
    """Whether all that was walked was observed, and how to say it."""
    done = await _in(alone(world, folder), "the service in one process on SQLite", STEPS, 1, out)
    if done:
        out.print()
        shape = "a server and two workers on PostgreSQL and Redis"
        try:
            done = await _in(several(world, folder), shape, SEVERAL, len(STEPS) + 1, out)
        except Missing as missing:
            out.print(f"Not walked: several processes, for want of {missing}", highlight=False, soft_wrap=True)
            return True, "Every other step was observed"
    return done, "Every step was observed" if done else "The tour failed"


async def _in(
    shape: AbstractAsyncContextManager[Journey], named: str, steps: Sequence[Step], first: int, out: Console
) -> bool:
    """Takes these steps in a shape, numbered from `first`; whether all were observed. If not, the logs are shown."""
    began = time.perf_counter()
    async with shape as trip:
        out.print(f"Started: {named}, {time.perf_counter() - began:.1f} s\n", highlight=False)
        done = await _walk(trip, steps, first, out)
        for log in [] if done else sorted(trip.folder.glob("*.log")):
            out.print(_end_of(log), style="dim", markup=False, highlight=False)
    return done


def _end_of(log: Path) -> str:
    """Its last lines, without what our own looks at the figures left in it."""
    lines = [line for line in log.read_text().splitlines() if '"route": "metrics"' not in line]
    return "\n".join(lines)[-4000:]


async def _walk(trip: Journey, steps: Sequence[Step], first: int, out: Console) -> bool:
    for number, step in enumerate(steps, first):
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
