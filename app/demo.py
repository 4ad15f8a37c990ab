"""`tongban demo`: the service and the simulated world around it, on fixed ports, until Ctrl-C."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from app.clock import clock
from app.connections import catalogue_of
from app.logs import configure_logs
from app.server import serve
from app.settings import Settings, load_settings
from app.simulation import CLIENT, PORTS, Simulation, SimulationFailed, fresh_keys, simulation
from domain.client import BUDGET, Client
from store.clients import Clients
from store.database import dialect_of, file_of, open_database
from store.lock import NOTICE_S
from store.migrate import MigrationRefused, MigrationStopped
from store.upgrade import Report, upgrade

FOLDER = Path(".tongban/demo")
DATABASE, KEYS = FOLDER / "tongban.db", FOLDER / "keys.json"
TOKEN_TTL_S = 24 * 3600


async def demo(port: int, fresh: bool, any_ports: bool, count: int, own: Mapping[str, str], out: Console) -> None:
    """Runs the demo with `count` platforms. Raises SimulationFailed, and what serve raises.

    `fresh` forgets what an earlier demo knew. `own` are settings of platforms that are connected besides. With `any_ports` the
    simulator listens wherever it is free: for tests, which run beside each other.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with simulation(FOLDER, None if any_ports else PORTS, count) as world:
        # Not before the ports are ours: the data may be those of a demo that is running.
        if fresh:
            _forget()
        platforms = list(world.facts["platforms"])
        settings = load_settings({**own, **world.environment(f"sqlite://{DATABASE}", _keys(), port, platforms)})
        await _prepare(settings)
        await register_phone(settings)
        configure_logs("warning")
        people = await _people(world)
        await world.send_events_to(f"http://127.0.0.1:{port}")
        await serve(settings, lambda _: _greet(out, port, people, _platforms(world, settings)))
    out.print("The demo has ended.")


async def prepare(settings: Settings) -> Report:
    """Brings the database to this version's schema; a SQLite file's folder is made. Raises what `upgrade` raises, and OSError."""
    url = settings.database_url.get_secret_value()
    if dialect_of(url) == "sqlite":
        file_of(url).parent.mkdir(parents=True, exist_ok=True)
    return await upgrade(url, clock(), NOTICE_S)


async def register_phone(settings: Settings, client: str = CLIENT, budget: int = BUDGET) -> None:
    """Lets an app come in with which the people of the simulated world sign in."""
    async with open_database(settings.database_url.get_secret_value()) as db:
        await Clients(db).add(
            Client(client, "Tongban", "the makers of the demo", budget=budget, free_text=True), clock()
        )


async def _prepare(settings: Settings) -> None:
    try:
        await prepare(settings)
    except MigrationRefused:
        raise SimulationFailed("Another version's demo was here. Forget what it knew: tongban demo --fresh") from None
    except MigrationStopped as stopped:
        raise SimulationFailed(f"{stopped} Or forget what an earlier demo knew: tongban demo --fresh") from None


def _forget() -> None:
    for file in (*FOLDER.glob(f"{DATABASE.name}*"), KEYS):
        file.unlink(missing_ok=True)


def _keys() -> dict[str, str]:
    """The demo's keys, kept beside its data: without them the data would be lost."""
    if not KEYS.exists():
        with open(os.open(KEYS, os.O_WRONLY | os.O_CREAT, 0o600), "w") as handle:
            json.dump(fresh_keys(), handle)
    keys: dict[str, str] = json.loads(KEYS.read_text())
    return keys


async def _people(world: Simulation) -> list[tuple[str, str, str]]:
    """Name, title and token of each persona."""
    personas = await world.get("/personas")
    return [(one["name"], one["title"], await world.token(one["name"], TOKEN_TTL_S)) for one in personas]


def _platforms(world: Simulation, settings: Settings) -> list[str]:
    """A line for each platform: its code, its name, and how its news come."""
    described, simulated = catalogue_of(settings).descriptions, world.facts["platforms"]
    lines = [
        f"[bold]{code}[/]      {described[code].name.en}, which {'pushes' if 'event_secret' in facts else 'is polled'}"
        for code, facts in simulated.items()
    ]
    own = [code for code in settings.platforms if code not in simulated and code in described]
    return lines + [f"[bold]{code}[/]      {described[code].name.en}, of your own" for code in own]


def _greet(out: Console, port: int, people: list[tuple[str, str, str]], platforms: list[str]) -> None:
    """The long lines first, so that what to do stands below them; they stay whole, or they could not be copied."""
    for name, _, token in people:
        out.print(f'[bold]{name}[/]\n{{"Authorization": "Bearer {token}"}}', soft_wrap=True, highlight=False)
    out.print("\nPeople of the simulated world, whose headers stand above:")
    for name, title, _ in people:
        out.print(f"  [bold]{name:8}[/]{title}", highlight=False)
    out.print("\nPlatforms; the first is meant unless simulate is told another with --platform:")
    for line in platforms:
        out.print(f"  {line}", highlight=False)
    out.print(
        f"\nGraphiQL: [bold]http://127.0.0.1:{port}/graphql[/]  (paste a line above under Headers)", highlight=False
    )
    out.print("Move a case on: [bold].venv/bin/tongban simulate cases lin[/], then [bold]simulate advance CASE[/]")
    out.print("Ctrl-C ends it.")
