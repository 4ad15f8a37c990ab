"""Apollo's own tests of subgraphs, over our door and our machinery of entities. Needs Node, and ports 4000, 4002 and 4003."""

import asyncio
import json
import socket
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from tests.contract.products import products
from tests.node import installed, missing

SUITE = Path(__file__).parents[1] / "subgraph_suite"
PORTS = (4000, 4002, 4003)
"""Where the suite looks for the gateway and for its own subgraphs."""

TRACING = "ftv1"
"""Timings of fields in a format of Apollo's own, for its own service: we do not have it, nor does the suite require it."""


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # No set-up of logs by uvicorn: it is one for the whole process, and other tests read what is logged.
        server = uvicorn.Server(uvicorn.Config(products(), log_config=None, lifespan="off"))
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await task


async def test_the_suite() -> None:
    """Every test passes, required or not, but for tracing."""
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                missing(f"port {port}, which the suite needs, is taken")
    program = installed(SUITE, "suite.mjs")
    async with served() as url, asyncio.timeout(120):
        run = await asyncio.create_subprocess_exec("node", str(program), url, stdout=PIPE, stderr=PIPE)
        said, failed = await run.communicate()
    assert run.returncode == 0, failed.decode()
    ended = {test["name"]: test for test in map(json.loads, said.splitlines())}
    assert [test for name, test in ended.items() if name != TRACING and test["status"] != "passed"] == []
    assert len(ended) >= 20
    assert ended[TRACING]["status"] == "failed"
