"""Bytes on a connection to the service, as no client library would send them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.live import Live

LONGEST_S = 10.0


@dataclass(frozen=True)
class Wire:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def rest(self, seconds: float = LONGEST_S) -> bytes:
        """All that comes until the other end closes, which it has to do within `seconds`."""
        async with asyncio.timeout(seconds):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def wired(live: Live, said: bytes = b"") -> AsyncIterator[Wire]:
    """A connection on which this was said."""
    address = urlsplit(live.service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(said)
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()
