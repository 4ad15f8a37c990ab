"""A whole service as tests see it: from outside, over HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.phone import Phone
from app.simulation import Service, Simulation
from tests.crew import Crew

T = TypeVar("T")


@dataclass(frozen=True)
class BesetPhone(Phone):
    """A phone of whose service a process dies in the middle of each flow."""

    crew: Crew

    async def run(self, name: str, deadline_ms: int = 10_000, **variables: Any) -> dict[str, Any]:
        await self.crew.before_request()
        return await super().run(name, deadline_ms, **variables)


@dataclass(frozen=True)
class Live:
    """The simulated world, the service in it, the service's database and its settings."""

    world: Simulation
    service: Service
    database: str
    environment: Mapping[str, str]
    crew: Crew | None = None
    """The processes, where there are several."""

    async def phone(self, persona: str, **claims: Any) -> Phone:
        """The phone of a persona, signed in; `claims` change what its token says."""
        token = (await self.world.post("/tokens", persona=persona, claims=claims))["token"]
        if self.crew is not None:
            return BesetPhone(self.world.session, self.service.url, token, self.crew)
        return Phone(self.world.session, self.service.url, token)

    async def case_at(self, persona: str, stage: str) -> str:
        """The platform's number of a case of a persona at a stage (reception, approval, completion)."""
        cases = await self.world.get(f"/cases?persona={persona}")
        return next(str(case["case"]) for case in cases if case["stage"] == stage)


async def eventually(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool], seconds: float = 10) -> T:
    """What was seen once it held. Fails when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        if holds(seen := await look()):
            return seen
        assert time.monotonic() < deadline, f"never held; last seen: {seen!r}"
        await asyncio.sleep(0.02)
