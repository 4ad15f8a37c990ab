"""The command `tongban`."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Mapping
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from app import client, contract, events, simulate
from app import doctor as doctors
from app import platform as described
from app.beside import Busy
from app.build import SchemaNotReady
from app.demo import demo as run_demo
from app.demo import prepare
from app.logs import configure_logs
from app.platforms import platforms as how_platforms_are_doing
from app.reference import HOME as REFERENCE
from app.reference import settings_reference
from app.server import CannotListen
from app.server import serve as run_server
from app.server import work as run_worker
from app.settings import Settings, SettingsError, load_settings
from app.simulation import CONTROL, FEWEST, SimulationFailed
from app.supervisor import serve_many
from app.tour.walk import tour as run_tour
from integrations.description import BadDescription
from mobile_contract.approvals import BadApproval
from mobile_contract.manifest import BadManifest
from mobile_contract.releases import BadRelease
from store.database import StoreUnavailable
from store.keys import WrongKeys
from store.lock import Held
from store.migrate import MigrationRefused, MigrationStopped, SchemaState
from store.shared.redis import RedisUnavailable
from store.upgrade import outstanding

app = typer.Typer(
    help="Tongban: a citizen's business, handled anywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(simulate.app, name="simulate")
app.add_typer(described.app, name="platform")
app.add_typer(events.app, name="events")
app.add_typer(client.app, name="client")
app.command("platforms")(how_platforms_are_doing)
app.add_typer(contract.app, name="contract")
out, trouble = Console(), Console(stderr=True)


def main() -> None:
    """Runs a command; whatever can be foreseen to go wrong is said in a sentence, with exit status 2."""
    try:
        app(prog_name="tongban")
    except tuple(_ADVICE) as error:
        trouble.print(_advice(error), style="red", highlight=False, soft_wrap=True, markup=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where to serve.", envvar="PORT", min=1, max=65535)] = 8000,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier demo knew.")] = False,
    own: Annotated[
        bool, typer.Option("--own", help="Connect the platforms of TONGBAN_DESCRIPTIONS as well, by their settings.")
    ] = False,
    any_ports: Annotated[bool, typer.Option("--any-ports", hidden=True, help="For tests.")] = False,
    platforms: simulate.Count = FEWEST,
) -> None:
    """The service and a simulated world around it, until Ctrl-C."""
    if own and platforms > FEWEST:
        raise typer.BadParameter("--own and --platforms exclude each other: each brings a folder of descriptions")
    _run(run_demo(port, fresh, any_ports, platforms, _of_own(os.environ) if own else {}, out))


def _of_own(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that say which platforms somebody describes, where they are, and who speaks to them about people."""
    wanted = ("TONGBAN_DESCRIPTIONS", "TONGBAN_PLATFORMS__", "TONGBAN_ASSERTION_")
    return {name: value for name, value in environment.items() if name.startswith(wanted)}


@app.command()
def tour() -> None:
    """One journey through everything, watched step by step. Exits 0 only if every step was observed."""
    if not _run(run_tour(out)):
        raise typer.Exit(1)


@app.command()
def serve(
    workers: Annotated[int, typer.Option(help="Server processes. More than one need Redis.", min=1, max=64)] = 1,
    inherited: Annotated[int | None, typer.Option("--socket", hidden=True, help="Of a parent that keeps us.")] = None,
) -> None:
    """Serve phones and platforms until SIGTERM. Prints its address when it answers."""
    settings = load_settings(os.environ)
    configure_logs(settings.log_level)

    def started(port: int) -> None:
        print(f"http://{settings.host}:{port}", flush=True)

    if workers == 1:
        _run(run_server(settings, started, inherited))
    elif status := _run(serve_many(settings, workers, started)):
        raise typer.Exit(status)


@app.command()
def worker() -> None:
    """Dispatch and do jobs until SIGTERM, beside servers. Prints a line when it works."""
    settings = load_settings(os.environ)
    configure_logs(settings.log_level)
    _run(run_worker(settings, lambda: print("working", flush=True)))


@app.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done; exit 1 if something.")] = False,
) -> None:
    """Bring the database to this version's schema. Stop what serves it first."""
    settings = load_settings(os.environ)
    if check:
        _check_migrations(settings)
        return
    for line in _run(prepare(settings)).lines():
        out.print(line, highlight=False, soft_wrap=True, markup=False)
    out.print("The database is at this version's schema.")


def _check_migrations(settings: Settings) -> None:
    state, names = _run(outstanding(settings.database_url.get_secret_value()))
    if state is SchemaState.FOREIGN:
        raise MigrationRefused(state)
    for name in names:
        out.print(f"To be applied: {name}", highlight=False, soft_wrap=True)
    if names:
        raise typer.Exit(1)
    out.print("The database is at this version's schema.")


@app.command()
def token(
    persona: Annotated[str | None, typer.Argument(help="Who, in the simulated world.")] = None,
    every: Annotated[bool, typer.Option("--list", help="Who there is.")] = False,
    at: simulate.At = CONTROL,
) -> None:
    """An access token of the simulated identity provider."""
    if every or persona is None:
        for one in simulate.call("GET", f"{at}/personas"):
            out.print(f"[bold]{one['name']:8}[/] {one['title']}", highlight=False)
        return
    print(simulate.call("POST", f"{at}/tokens", {"persona": persona})["token"])


@app.command()
def doctor() -> None:
    """Look at everything that serving needs, and say what to do. Exits 0 if nothing hinders serving."""
    if not _run(doctors.examine(os.environ, out)):
        raise typer.Exit(1)


@app.command(hidden=True)
def reference() -> None:
    """Write docs/settings.md."""
    REFERENCE.write_text(settings_reference(), "utf-8")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


_ADVICE: dict[type[Exception], str] = {
    SettingsError: "{0}",
    BadDescription: "{0}",
    BadManifest: "{0}",
    BadRelease: "{0}",
    BadApproval: "{0}",
    SimulationFailed: "{0}",
    StoreUnavailable: "The database does not answer ({0}). Is it running, and is TONGBAN_DATABASE_URL right?",
    RedisUnavailable: "Redis cannot be used: {0}. Is it running, and is TONGBAN_REDIS_URL right?",
    SchemaNotReady: "The database cannot be used: {0}",
    MigrationRefused: "The database is {0}: it holds something, and not this version's schema. Nothing was changed. "
    "Name another in TONGBAN_DATABASE_URL.",
    MigrationStopped: "{0}",
    CannotListen: "{0}",
    OSError: "{0}",
    WrongKeys: "{0}. With other keys its people would seem unknown, and their rows would not open.",
    Busy: "{0}",
    Held: "Another server process uses this database. Without Redis there is one at a time.",
}
"""What to say of each failure that can be foreseen at the command line."""


def _advice(error: Exception) -> str:
    return next(text for kind, text in _ADVICE.items() if isinstance(error, kind)).format(error)
