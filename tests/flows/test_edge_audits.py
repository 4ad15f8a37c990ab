"""What others hold servers against, and the clients that apps use, over the running service. Needs Node."""

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.contract import operation
from tests.flows.outside import home, only
from tests.live import Live
from tests.node import installed

pytestmark = [pytest.mark.asyncio(loop_scope="module"), only("sqlite", because="it is about what one door says")]

CLIENTS = Path(__file__).parents[1] / "node_clients"
PAGE = Path(__file__).parents[2] / "docs/developers/wire.md"
AUDITS = 61
NAME = "{ viewer { displayName } }"


async def run(program: str, *arguments: str) -> list[Any]:
    """The lines that a program of tests/node_clients wrote until it ended."""
    path = installed(CLIENTS, program)
    process = await asyncio.create_subprocess_exec("node", str(path), *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        written, failed = await process.communicate()
    assert process.returncode == 0, failed.decode()
    return [json.loads(line) for line in written.splitlines()]


async def test_the_audits_of_graphql_over_http(live: Live) -> None:
    """Each of them passes, and those that are only recommended too."""
    audits = await run("audit.mjs", f"{live.service.url}/graphql")
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == AUDITS


async def test_the_client_of_sockets_asks(live: Live) -> None:
    phone = await live.phone("lin")
    url = live.service.url.replace("http", "ws", 1) + "/graphql"
    assert await run("ask.mjs", url, phone.bearer, NAME) == [{"data": {"viewer": {"displayName": "林晓岚"}}}]


async def test_the_client_of_streams_asks(live: Live) -> None:
    """It sees the end of the stream, and an error of a document as what it is."""
    phone = await live.phone("lin")
    url = f"{live.service.url}/graphql"
    assert await run("stream.mjs", url, phone.bearer, NAME) == [{"data": {"viewer": {"displayName": "林晓岚"}}}, "end"]
    refused, end = await run("stream.mjs", url, phone.bearer, "{ nothing }")
    assert (refused["errors"][0]["extensions"]["code"], end) == ("BAD_REQUEST", "end")


async def test_the_example_for_mini_programs(live: Live) -> None:
    """Puts together what comes in pieces, characters too."""
    phone = await live.phone("lin")
    assert await run("chunks.mjs", str(PAGE), f"{live.service.url}/graphql", phone.bearer, NAME) == [
        {"data": {"viewer": {"displayName": "林晓岚"}}},
        "end",
    ]
    refused, end = await run("chunks.mjs", str(PAGE), f"{live.service.url}/graphql", phone.bearer, "{ nothing }")
    assert (refused["errors"][0]["extensions"]["code"], end) == ("BAD_REQUEST", "end")


async def test_the_client_of_streams_listens(live: Live) -> None:
    """What the client of sockets hears stands in test_live.py."""
    phone, program = await live.phone("lin"), installed(CLIENTS, "stream.mjs")
    await home(phone)
    case = await live.case_at("lin", "reception")
    command = ("node", str(program), f"{live.service.url}/graphql", phone.bearer, operation("CaseChanged"))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdin and process.stdout
    try:
        async with asyncio.timeout(15):
            assert json.loads(await process.stdout.readline())["data"]["caseChanged"]["id"] is None
            await live.world.post("/advance", case=case)
            assert json.loads(await process.stdout.readline())["data"]["caseChanged"]["case"]["number"] == case
    finally:
        process.stdin.close()
        await process.wait()
