"""What every step of the tour has in hand, and how it looks."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client.parser import text_string_to_metric_families

from app.phone import Phone
from app.simulation import Service, Simulation, service

PERSONA, STRANGER, TOKEN = "lin", "chen", "tour-phone"
PATIENCE_S = 15.0

T = TypeVar("T")


class NotObserved(Exception):
    """A step did not show what it should have."""


@dataclass
class Journey:
    """The world, the service, two citizens' phones, and what has been seen so far. `workers`: those beside the server."""

    world: Simulation
    environment: Mapping[str, str]
    folder: Path
    stack: AsyncExitStack
    service: Service
    phone: Phone
    stranger: Phone
    workers: list[Process] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def pushing(self) -> list[str]:
        """The codes of the platforms that push what happens."""
        return [code for code, facts in self.world.facts["platforms"].items() if "event_secret" in facts]

    @property
    def polled(self) -> str:
        """The code of the platform that pushes nothing."""
        (code,) = set(self.world.facts["platforms"]) - set(self.pushing)
        return str(code)

    async def case(self, platform: str, last_step: str) -> str:
        """A number, as its platform writes it, of a case of the citizen's. Raises NotObserved."""
        for case in await self.world.get(f"/cases?persona={PERSONA}&platform={platform}"):
            if case["last_step"] == last_step:
                return str(case["case"])
        raise NotObserved(f"a case at the step {last_step}")

    async def home(self, freshness: str) -> dict[str, Any]:
        """What the citizen's first screen shows."""
        viewer: dict[str, Any] = (await self.phone.run("Home", freshness=freshness, first=50))["data"]["viewer"]
        return viewer

    async def due(self) -> dict[str, int]:
        """How many pushes are to be made, by state, as the service tells its operator."""
        async with self.phone.session.get(f"{self.service.url}/metrics") as answer:
            told = text_string_to_metric_families(await answer.text())
        samples = [one for family in told if family.name == "tongban_deliveries_due" for one in family.samples]
        return {one.labels["state"]: int(one.value) for one in samples}

    async def start_anew(self) -> None:
        """Another service in the place of one that has died. It has another address, and the phones know it."""
        self.service = await self.stack.enter_async_context(service(self.world, self.environment, self.folder))
        self.phone = replace(self.phone, service=self.service.url)
        self.stranger = replace(self.stranger, service=self.service.url)


def observe(holds: bool, what: str) -> None:
    """Raises NotObserved unless it holds."""
    if not holds:
        raise NotObserved(what)


def rows(connection: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a list."""
    return [edge["node"] for edge in connection["edges"]]


async def until(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool], what: str) -> T:
    """Looks until it holds, less often as time goes by. Raises NotObserved when patience ends."""
    deadline, pause = time.monotonic() + PATIENCE_S, 0.02
    while time.monotonic() < deadline:
        if holds(found := await look()):
            return found
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, 0.25)
    raise NotObserved(what)
