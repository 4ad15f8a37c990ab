"""The GraphQL clients of npm that apps are built with, over the running service. Needs Node."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.phone import Phone
from mobile_contract.contract import OPERATIONS, SCHEMA
from tests.flows.outside import home, nodes, only
from tests.live import Live
from tests.node import installed
from tests.relay import COMPILED, RELAY, compile_screens

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", because="it is about clients of other hands; what they ask is answered in every shape"),
]

APPS = Path(__file__).parents[1] / "node_apps"
UNKNOWN, TEXT_TAKEN, KNOWN = ["POST", False, True, 400], ["POST", True, True, 200], ["GET", False, True, 200]
"""Method of a request of APQ, whether it held the text, and the hash; status of the answer."""


@dataclass(frozen=True)
class Running:
    """A program of npm that tells what it was answered, a line at a time."""

    process: asyncio.subprocess.Process

    async def told(self) -> Any:
        """The next line. Raises TimeoutError after 15 s, and ValueError with what it complained of when it has ended."""
        assert self.process.stdout and self.process.stderr
        async with asyncio.timeout(15):
            line = await self.process.stdout.readline()
            if not line:
                raise ValueError((await self.process.stderr.read()).decode())
        return json.loads(line)


@asynccontextmanager
async def running(live: Live, program: Path, phone: Phone, *arguments: str) -> AsyncIterator[Running]:
    """`node program url token …`, until the block ends."""
    command = ("node", str(program), f"{live.service.url}/graphql", phone.bearer, *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def lin(live: Live) -> tuple[Phone, list[dict[str, Any]]]:
    """Somebody's phone, and the cases as they are known, newest first."""
    phone = await live.phone("lin")
    return phone, nodes((await home(phone))["cases"])


async def registered_one_phone_of_two(program: Running) -> None:
    """What went wrong with a mutation comes as data."""
    done, refused = await program.told(), await program.told()
    assert (bool(done["id"]), done["errors"]) == (True, [])
    assert (refused["id"], [error["code"] for error in refused["errors"]]) == (None, ["BAD_INPUT"])


async def test_apollo_asks(live: Live) -> None:
    """Its cache puts together what two answers say of a case and its platform, and joins pages; what is deferred comes later."""
    phone, cases = await lin(live)
    async with running(live, installed(APPS, "apollo.mjs"), phone, str(OPERATIONS)) as apollo:
        first = await apollo.told()
        assert (first["name"], first["kept"]["number"]) == ("林晓岚", cases[0]["number"])
        assert first["kept"]["platform"]["hotline"]
        assert await apollo.told() == [case["number"] for case in cases[:4]]
        await registered_one_phone_of_two(apollo)
        partial = await apollo.told()
        assert partial["data"]["viewer"] == {"__typename": "Viewer", "displayName": "林晓岚", "licences": None}
        assert partial["codes"] == ["PAGE_SIZE"]
        assert await apollo.told() == {"combined": True, "data": partial["data"]}
        assert await apollo.told() == [["streaming", False], ["complete", True]]


async def test_apollo_sends_hashes(live: Live) -> None:
    """The text goes once; then the hash is enough, by POST and by GET."""
    phone, _ = await lin(live)
    text = "query Persisted { viewer { displayName } }"
    async with running(live, installed(APPS, "apollo_persisted.mjs"), phone, text) as apollo:
        assert (await apollo.told())["viewer"]["displayName"] == "林晓岚"
        assert (await apollo.told())["viewer"]["displayName"] == "林晓岚"
        assert await apollo.told() == [UNKNOWN, TEXT_TAKEN, KNOWN]


async def test_apollo_listens(live: Live) -> None:
    """What is heard on the socket changes the list that stands in the cache."""
    phone, _ = await lin(live)
    number = await live.case_at("lin", "reception")
    program = installed(APPS, "apollo_live.mjs")
    async with running(live, program, phone, str(OPERATIONS), number) as apollo:
        assert (await apollo.told())["id"] is None
        await live.world.post("/advance", case=number)
        one, other = await apollo.told(), await apollo.told()
        heard, kept = (one, other) if "case" in one else (other, one)
        assert (kept["number"], kept["stage"], kept["updatedAt"]) == tuple(
            heard["case"][name] for name in ("number", "stage", "updatedAt")
        )


async def test_urql_asks_and_listens(live: Live) -> None:
    """It tells what failed from what was not run, and listens to a stream of events."""
    phone, _ = await lin(live)
    number = await live.case_at("lin", "reception")
    async with running(live, installed(APPS, "urql.mjs"), phone, str(OPERATIONS)) as urql:
        assert await urql.told() == {"name": "林晓岚", "cases": 2, "cached": "林晓岚"}
        await registered_one_phone_of_two(urql)
        failed, wrong = await urql.told(), await urql.told()
        assert failed["data"]["viewer"]["licences"] is None
        assert (failed["codes"], failed["status"]) == (["PAGE_SIZE"], 200)
        assert wrong == {"data": None, "codes": ["BAD_REQUEST"], "status": 400}
        assert (await urql.told())["id"] is None
        await live.world.post("/advance", case=number)
        assert (await urql.told())["case"]["number"] == number


async def test_graphql_request_asks(live: Live) -> None:
    """It has the status and the codes of what went wrong."""
    phone, _ = await lin(live)
    async with running(live, installed(APPS, "request.mjs"), phone, str(OPERATIONS)) as client:
        assert await client.told() == {"name": "林晓岚", "cases": 2}
        await registered_one_phone_of_two(client)
        failed, wrong, stranger = [await client.told() for _ in range(3)]
        assert failed["data"]["viewer"] == {"displayName": "林晓岚", "licences": None}
        assert (failed["codes"], failed["status"]) == (["PAGE_SIZE"], 200)
        assert wrong == {"data": None, "codes": ["BAD_REQUEST"], "status": 400}
        assert stranger == {"data": None, "codes": ["UNAUTHENTICATED"], "status": 401}


async def test_relay_asks_and_listens(live: Live, tmp_path: Path) -> None:
    """By what its compiler wrote. A second page joins the first, a case is found by its id, and changes where it is shown."""
    compiling = compile_screens(SCHEMA.read_text("utf-8"), tmp_path)
    assert compiling.returncode == 0, compiling.stdout + compiling.stderr
    phone, cases = await lin(live)
    numbers = [case["number"] for case in cases]
    shown = next(case for case in reversed(cases) if case["stage"] == "APPROVAL")
    async with running(live, installed(RELAY, "relay.mjs"), phone, str(tmp_path / COMPILED), shown["id"]) as relay:
        first = await relay.told()
        assert (first["name"], first["opened"]["number"]) == ("林晓岚", shown["number"])
        assert first["first"]["numbers"] == numbers[:2]
        assert (first["first"]["hasPreviousPage"], first["first"]["hasNextPage"]) == (False, True)
        assert (await relay.told())["numbers"] == numbers[:4]
        assert await relay.told() == first["opened"]
        done, refused = [(await relay.told())["registerDevice"] for _ in range(2)]
        assert (done["errors"], refused["errors"]) == ([], [{"code": "BAD_INPUT"}])
        assert (await relay.told())["id"] is None
        await live.world.post("/advance", case=shown["number"])
        heard = await relay.told()
        assert (heard["id"], heard["opened"]["number"]) == (shown["id"], shown["number"])
        assert heard["opened"]["updatedAt"] != first["opened"]["updatedAt"]
