"""The platform misbehaves exactly as told."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from tests.live import eventually

LIN = {"APPLYER_ID_TYPE": "111", "APPLYER_ID": "440106199203179941", "PAGE_NO": 1, "PAGE_SIZE": 10}


async def test_an_outage_closes_the_port(tell: Any, ask: Any) -> None:
    """During an outage connections are refused; afterwards the same port answers."""
    assert (await ask("cases/query", **LIN))["code"] == "0000"
    await tell.post("/knobs", outage=True)
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask("cases/query", **LIN)
    await tell.post("/knobs", outage=False)
    assert (await ask("cases/query", **LIN))["code"] == "0000"


async def test_an_outage_cuts_what_is_under_way(tell: Any, ask: Any) -> None:
    """A question being answered when the outage begins gets no answer."""
    await tell.post("/knobs", latency_ms=5000)
    question = asyncio.create_task(ask("cases/query", **LIN))
    await eventually(lambda: tell.get("/questions"), lambda seen: seen["in_flight"] == 1)
    await tell.post("/knobs", outage=True)
    with pytest.raises(aiohttp.ClientError):
        await question
    assert (await tell.get("/questions"))["in_flight"] == 0


async def test_broken_answers(tell: Any, world: Any, http: Any) -> None:
    """Each error is what its name says: no JSON, no UTF-8, a page, half an answer, a declining code."""

    async def raw(error: str) -> tuple[int, bytes]:
        await tell.post("/knobs", error=error)
        url = f"{world.platform.port.url}/exchange/cases/query"
        async with http.post(url, json=LIN, headers={"X-App-Key": "the-key"}) as answer:
            return answer.status, await answer.read()

    assert (await raw("http500"))[0] == 500
    assert (await raw("html"))[1].startswith(b"<html>")
    with pytest.raises(UnicodeDecodeError):
        (await raw("garbage"))[1].decode()
    with pytest.raises(aiohttp.ClientPayloadError):
        await raw("truncated")
    assert json.loads((await raw("declined"))[1])["code"] == "9999"


async def test_drift_keeps_the_envelope(tell: Any, ask: Any) -> None:
    """Drift is a good envelope around fields that were renamed."""
    await tell.post("/knobs", error="drift")
    answer = await ask("cases/query", **LIN)
    assert (answer["code"], answer["data"]["TOTAL"]) == ("0000", 6)
    assert "PROJECT_NO" not in answer["data"]["LIST"][0]["ACCEPT"]


async def test_a_late_answer_is_old_when_it_comes(tell: Any, ask: Any) -> None:
    """With late_answers_ms the data are read before the wait; with latency_ms after it."""
    number = await tell.case("lin", "received")
    seen = {}
    for knob in ("late_answers_ms", "latency_ms"):
        await tell.post("/knobs", **{"late_answers_ms": 0, "latency_ms": 0, knob: 200})
        started = time.monotonic()
        question = asyncio.create_task(ask("cases/get", PROJECT_NO=number))
        await asyncio.sleep(0.05)
        await tell.post("/advance", case=number)
        seen[knob] = len((await question)["data"]["PROCESS"])
        assert time.monotonic() - started >= 0.2
    await tell.post("/knobs", latency_ms=0)
    assert seen["late_answers_ms"] < seen["latency_ms"]


async def test_questions_are_counted(tell: Any, ask: Any) -> None:
    """Every question counts under its path until the reset."""
    await ask("cases/query", **LIN)
    await ask("cases/query", key="wrong", **LIN)
    await ask("licences/query", **LIN)
    counted = await tell.get("/questions")
    assert counted == {"paths": {"/exchange/cases/query": 2, "/exchange/licences/query": 1}, "in_flight": 0}


async def test_reset(tell: Any, ask: Any, receiver: Any) -> None:
    """Reset brings back data, knobs, counts, logs and the port."""
    before = await tell.get("/cases?persona=lin")
    await tell.post("/advance", case=await tell.case("lin", "received"))
    await tell.post("/knobs", outage=True, latency_ms=1)
    await tell.post("/oidc", outage=True)
    await tell.post("/reset")
    assert await tell.get("/cases?persona=lin") == before
    assert await tell.get("/events") == []
    knobs = await tell.get("/knobs")
    assert (knobs["outage"], knobs["latency_ms"], knobs["events_to"]) == (False, 0, None)
    assert (await ask("cases/query", **LIN))["code"] == "0000"


async def test_bad_input_is_explained(tell: Any, world: Any, http: Any) -> None:
    """The control API answers 400 with what it expects, 404 for what is not there."""
    for body in ({"latency_ms": "soon"}, {"latency_ms": -1}, {"error": "rain"}, {"outage": 1}, {"unknown": 1}):
        assert "expected" in (await tell.post("/knobs", status=400, **body))["error"]
    assert "expected" in (await tell.post("/tokens", status=400, persona="nobody"))["error"]
    async with http.post(world.control.port.url + "/knobs", data=b"{") as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "a JSON object is expected")
    async with http.get(world.control.port.url + "/nowhere") as answer:
        assert answer.status == 404
        assert "error" in await answer.json()
