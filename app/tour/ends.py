"""Steps at which a process ends: killed in the middle of its work, and told to stop."""

import asyncio
import signal
import sqlite3
from contextlib import closing

from app.tour.journey import PATIENCE_S, TOKEN, Journey, observe, until


async def outlives_a_kill(trip: Journey) -> str:
    """The process with the worker is killed while a push is due; the next sends it"""
    platform = trip.pushing[-1]
    before = len(await trip.world.get(f"/phones/{TOKEN}"))
    await trip.world.post("/fcm", token=TOKEN, answer="UNAVAILABLE", retry_after=2, times=1)
    number = await trip.case(platform, "correction")
    await trip.world.post("/advance", platform=platform, case=number, to="withdrawn")
    await until(lambda: _is_due(trip), bool, "a push that FCM put off")
    trip.service.process.kill()
    status = await trip.service.process.wait()
    observe(status == -signal.SIGKILL, "a death by SIGKILL")
    observe(len(await trip.world.get(f"/phones/{TOKEN}")) == before, "a push that is still due")
    await trip.start_anew()
    received = await until(lambda: trip.world.get(f"/phones/{TOKEN}"), lambda seen: len(seen) > before, "the push")
    pointed = received[-1]["message"]["data"]["notification"]
    node = (await trip.phone.run("OpenPush", id=pointed))["data"]["node"]
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
