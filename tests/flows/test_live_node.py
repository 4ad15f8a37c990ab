"""The npm client graphql-ws, which apps use, against the service: it hears, is cut off, and resumes by its cursor."""

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.contract import operation
from tests.flows.outside import home, on
from tests.live import Live
from tests.node import installed

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on("sqlite")]

CLIENTS = Path(__file__).parents[1] / "node_clients"


async def test_the_stock_client_hears_and_resumes(live: Live):
    """What happens before and after it is cut off comes once each."""
    phone, program = await live.phone("lin"), installed(CLIENTS, "listen.mjs")
    await home(phone)
    case = await live.case_at("lin", "reception")
    url = live.service.url.replace("http", "ws", 1) + "/graphql"
    command = ("node", str(program), url, phone.bearer, operation("CaseChanged"))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdin and process.stdout

    async def told() -> dict[str, Any]:
        line = await asyncio.wait_for(process.stdout.readline(), 15)
        return json.loads(line)

    try:
        assert (await told())["id"] is None
        await live.world.post("/advance", case=case)
        heard = await told()
        assert heard["case"]["number"] == case
        process.stdin.write(b"drop\n")
        assert "closed" in await told()
        again = await told()
        assert (again["id"], again["cursor"], again["refetch"]) == (None, heard["cursor"], False)
        await live.world.post("/advance", case=case)
        assert (await told())["id"] == heard["id"]
    finally:
        process.stdin.close()
        await process.wait()
