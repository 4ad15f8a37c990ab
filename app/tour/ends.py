"""Steps at which a process ends: killed in the middle of its work, and told to stop."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.tour.journey import PATIENCE_S, TOKEN, Journey, observe, rows, until
from store.database import open_database

IN_HAND = {"waiting": 0, "held": 1, "put-off": 0}
NOTHING = {"waiting": 0, "held": 0, "put-off": 0}


async def outlives_a_kill(trip: Journey) -> str:
    """The process with the worker is killed while a push is due; the next sends it"""
    platform = trip.pushing[-1]
    number = await trip.case(platform, "correction")
    inbox = {item["id"] for item in rows((await trip.home("KNOWN"))["notifications"])}
    before = await until(lambda: _pushes(trip), lambda seen: inbox <= set(seen), "every earlier push")
    await trip.world.post("/fcm", token=TOKEN, answer="UNAVAILABLE", retry_after=3, times=1)
    await trip.world.post("/advance", platform=platform, case=number, to="withdrawn")
    await until(trip.due, lambda due: due == {**NOTHING, "put-off": 1}, "a push that FCM put off")
    await _kill(trip.service.process)
    observe(await _pushes(trip) == before, "a push that is still due")
    await trip.start_anew()
    (received,) = await _sent(trip, before, NOTHING)
    node, case = await _opened(trip, received)
    observe(case["number"] == number, "the push of this very case")
    return f"FCM had put it off; “{node['title']}”, once, by the next"


async def outlives_a_worker(trip: Journey) -> str:
    """A worker is killed with one push in hand and one due; the other sends both"""
    doomed, other = trip.workers
    before = await _pushes(trip)
    with _asleep(other):
        numbers = {await _put_off(trip), await _in_hand(trip)}
        await _kill(doomed)
        trip.workers.remove(doomed)
        observe(await _pushes(trip) == before, "two pushes that are still to be sent")
    observe(len(await _sent(trip, before, IN_HAND)) == 1, "the push that was due, and a lease that outlives its holder")
    await _a_minute_passes(trip)
    first, second = [await _opened(trip, one) for one in await _sent(trip, before, NOTHING)]
    observe({case["number"] for _, case in (first, second)} == numbers, "the pushes of these very cases")
    return (
        f"“{first[0]['title']}”, as it came due\n“{second[0]['title']}”, as the dead one's lease ended\n"
        "(cut short, since a lease lasts a minute); each came once"
    )


async def ends_in_order(trip: Journey) -> str:
    """The service is told to stop"""
    processes = [trip.service.process, *trip.workers]
    for process in processes:
        process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE_S):
        statuses = {await process.wait() for process in processes}
    observe(statuses == {0}, "an orderly end")
    return "exit status 0"


async def _put_off(trip: Journey) -> str:
    """The number of a case of which the phone was to be told, had FCM not put it off."""
    platform = trip.pushing[0]
    number = await trip.case(platform, "correction")
    await trip.world.post("/fcm", token=TOKEN, answer="UNAVAILABLE", retry_after=5, times=1)
    await trip.world.post("/advance", platform=platform, case=number, to="withdrawn")
    await until(trip.due, lambda due: due == {**NOTHING, "put-off": 1}, "a push that FCM put off")
    return number


async def _in_hand(trip: Journey) -> str:
    """The number of a case of which the phone is just being told: FCM has a message, and does not answer."""

    async def looked() -> tuple[list[Any], int | None, int]:
        answers, due = (await trip.world.get("/fcm"))["answers"], await trip.due()
        return answers, due.get("held"), sum(due.values())

    platform = trip.pushing[-1]
    number = await trip.case(platform, "accepted")
    await trip.world.post("/fcm", token=TOKEN, answer="HANG", times=1)
    await trip.world.post("/advance", platform=platform, case=number, to="correction")
    await until(looked, lambda seen: seen == ([], 1, 2), "one push in hand, and one due")
    return number


async def _kill(process: Process) -> None:
    process.kill()
    observe(await process.wait() == -signal.SIGKILL, "a death by SIGKILL")


@contextmanager
def _asleep(process: Process) -> Iterator[None]:
    """Holds a process still, so that it is known who does the work."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


async def _a_minute_passes(trip: Journey) -> None:
    """What a minute would bring about, since no lease is shorter: those that are held now have ended."""
    async with open_database(trip.environment["TONGBAN_DATABASE_URL"]) as database:
        await database.rows("UPDATE delivery SET lease_until_us = 0 WHERE state = 'due' AND lease <> ''")


async def _sent(trip: Journey, before: list[str], left: dict[str, int]) -> list[str]:
    """What has come to the phone since `before`, once no more than `left` is to be sent."""
    await until(trip.due, lambda due: due == left, "pushes sent")
    return (await _pushes(trip))[len(before) :]


async def _pushes(trip: Journey) -> list[str]:
    """The notifications that pushes at the phone point at, in the order they came."""
    return [one["message"]["data"]["notification"] for one in await trip.world.get(f"/phones/{TOKEN}")]


async def _opened(trip: Journey, notification: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The notification that a push points at, and its case."""
    node = (await trip.phone.run("OpenPush", id=notification))["data"]["node"]
    return node, (await trip.phone.run("CaseDetail", id=node["caseId"]))["data"]["case"]
