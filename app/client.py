"""`tongban client`: the register of apps and mini-programs through which people come. Beside running servers."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any

import typer
import uvloop

from app.build import require_current, require_there
from app.clock import clock
from app.settings import Settings, load_settings
from domain.client import BUDGET, USUAL, BadClient, Client, Scope, checked
from store.clients import Clients
from store.database import open_database

app = typer.Typer(help="The apps through which people come.", no_args_is_help=True, rich_markup_mode=None)

SOON = "Servers know it within five seconds."

Id = Annotated[str, typer.Argument(help="The azp of its tokens.")]
Scopes = Annotated[list[Scope] | None, typer.Option("--scope", help="What it may do; may be repeated.")]


@app.command()
def add(
    client: Id,
    name: Annotated[str, typer.Option(help="What people call it.")],
    contact: Annotated[str, typer.Option(help="Whom to tell when something is wrong: an address of its makers.")],
    scope: Scopes = None,
    budget: Annotated[int, typer.Option(help="What all its callers may spend in a minute, in cost.")] = BUDGET,
    free_text: Annotated[bool, typer.Option("--free-text", help="It may send what no release of it holds.")] = False,
) -> None:
    """Let people come in through an app. Without --scope it gets what every client gets: all but seeing the schema."""
    wanted = _checked(Client(client, name, contact, frozenset(scope or USUAL), budget, free_text=free_text))
    if not _run(_added(wanted)):
        raise typer.BadParameter(f"{client} is registered already: tongban client change {client}")
    typer.echo(f"{client} is registered. {SOON}")


@app.command("list")
def list_() -> None:
    """Every registered app: id, name, scopes, budget, what it may send, and why one is suspended."""
    for one in _run(_all()).values():
        scopes = ",".join(sorted(one.scopes)) or "nothing"
        state = f"suspended: {one.suspended}" if one.suspended else "may come in"
        sends = "free text" if one.free_text else "registered operations"
        typer.echo(f"{one.id}  {one.name}  {scopes}  {one.budget}  {sends}  {one.contact}  {state}")


@app.command()
def change(
    client: Id,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    contact: Annotated[str | None, typer.Option(help="Whom to tell when something is wrong.")] = None,
    scope: Scopes = None,
    budget: Annotated[int | None, typer.Option(help="What all its callers may spend in a minute, in cost.")] = None,
    free_text: Annotated[
        bool | None, typer.Option("--free-text/--registered-only", help="Whether it may send what no release holds.")
    ] = None,
) -> None:
    """Change what was agreed for an app; --scope puts all that are named in the place of what it had."""
    given: dict[str, Any] = {
        "name": name,
        "contact": contact,
        "scopes": frozenset(scope) if scope else None,
        "budget": budget,
        "free_text": free_text,
    }
    said = {key: value for key, value in given.items() if value is not None}
    if not said:
        raise typer.BadParameter("Say what to change.")
    _change(client, lambda found: replace(found, **said))


@app.command()
def suspend(
    client: Id, because: Annotated[str, typer.Option(help="Why, for the next operator and for its makers.")]
) -> None:
    """Turn the callers of an app away, with a code of their own, until it is resumed."""
    if not because.strip():
        raise typer.BadParameter("Say why.")
    _change(client, lambda found: replace(found, suspended=because.strip()))


@app.command()
def resume(client: Id) -> None:
    """Let the callers of an app in again."""
    _change(client, lambda found: replace(found, suspended=""))


def _change(client: str, to: Callable[[Client], Client]) -> None:
    found = _run(_all()).get(client)
    if found is None:
        raise typer.BadParameter(f"{client} is not registered: tongban client list")
    _run(_changed(_checked(to(found))))
    typer.echo(f"{client} is changed. {SOON}")


def _checked(client: Client) -> Client:
    try:
        return checked(client)
    except BadClient as bad:
        raise typer.BadParameter(str(bad)) from None


async def _added(client: Client) -> bool:
    return bool(await _over(lambda clients: clients.add(client, clock())))


async def _changed(client: Client) -> bool:
    return bool(await _over(lambda clients: clients.change(client)))


async def _all() -> dict[str, Client]:
    found: dict[str, Client] = await _over(lambda clients: clients.all())
    return found


async def _over(work: Callable[[Clients], Coroutine[Any, Any, Any]]) -> Any:
    settings: Settings = load_settings(os.environ)
    url = settings.database_url.get_secret_value()
    require_there(url)
    async with open_database(url) as db:
        await require_current(db)
        return await work(Clients(db))


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
