"""Events are signed, sent again until taken, and spoilt on demand."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

from tests.live import eventually


def is_signed(headers: dict[str, str], body: str) -> bool:
    first = f"{headers['X-Event-Time']}.{body}".encode()
    return hmac.new(b"the-secret", first, hashlib.sha256).hexdigest() == headers["X-Event-Sign"]


async def test_an_advance_reaches_the_receiver(tell: Any, receiver: Any, ask: Any) -> None:
    """One step is one signed event with the whole acceptance and only the rows that are new or changed."""
    number = await tell.case("lin", "review")
    advanced = await tell.post("/advance", case=number, to="correction")
    await receiver.got(1)
    headers, raw = receiver.came[0]
    event = json.loads(raw)
    assert is_signed(headers, raw)
    assert abs(int(headers["X-Event-Time"]) - time.time()) < 5
    assert (event["KIND"], event["APPLYER_ID_TYPE"], advanced["events"]) == ("CASE", "111", [event["EVENT_ID"]])
    whole = (await ask("cases/get", PROJECT_NO=number))["data"]
    assert event["CASE"]["ACCEPT"] == whole["ACCEPT"]
    assert event["CASE"]["PROCESS"] == whole["PROCESS"][-1:]
    assert event["CASE"]["PROCESS"][0]["STEP_CODE"] == "BZGZ"
    assert [event["CASE"][table] for table in ("SPECIAL", "MATERIAL", "RESULT")] == [[], [], []]


async def test_a_licence_is_an_event_of_its_own(tell: Any, receiver: Any, everything: Any) -> None:
    """After the CASE event of a grant comes a LICENCE event with one whole licence."""
    number = await tell.case("he-org", "review")
    await tell.post("/advance", case=number, to="granted")
    await receiver.got(2)
    assert [event["KIND"] for event in receiver.bodies] == ["CASE", "LICENCE"]
    assert receiver.bodies[1]["LICENCE"] == (await everything("licences", "he-org"))[0]


async def test_a_refused_event_is_sent_again(tell: Any, receiver: Any) -> None:
    """After 401, 500 and 409 the same body comes again, soundly signed, and the log knows every status."""
    receiver.statuses[:] = [401, 500, 409]
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await receiver.got(4)
    assert len({body for _, body in receiver.came}) == 1
    assert all(is_signed(*came) for came in receiver.came)
    (logged,) = await tell.get("/events")
    assert [attempt["status"] for attempt in logged["attempts"]] == [401, 500, 409, 202]
    assert logged["persona"] == "lin"


async def test_every_attempt_is_signed_with_its_own_time(tell: Any, receiver: Any, monkeypatch: Any) -> None:
    """An attempt made later carries the later time."""
    times = iter(range(1_800_000_000, 1_900_000_000, 60))
    monkeypatch.setattr("simulator.pusher.time.time", lambda: next(times))
    receiver.statuses[:] = [503]
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await receiver.got(2)
    first, second = (int(headers["X-Event-Time"]) for headers, _ in receiver.came)
    assert second > first
    assert all(is_signed(*came) for came in receiver.came)


async def test_no_receiver_is_an_attempt_without_status(tell: Any) -> None:
    """A refused connection is logged with status null and tried again, ten times in all."""
    await tell.post("/knobs", events_to="http://127.0.0.1:9/nobody")
    await tell.post("/advance", case=await tell.case("lin", "received"))
    (logged,) = await eventually(lambda: tell.get("/events"), lambda seen: len(seen[0]["attempts"]) >= 3)
    assert {attempt["status"] for attempt in logged["attempts"]} == {None}


async def test_duplicates(tell: Any, receiver: Any) -> None:
    """With duplicate_events 2 the same event comes three times."""
    await tell.post("/knobs", duplicate_events=2)
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await receiver.got(3)
    assert len({body for _, body in receiver.came}) == 1


async def test_reordering(tell: Any, receiver: Any) -> None:
    """With reorder_events 3 nothing comes until the third event, and then the last comes first."""
    await tell.post("/knobs", reorder_events=3)
    number = await tell.case("lin", "received")
    made = []
    for _ in range(2):
        made += (await tell.post("/advance", case=number))["events"]
    await asyncio.sleep(0.05)
    assert receiver.came == []
    made += (await tell.post("/advance", case=number, to="special"))["events"]
    await receiver.got(3)
    assert [event["EVENT_ID"] for event in receiver.bodies] == made[::-1]


async def test_each_case_is_counted_from_one(tell: Any, receiver: Any) -> None:
    """Events of both kinds have the next number of their case; sent again, an event keeps its own."""
    await tell.post("/knobs", duplicate_events=1)
    await tell.post("/advance", case=await tell.case("he-org", "review"), to="granted")
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await receiver.got(6)
    counted = [(event["KIND"], event["EVENT_NO"]) for event in receiver.bodies]
    assert sorted(counted) == sorted([("CASE", "1"), ("LICENCE", "2"), ("CASE", "1")] * 2)


async def test_a_lost_event_leaves_a_hole(tell: Any, receiver: Any) -> None:
    """With lose_events 1 the next event is counted, logged and not sent; the knob is then at 0, and it can be sent."""
    await tell.post("/knobs", lose_events=1)
    number = await tell.case("lin", "received")
    (lost,) = (await tell.post("/advance", case=number))["events"]
    await tell.post("/advance", case=number)
    await receiver.got(1)
    assert [event["EVENT_NO"] for event in receiver.bodies] == ["2"]
    assert (await tell.get("/knobs"))["lose_events"] == 0
    assert (await tell.get("/events"))[0]["attempts"] == []
    await tell.post(f"/events/{lost}/resend")
    await receiver.got(2)
    assert receiver.bodies[1]["EVENT_NO"] == "1"


async def test_held_events_go_out_when_reordering_ends(tell: Any, receiver: Any) -> None:
    """Turning reorder_events to 0 sends what was held."""
    await tell.post("/knobs", reorder_events=5)
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await tell.post("/knobs", reorder_events=0)
    await receiver.got(1)


async def test_push_off_and_resend(tell: Any, receiver: Any) -> None:
    """With push off an event is only logged; resending sends it, and again if asked again."""
    await tell.post("/knobs", push=False)
    (event_id,) = (await tell.post("/advance", case=await tell.case("lin", "received")))["events"]
    await asyncio.sleep(0.05)
    assert receiver.came == []
    for times in (1, 2):
        await tell.post(f"/events/{event_id}/resend")
        await receiver.got(times)
    await tell.post("/events/none/resend", status=404)


async def test_a_corrupt_signature(tell: Any, receiver: Any) -> None:
    """With corrupt_signature the sign has its shape and does not fit."""
    await tell.post("/knobs", corrupt_signature=True)
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await receiver.got(1)
    assert len(receiver.came[0][0]["X-Event-Sign"]) == 64
    assert not is_signed(*receiver.came[0])
