"""`tongban demo`: the service and the simulated world around it, on fixed ports, until Ctrl-C."""

import json
import os
import shutil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.logs import configure_logs
from app.server import serve
from app.settings import Settings, load_settings
from app.simulation import PORTS, Simulation, fresh_keys, simulation
from store.database import open_database
from store.migrate import migrate

FOLDER = Path(".tongban/demo")
TOKEN_TTL_S = 24 * 3600


async def demo(port: int, fresh: bool, out: Console) -> None:
    """Runs the demo. Raises SimulationFailed, and what serve raises. `fresh` forgets what an earlier demo knew."""
    if fresh:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with simulation(FOLDER, PORTS) as world:
        settings = load_settings(world.environment(f"sqlite://{FOLDER}/tongban.db", _keys(), port))
        configure_logs("warning")
        await prepare(settings)
        lines = await _welcome(world)
        await world.send_events_to(f"http://127.0.0.1:{port}")
        await serve(settings, lambda _: _greet(out, port, lines))
    out.print("The demo has ended.")


async def prepare(settings: Settings) -> None:
    """Brings the database to this version's schema. Raises MigrationRefused."""
    url = settings.database_url.get_secret_value()
    async with open_database(url) as database:
        await migrate(database, url)


def _keys() -> dict[str, str]:
    """The demo's keys, kept beside its data: without them the data would be lost."""
    file = FOLDER / "keys.json"
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as handle:
            json.dump(fresh_keys(), handle)
    keys: dict[str, str] = json.loads(file.read_text())
    return keys


async def _welcome(world: Simulation) -> list[tuple[str, str, str]]:
    """Name, title and token of each persona."""
    personas = await world.get("/personas")
    return [(one["name"], one["title"], await world.token(one["name"], TOKEN_TTL_S)) for one in personas]


def _greet(out: Console, port: int, personas: list[tuple[str, str, str]]) -> None:
    table = Table("persona", "what it shows", title="People of the simulated world")
    for name, title, _ in personas:
        table.add_row(name, title)
    out.print(table)
    for name, _, token in personas:
        # Long lines stay whole, or they could not be copied.
        out.print(f'[bold]{name}[/]\n{{"Authorization": "Bearer {token}"}}', soft_wrap=True, highlight=False)
    out.print(f"\nGraphiQL: [bold]http://127.0.0.1:{port}/graphql[/]  (paste a line above under Headers)")
    out.print("Move a case on: [bold].venv/bin/tongban simulate cases lin[/], then [bold]simulate advance CASE[/]")
    out.print("Ctrl-C ends it.")
