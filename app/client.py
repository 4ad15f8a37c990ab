"""`tongban client`: the register of apps and mini-programs through which people come. Beside running servers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import typer

from app import client_key
from app.client_register import SOON, on_register, registered
from app.clock import clock
from domain.client import BUDGET, USUAL, BadClient, Client, Scope, checked
from schema.documents import MOST_COST

app = typer.Typer(help="The apps through which people come.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(client_key.app, name="key")

Id = Annotated[str, typer.Argument(help="The azp of its tokens.")]
Scopes = Annotated[list[Scope] | None, typer.Option("--scope", help="What it may do; may be repeated.")]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="Where pages of it come from that may ask in a browser; may be repeated. https://…"),
]


@app.command()
def add(
    client: Id,
    name: Annotated[str, typer.Option(help="What people call it.")],
    contact: Annotated[str, typer.Option(help="Whom to tell when something is wrong: an address of its makers.")],
    scope: Scopes = None,
    budget: Annotated[int, typer.Option(help="What all its callers may spend in a minute, in cost.")] = BUDGET,
    free_text: Annotated[bool, typer.Option("--free-text", help="It may send what no release of it holds.")] = False,
    origin: Origins = None,
) -> None:
    """Let people come in through an app. Without --scope it gets what every client gets: all but SCHEMA and GATEWAY."""
    _require_enough(budget)
    agreed = Client(client, name, contact, frozenset(scope or USUAL), budget, free_text=free_text)
    wanted = _checked(replace(agreed, origins=frozenset(origin or ())))
    if not on_register(lambda clients: clients.add(wanted, clock())):
        raise typer.BadParameter(f"{client} is registered already: tongban client change {client}")
    typer.echo(f"{client} is registered. {SOON}")


@app.command("list")
def list_() -> None:
    """Every registered app: id, name, scopes, budget, what it may send, whom to tell, where its pages are, may it come in."""
    for one in on_register(lambda clients: clients.all()).values():
        scopes = ",".join(sorted(one.scopes)) or "nothing"
        state = f"suspended: {one.suspended}" if one.suspended else "may come in"
        sends = "free text" if one.free_text else "registered operations"
        pages = ",".join(sorted(one.origins)) or "no pages"
        typer.echo(f"{one.id}  {one.name}  {scopes}  {one.budget}  {sends}  {one.contact}  {pages}  {state}")


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
    origin: Origins = None,
    no_pages: Annotated[bool, typer.Option("--no-pages", help="No page of it may ask in a browser.")] = False,
) -> None:
    """Change what was agreed for an app; --scope and --origin put all that are named in the place of what it had."""
    given: dict[str, Any] = {
        "name": name,
        "contact": contact,
        "scopes": frozenset(scope) if scope else None,
        "budget": budget,
        "free_text": free_text,
        "origins": frozenset(origin or ()) if origin or no_pages else None,
    }
    said = {key: value for key, value in given.items() if value is not None}
    if not said:
        raise typer.BadParameter("Say what to change.")
    if budget is not None:
        _require_enough(budget)
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
    if not registered(client).suspended:
        raise typer.BadParameter(f"{client} is not suspended.")
    _change(client, lambda found: replace(found, suspended=""))


def _change(client: str, to: Callable[[Client], Client]) -> None:
    changed = _checked(to(registered(client)))
    on_register(lambda clients: clients.change(changed))
    typer.echo(f"{client} is changed. {SOON}")


def _require_enough(budget: int) -> None:
    """Not of what was agreed before: whoever has less can still be suspended."""
    if budget < MOST_COST:
        raise typer.BadParameter(
            f"One operation may cost {MOST_COST:,}. With a smaller budget some would never be answered, however long it waits."
        )


def _checked(client: Client) -> Client:
    try:
        return checked(client)
    except BadClient as bad:
        raise typer.BadParameter(str(bad)) from None
