"""A phone listens, and what it listens through ends, dies or goes silent: it is told, or comes back and has missed nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.phone import Phone
from resolvers.ears import LOOK_S
from tests.databases import KINDS
from tests.flows.fleet import Fleet, kill
from tests.flows.outside import home
from tests.flows.sockets import LONGEST_S, Socket, greeted
from tests.houses import house
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIELD = "caseChanged"


async def first(socket: Socket, after: str | None = None) -> str:
    """Subscribes, and gives the place where listening begins."""
    await socket.subscribe("CaseChanged", after=after)
    told = await socket.told(FIELD)
    assert (told["id"], told["refetch"]) == (None, False)
    return str(told["cursor"])


async def known(live: Live, persona: str) -> tuple[Phone, str]:
    """A phone whose business is in the index, and the number of a case that has steps before it."""
    phone = await live.phone(persona)
    await home(phone)
    return phone, await live.case_at(persona, "reception")


async def step(live: Live, case: str) -> None:
    assert (await live.world.post("/advance", case=case))["events"]


async def heard(socket: Socket, case: str, seconds: float = LONGEST_S) -> str:
    """Of this case, next; the place behind it."""
    told = await socket.told(FIELD, seconds)
    assert told["case"]["number"] == case
    return str(told["cursor"])


@asynccontextmanager
async def listening(live: Live, many: int) -> AsyncIterator[list[Socket]]:
    phone, _ = await known(live, "lin")
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(greeted(live, phone)) for _ in range(many)]
        for socket in sockets:
            await first(socket)
        yield sockets


async def told_to_stop(live: Live) -> None:
    """SIGTERM under open sockets: each is told that the service restarts, and the process ends in order, before its drain."""
    async with listening(live, 8) as sockets:
        live.service.process.terminate()
        assert [(await socket.ended())[0] for socket in sockets] == [1012] * 8
        assert await asyncio.wait_for(live.service.process.wait(), 10) == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_a_service_told_to_stop_says_so_to_listeners(kind: str, tmp_path: Path) -> None:
    async with house(kind, tmp_path) as live:
        await told_to_stop(live)


async def test_servers_told_to_stop_say_so_to_listeners(fleet: Fleet) -> None:
    """All the sockets, whichever of two processes has them."""
    async with fleet.server("--workers", "2") as live:
        await told_to_stop(live)


async def test_a_change_that_came_in_elsewhere_is_heard(fleet: Fleet) -> None:
    """The platform's event goes to another server than the one that the phone listens at."""
    phone, case = await known(fleet.one, "many")
    async with fleet.server(), greeted(fleet.one, phone) as socket:
        await first(socket)
        # By hints: two looks at the database are further apart than that.
        async with asyncio.timeout(LOOK_S - 1):
            for _ in range(2):
                await step(fleet.one, case)
                await heard(socket, case)


async def test_a_server_is_killed_under_a_listener(fleet: Fleet) -> None:
    """The phone finds another, and hears from where it was: what came before, while it had no socket, and what comes now."""
    async with fleet.server() as doomed:
        phone, case = await known(doomed, "lin")
        async with greeted(doomed, phone) as socket:
            await first(socket)
            await step(fleet.one, case)
            place = await heard(socket, case)
            await kill(doomed.service.process)
            assert (await socket.line.receive()).type.name in ("CLOSED", "ERROR")
            assert socket.line.close_code == 1006
        await fleet.one.world.send_events_to(fleet.one.service.url)
        missed = await fleet.one.case_at("lin", "approval")
        await step(fleet.one, missed)
        async with greeted(fleet.one, replace(phone, service=fleet.one.service.url)) as socket:
            await first(socket, place)
            place = await heard(socket, missed)
            await step(fleet.one, case)
            await heard(socket, case)


async def test_redis_is_killed_under_a_listener(fleet: Fleet) -> None:
    """What changes while it is away is heard by the look at the database at the latest, and hints come again when it is back."""
    phone, case = await known(fleet.one, "many")
    (cursor,) = [(await phone.run("ChangesSince", cursor=None))["data"]["changesSince"]["cursor"]]

    async def changed() -> list[str]:
        told = (await phone.run("ChangesSince", cursor=cursor))["data"]["changesSince"]
        return [one["number"] for one in told["cases"]]

    async with fleet.server(), greeted(fleet.one, phone) as socket:
        await first(socket)
        await fleet.redis.kill()
        await step(fleet.one, case)
        assert await eventually(changed, bool) == [case]
        await fleet.redis.start()
        await heard(socket, case, LOOK_S + LONGEST_S)
        async with asyncio.timeout(2 * LOOK_S - 1):
            for _ in range(3):
                await step(fleet.one, case)
                await heard(socket, case, LOOK_S)
