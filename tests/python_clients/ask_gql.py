"""The client gql, over HTTP and over both of its sockets: python ask_gql.py URL TOKEN SCHEMA QUERY SUBSCRIPTION.

One line of JSON for each thing that it is told; the subscription's until it has heard of a change on each socket.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError, build_schema

url, token, schema_file, query, subscription = sys.argv[1:]
schema = build_schema(Path(schema_file).read_text("utf-8"))
bearer = {"Authorization": f"Bearer {token}"}
socket = {"url": url.replace("http", "ws", 1), "init_payload": bearer}


def say(line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def over_http() -> None:
    async with Client(transport=AIOHTTPTransport(url, headers=bearer), schema=schema) as session:
        say(await session.execute(gql(query)))
        try:
            await session.execute(gql("{ nothing }"))
        except GraphQLError as refused:
            say({"not sent": refused.message})
    async with Client(transport=AIOHTTPTransport(url, headers=bearer)) as session:
        try:
            await session.execute(gql("{ nothing }"))
        except TransportQueryError as refused:
            say({"refused": refused.errors})
    async with Client(transport=AIOHTTPTransport(url, headers=bearer), fetch_schema_from_transport=True) as session:
        say({"described": session.client.schema is not None})


@asynccontextmanager
async def listening(transport: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    async with Client(transport=transport, schema=schema) as session:
        say(await session.execute(gql(query)))
        told = session.subscribe(gql(subscription))
        say(await anext(told))
        yield told
        await told.aclose()


async def over_sockets() -> None:
    one, another = WebsocketsTransport(**socket), AIOHTTPWebsocketsTransport(**socket)
    async with listening(one) as first, listening(another) as second:
        say(await anext(first))
        say(await anext(second))


asyncio.run(over_http())
asyncio.run(over_sockets())
