"""A phone's stream of server-sent events in tests, read as the text of HTML's event streams has it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.live import Live

EVENTS = "text/event-stream"
LONGEST_S = 10.0


@dataclass(frozen=True)
class Stream:
    """An open stream. Whatever is waited for has to come within ten seconds."""

    answer: aiohttp.ClientResponse

    async def event(self) -> tuple[str, str]:
        """Name and data of the next event; comments are passed over. Raises EOFError at the end."""
        fields: dict[str, str] = {}
        while True:
            async with asyncio.timeout(LONGEST_S):
                line = (await self.answer.content.readline()).decode()
            if not line:
                raise EOFError
            if line == "\n" and fields:
                return fields["event"], fields["data"]
            name, _, value = line.rstrip("\n").partition(":")
            if name:
                fields[name] = value.removeprefix(" ")

    async def told(self) -> dict[str, Any]:
        """The next result."""
        name, data = await self.event()
        assert name == "next", (name, data)
        result: dict[str, Any] = json.loads(data)
        return result

    async def completed(self) -> None:
        """The stream says that there is no more, and then there is none."""
        assert await self.event() == ("complete", "")
        try:
            raise AssertionError(await self.event())
        except EOFError:
            return


@asynccontextmanager
async def streamed(
    live: Live, bearer: str, query: str, variables: Any = None, method: str = "POST", accept: str = EVENTS
) -> AsyncIterator[Stream]:
    """A stream that was begun, or refused: see its answer."""
    headers = {"accept": accept, "accept-language": "en"}
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    asked: Mapping[str, Any] = {"query": query, "variables": variables or {}}
    given: dict[str, Any] = {"json": asked}
    if method == "GET":
        given = {"params": {"query": query, "variables": json.dumps(variables or {})}}
    async with live.world.session.request(method, f"{live.service.url}/graphql", headers=headers, **given) as answer:
        yield Stream(answer)
