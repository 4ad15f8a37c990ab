"""A phone's socket in tests: graphql-transport-ws, message by message, with a client that was not written for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from app.phone import Phone
from mobile_contract.contract import operation
from tests.live import Live

PROTOCOL = "graphql-transport-ws"
LONGEST_S = 10.0


@dataclass(frozen=True)
class Socket:
    """An open socket. Whatever is waited for has to come within ten seconds, unless more are given."""

    line: aiohttp.ClientWebSocketResponse

    async def say(self, **message: Any) -> None:
        await self.line.send_json(message)

    async def hears(self, seconds: float = LONGEST_S) -> dict[str, Any]:
        """The next message, which must not be the end."""
        async with asyncio.timeout(seconds):
            message: dict[str, Any] = await self.line.receive_json()
            return message

    async def ended(self, seconds: float = LONGEST_S) -> tuple[int, str]:
        """The code and reason of the close frame, which must be next."""
        async with asyncio.timeout(seconds):
            message = await self.line.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return message.data, message.extra

    async def subscribe(self, name: str, id: str = "1", **variables: Any) -> None:
        """Starts an operation of the contract."""
        await self.say(type="subscribe", id=id, payload={"query": operation(name), "variables": variables})

    async def told(self, field: str, seconds: float = LONGEST_S) -> dict[str, Any]:
        """What the next message says of a field; it must be a result without errors."""
        message = await self.hears(seconds)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        found: dict[str, Any] = message["payload"]["data"][field]
        return found


@asynccontextmanager
async def connected(live: Live, protocol: str = PROTOCOL, **headers: str) -> AsyncIterator[Socket]:
    """A socket on which nothing was said yet."""
    protocols = [protocol] if protocol else []
    url = f"{live.service.url}/graphql"
    async with live.world.session.ws_connect(url, protocols=protocols, headers=headers, max_msg_size=0) as line:
        yield Socket(line)


@asynccontextmanager
async def greeted(live: Live, phone: Phone | None = None) -> AsyncIterator[Socket]:
    """A socket that was acknowledged: a phone's, or nobody's."""
    async with connected(live) as socket:
        payload = {"payload": {"authorization": f"Bearer {phone.bearer}", "accept-language": "en"}} if phone else {}
        await socket.say(type="connection_init", **payload)
        assert await socket.hears() == {"type": "connection_ack"}
        yield socket
