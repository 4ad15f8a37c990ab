"""`tongban simulate`: a hand on the simulated world that `tongban demo` started."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import aiohttp
import typer
from rich.console import Console

from app.simulation import CONTROL, FEWEST, MOST, PORTS, control, simulation

app = typer.Typer(help="A hand on the simulated world.", no_args_is_help=True, rich_markup_mode=None)
out = Console()
At = Annotated[str, typer.Option("--at", help="Address of the simulator's control API.")]
Platform = Annotated[str | None, typer.Option("--platform", help="Which platform, by its code, such as 33; else 44.")]
Count = Annotated[int, typer.Option("--platforms", help="How many are simulated.", min=FEWEST, max=MOST)]


@app.command()
def start(platforms: Count = FEWEST) -> None:
    """Run the simulator alone, until Ctrl-C. For a service of your own beside it."""
    asyncio.run(_start(platforms))


@app.command()
def cases(
    persona: Annotated[str, typer.Argument(help="Whose. All there are: tongban token --list")],
    platform: Platform = None,
    at: At = CONTROL,
) -> None:
    """The cases of a persona, as the platform has them."""
    for row in call("GET", f"{at}/cases?{urlencode({'persona': persona, **_at(platform)})}"):
        # A line of its own for the number: it is there to be copied, and too long for a column.
        out.print(row["case"], style="bold", soft_wrap=True, highlight=False)
        standing = ", ".join(str(row[name]) for name in ("stage", "last_step", "outcome") if row[name])
        out.print(f"    {row['task']}: {standing}", soft_wrap=True, highlight=False, markup=False)


@app.command()
def advance(
    case: Annotated[str, typer.Argument(help="Its number, as simulate cases shows it.")],
    to: Annotated[str | None, typer.Option(help="Where to; else its next step.")] = None,
    platform: Platform = None,
    at: At = CONTROL,
) -> None:
    """Move a case on at its platform. 44 and 33 push an event; others are polled."""
    done = call("POST", f"{at}/advance", {**_at(platform), "case": case, **({"to": to} if to else {})})
    out.print(f"{done['case']} → {done['to']}", soft_wrap=True, highlight=False, markup=False)


@app.command()
def knob(
    settings: Annotated[list[str], typer.Argument(help="name=value, the value in JSON: outage=true")],
    platform: Platform = None,
    at: At = CONTROL,
) -> None:
    """Turn knobs of a platform. latency_ms, error, outage, push, duplicate_events, reorder_events, lose_events, …

    error is one of hang, trickle, reset, redirect, garbage, html, mistyped, truncated, nested, bomb, huge, http500, … or null.
    """
    wanted: dict[str, Any] = _at(platform)
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            wanted[name] = json.loads(value)
        except ValueError:
            wanted[name] = value
    out.print_json(data=call("POST", f"{at}/knobs", wanted))


@app.command()
def phones(token: Annotated[str | None, typer.Argument(help="One phone's token.")] = None, at: At = CONTROL) -> None:
    """What the fake phones received."""
    out.print_json(data=call("GET", f"{at}/phones" + (f"/{token}" if token else "")))


@app.command()
def fcm(
    answer: Annotated[str, typer.Argument(help="Which error; ok for none.")],
    retry_after: Annotated[int | None, typer.Option(help="Seconds.")] = None,
    times: Annotated[int | None, typer.Option(help="How often; else until changed.")] = None,
    at: At = CONTROL,
) -> None:
    """Have FCM answer with an error; `ok` ends it. UNREGISTERED, QUOTA_EXCEEDED, UNAVAILABLE, INTERNAL, …"""
    wanted = {"answer": None if answer == "ok" else answer, "retry_after": retry_after, "times": times}
    out.print_json(
        data=call("POST", f"{at}/fcm", {name: value for name, value in wanted.items() if name == "answer" or value})
    )


def _at(platform: str | None) -> dict[str, str]:
    """Which platform is meant; the control API has one that is meant if none is named."""
    return {"platform": platform} if platform else {}


def call(method: str, url: str, body: Any = None) -> Any:
    """One call of the control API. Raises SimulationFailed."""

    async def once() -> Any:
        async with aiohttp.ClientSession() as session:
            return await control(session, method, url, body)

    return asyncio.run(once())


async def _start(platforms: int) -> None:
    with tempfile.TemporaryDirectory(prefix="tongban-") as folder:
        async with simulation(Path(folder), PORTS, platforms) as world:
            out.print_json(data=dict(world.facts))
            out.print("Ctrl-C ends it.")
            await asyncio.Event().wait()
