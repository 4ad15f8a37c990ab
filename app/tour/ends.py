"""Steps at which a process ends: killed in the middle of its work, and told to stop."""

import asyncio
import signal
import sqlite3
from contextlib import closing

from app.tour.journey import PATIENCE_S, TOKEN, Journey, observe, rows, until


async def outlives_a_kill(trip: Journey) -> str:
    """The process with the worker is killed while a push is due; the next sends it"""
    platform = trip.pushing[-1]
    number = await trip.case(platform, "correction")
    inbox = {item["id"] for item in rows((await trip.home("KNOWN"))["notifications"])}
    before = await until(lambda: _pushes(trip), lambda seen: inbox <= set(seen), "every earlier push")
    await trip.world.post("/fcm", token=TOKEN, answer="UNAVAILABLE", retry_after=2, times=1)
    await trip.world.post("/advance", platform=platform, case=number, to="withdrawn")
    await until(lambda: _is_due(trip), bool, "a push that FCM put off")
    trip.service.process.kill()
    observe(await trip.service.process.wait() == -signal.SIGKILL, "a death by SIGKILL")
    observe(await _pushes(trip) == before, "a push that is still due")
    await trip.start_anew()
    received = await until(lambda: _pushes(trip), lambda seen: len(seen) > len(before), "the push")
    node = (await trip.phone.run("OpenPush", id=received[-1]))["data"]["node"]
    case = (await trip.phone.run("CaseDetail", id=node["caseId"]))["data"]["case"]
    observe(case["number"] == number and len(received) == len(before) + 1, "the push of this very case, once")
    return f"FCM had put it off; “{node['title']}”, by another process"


async def ends_in_order(trip: Journey) -> str:
    """The service is told to stop"""
    trip.service.process.send_signal(signal.SIGTERM)
    status = await asyncio.wait_for(trip.service.process.wait(), PATIENCE_S)
    observe(status == 0, "an orderly end")
    return "exit status 0"


async def _is_due(trip: Journey) -> bool:
    """Whether FCM has put a push off, and it waits in the outbox in nobody's hands: no answer of the service says so."""
    if (await trip.world.get("/fcm"))["answers"]:
        return False
    with closing(sqlite3.connect(f"file:{trip.folder}/tongban.db?mode=ro", uri=True)) as outbox:
        (due,) = outbox.execute("SELECT count(*) FROM delivery WHERE state = 'due' AND lease = ''").fetchone()
        return bool(due)


async def _pushes(trip: Journey) -> list[str]:
    """The notifications that pushes at the phone point at, in the order they came."""
    return [one["message"]["data"]["notification"] for one in await trip.world.get(f"/phones/{TOKEN}")]
