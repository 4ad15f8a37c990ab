"""The register of clients, as commands work on it: beside running servers, in a database that must be there."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import typer
import uvloop

from app.build import require_current, require_there
from app.settings import load_settings
from domain.client import Client
from store.clients import Clients
from store.database import open_database

T = TypeVar("T")

SOON = "Servers know it within five seconds."


def on_register(work: Callable[[Clients], Coroutine[Any, Any, T]]) -> T:
    """What `work` gives. Raises SchemaNotReady and StoreUnavailable."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_over(work))


def registered(client: str) -> Client:
    """The client of this id. Ends the command if there is none."""
    found = on_register(lambda clients: clients.all()).get(client)
    if found is None:
        raise typer.BadParameter(f"{client} is not registered: tongban client list")
    return found


async def _over(work: Callable[[Clients], Coroutine[Any, Any, T]]) -> T:
    url = load_settings(os.environ).database_url.get_secret_value()
    require_there(url)
    async with open_database(url) as db:
        await require_current(db)
        return await work(Clients(db))
