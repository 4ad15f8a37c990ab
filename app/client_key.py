"""`tongban client key`: what the servers of a client show, such as a gateway's. To rotate one: make, install, end the old one."""

import secrets
from typing import Annotated

import typer

from app.client_register import SOON, on_register, registered
from app.clock import clock
from domain.client import Scope
from domain.client_key import RANDOM, Key, digest_of, key_of
from domain.times import DAY, HOUR, moment

app = typer.Typer(help="Keys of its servers.", no_args_is_help=True, rich_markup_mode=None)

Id = Annotated[str, typer.Argument(help="The client.")]


@app.command()
def new(
    client: Id,
    days: Annotated[
        int | None, typer.Option(help="How long it is good; without an end if not said.", min=1, max=3650)
    ] = None,
) -> None:
    """Make a key and write it to standard output. It is shown this once; what is kept tells nobody what it was."""
    if Scope.GATEWAY not in registered(client).scopes:
        typer.echo(f"{client} has not the scope gateway, so that a key opens nothing to it yet.", err=True)
    key, now = key_of(secrets.token_bytes(RANDOM)), clock()
    kept = Key(client, digest_of(key), now, now + days * DAY if days else None)
    on_register(lambda clients: clients.add_key(kept))
    typer.echo(f"{kept.id} is a key of {client}. {SOON} It is shown this once:", err=True)
    typer.echo(key)


@app.command("list")
def list_(client: Id) -> None:
    """Every key of a client: id, when it was made, and whether it is good."""
    registered(client)
    now = clock()
    for key in _keys(client):
        ends = f"until {_minute(key.ends)}" if key.ends is not None else "without an end"
        typer.echo(f"{key.id}  made {_day(key.made)}  {f'good {ends}' if key.good(now) else 'ended'}")


@app.command()
def end(
    client: Id,
    key: Annotated[str, typer.Argument(help="Its id: tongban client key list.")],
    hours: Annotated[int, typer.Option("--in-hours", help="Let it be good for so long.", min=0, max=8760)] = 0,
) -> None:
    """Let nobody in by a key any more."""
    found = next((one for one in _keys(client) if one.id == key), None)
    if found is None:
        raise typer.BadParameter(f"{client} has no key {key}: tongban client key list {client}")
    at = (now := clock()) + hours * HOUR
    if not found.good(now):
        raise typer.BadParameter(f"{key} has ended: make another with tongban client key new {client}")
    on_register(lambda clients: clients.end_key(found, at))
    typer.echo(f"{key} ends{f' in {hours} hours' if hours else ''}. {SOON}")


def _keys(client: str) -> list[Key]:
    return [key for key in on_register(lambda clients: clients.keys()).values() if key.client == client]


def _minute(at: int) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M} UTC"


def _day(at: int) -> str:
    return f"{moment(at):%Y-%m-%d}"
