"""A phone, as the tour plays it: it sends the contract's operations over HTTP and listens on a socket, and knows nothing
else of the service."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from mobile_contract.contract import operation

PROTOCOL = "graphql-transport-ws"
LONGEST_S = 10.0


@dataclass(frozen=True)
class Line:
    """A phone's open socket."""

    socket: aiohttp.ClientWebSocketResponse

    async def subscribe(self, name: str, **variables: Any) -> None:
        """Starts a subscription of the contract. It goes by its name, so each can be started once."""
        payload = {"query": operation(name), "variables": variables}
        await self.socket.send_json({"type": "subscribe", "id": name, "payload": payload})

    async def hears(self) -> tuple[str, dict[str, Any]]:
        """The next message: the subscription's name, and what it says. Raises TimeoutError after ten seconds of silence,
        and aiohttp.ClientError when the line or the subscription has ended."""
        said = await self.receive()
        if said["type"] != "next" or "errors" in said["payload"]:
            raise aiohttp.ClientError(f"the subscription said {said}")
        (row,) = said["payload"]["data"].values()
        return said["id"], row

    async def receive(self) -> dict[str, Any]:
        """The next message, whatever it is. Raises as `hears` does."""
        async with asyncio.timeout(LONGEST_S):
            message = await self.socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise aiohttp.ClientError(f"the line ended: {message.data}")
        said: dict[str, Any] = message.json()
        return said

    def drop(self) -> None:
        """Cuts the connection without a word, as a tunnel does."""
        with self.socket.get_extra_info("socket").dup() as wire:
            wire.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Phone:
    """Somebody's phone with one sign-in."""

    session: aiohttp.ClientSession
    service: str
    bearer: str

    async def run(self, name: str, deadline_ms: int = 10_000, **variables: Any) -> dict[str, Any]:
        """Sends an operation of the contract and gives the answer as it came: `data`, `errors`."""
        headers = {
            "authorization": f"Bearer {self.bearer}",
            "accept-language": "en",
            "tongban-deadline-ms": str(deadline_ms),
        }
        body = {"query": operation(name), "variables": variables}
        async with self.session.post(f"{self.service}/graphql", json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """An open socket on which the service knows who listens. Raises aiohttp.ClientError."""
        async with self.session.ws_connect(f"{self.service}/graphql", protocols=[PROTOCOL]) as opened:
            line = Line(opened)
            greeting = {"authorization": f"Bearer {self.bearer}", "accept-language": "en"}
            await opened.send_json({"type": "connection_init", "payload": greeting})
            if (said := await line.receive())["type"] != "connection_ack":
                raise aiohttp.ClientError(f"the service did not greet: {said}")
            yield line
