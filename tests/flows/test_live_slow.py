"""A client that stops reading while many changes come: it is cut off, and neither the others nor the memory suffer."""

import asyncio
import os
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from api.conversation import MOST_LIVE, SLOW_S
from api.socket import CLOSE_S
from app.phone import Phone
from app.protocols import LINGER_S
from tests.flows.outside import figure, home, only, sql
from tests.flows.sockets import PROTOCOL, Socket, greeted
from tests.live import Live, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), only("sqlite", because="it measures the memory of one process")]

BURSTS, ROWS = 12, 90
"""Times a hundred subscriptions: about 100 MB, if all of it were kept for one who does not read."""

MOST_MORE_MIB = 64
WAITING_S = 10.0
LONGEST_S = SLOW_S + CLOSE_S + LINGER_S + 3 * WAITING_S

PARTY = "SELECT party_id FROM case_index GROUP BY party_id HAVING count(*) > 200"


async def test_a_client_that_does_not_read_is_cut_off(live: Live):
    """Within its time, and its connection let go of; it comes back with its place, and is told to read its lists again."""
    phone = await live.phone("many")
    await home(phone)
    pid, cases = live.service.process.pid, await unfinished(live)
    async with greeted(live, phone) as quick:
        await quick.subscribe("CaseChanged")
        await quick.told("caseChanged")
        await burst(live, 0, cases[-1])
        await heard_up_to(quick, cases[-1])
        before = rss_mib(pid)
        async with deaf(live, phone) as (place, port):
            assert (await figure(live, "tongban_sockets"), await is_held(port)) == (2, True)
            for number in range(BURSTS):
                await burst(live, number, cases[number])
                await heard_up_to(quick, cases[number])
            assert rss_mib(pid) - before < MOST_MORE_MIB
            assert await figure(live, "tongban_subscriptions", noun="cases") == 1 + MOST_LIVE
            hearing = asyncio.create_task(heard_up_to(quick, cases[BURSTS], LONGEST_S))
            await eventually(
                lambda: figure(live, "tongban_sockets"), lambda seen: seen == 1, SLOW_S + CLOSE_S + WAITING_S
            )
            assert await figure(live, "tongban_sockets_closed_total", code="1013") == 1
            assert await figure(live, "tongban_subscriptions", noun="cases") == 1
            await eventually(lambda: is_held(port), lambda seen: not seen, LINGER_S + WAITING_S)
        await burst(live, 0, cases[BURSTS])
        await hearing
    async with greeted(live, phone) as again:
        await again.subscribe("CaseChanged", after=place)
        assert (await again.told("caseChanged"))["refetch"] is False
        assert (await again.told("caseChanged"))["refetch"] is True


@asynccontextmanager
async def deaf(live: Live, phone: Phone) -> AsyncIterator[tuple[str, int]]:
    """A client with all the subscriptions that it may have, which has read up to a place and reads no more."""
    connector = aiohttp.TCPConnector(socket_factory=narrow)
    async with aiohttp.ClientSession(connector=connector) as session:
        line = await session.ws_connect(f"{live.service.url}/graphql", protocols=[PROTOCOL], autoping=False)
        socket = Socket(line)
        await socket.say(type="connection_init", payload={"authorization": f"Bearer {phone.bearer}"})
        assert (await socket.hears())["type"] == "connection_ack"
        for number in range(MOST_LIVE):
            await socket.subscribe("CaseChanged", f"{number}")
            told = await socket.told("caseChanged")
        yield told["cursor"], line.get_extra_info("sockname")[1]


def narrow(address: Any) -> sockets.socket:
    """A connection that takes little before somebody reads."""
    made = sockets.socket(*address[:3])
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    return made


async def unfinished(live: Live) -> list[str]:
    return [str(one["case"]) for one in await live.world.get("/cases?persona=many") if one["stage"] == "reception"]


async def burst(live: Live, number: int, case: str) -> None:
    """Ninety cases change, others each time, and then one by an event, which hints at all of them."""
    await sql(live, f"UPDATE party SET seq = seq + 1 WHERE id IN ({PARTY})")
    await sql(
        live,
        "UPDATE case_index SET seq = (SELECT seq FROM party WHERE party.id = party_id) WHERE id IN (SELECT id FROM case_index "
        f"WHERE party_id IN ({PARTY}) ORDER BY id LIMIT {ROWS} OFFSET {number * ROWS % 210})",
    )
    assert (await live.world.post("/advance", case=case))["events"]


async def heard_up_to(socket: Socket, case: str, seconds: float = 10) -> None:
    """Everything that changed, of which this case is the last."""
    count = 1
    while (await socket.told("caseChanged", seconds))["case"]["number"] != case:
        count += 1
    assert count >= ROWS


def rss_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def is_held(port: int) -> bool:
    """Whether a process on this machine still holds its end of the connection to a client's port."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(int(row[2].partition(":")[2], 16) == port and row[9] != "0" for row in rows)
