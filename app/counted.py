"""What servers counted of calls, as commands read it."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import uvloop

from app.build import require_current, require_there
from app.clock import clock
from app.settings import load_settings
from domain.tally import ALL, Counted
from domain.times import DAY, Micros, day_of, moment
from store.calls import Calls
from store.database import open_database


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls of some days: by client, and what was called by which client. `since`: the first day that was counted at all.

    `days`: of how many of them anything was counted.
    """

    since: date | None
    days: int
    by_client: Mapping[str, int]
    by_what: Mapping[Counted, int]

    @property
    def total(self) -> int:
        return sum(self.by_client.values())


def counted(days: int) -> Counts:
    """Of so many days, today among them. Raises SchemaNotReady and StoreUnavailable."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_read(day_of(clock()) - (days - 1) * DAY))


async def _read(first: Micros) -> Counts:
    url = load_settings(os.environ).database_url.get_secret_value()
    require_there(url)
    async with open_database(url) as db:
        await require_current(db)
        calls = Calls(db)
        found, began, days = await calls.since(first), await calls.first_day(), await calls.days_since(first)
    by_what = {(client, what): many for (client, what), many in found.items() if what != ALL}
    by_client = {client: many for (client, what), many in found.items() if what == ALL}
    return Counts(None if began is None else moment(began).date(), days, by_client, by_what)
