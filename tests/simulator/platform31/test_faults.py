"""Platform 31 misbehaves exactly as told."""

from typing import Any

import aiohttp
import pytest

from simulator.platform31.wire import ERRORS
from tests.simulator.platform31.asking import CERTIFICATES, LIN, MATTERS


async def turn(tell: Any, error: str | None) -> None:
    await tell.post("/knobs", platform="31", error=error)


async def raw(world: Any, http: Any) -> tuple[int, str, bytes]:
    url = f"{world.platforms['31'].port.url}/open/graphql"
    body = {"query": MATTERS, "variables": {**LIN, "limit": 50, "offset": 0}}
    async with http.post(url, json=body, headers={"X-Shzw-Key": "the-api-key"}) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_errors_beside_data(ask: Any, tell: Any) -> None:
    """Half of the matters lose their links, each named by an error; certificates fail as a whole."""
    await turn(tell, "errors-beside-data")
    _, answer = await ask(MATTERS)
    nodes = answer["data"]["matters"]["nodes"]
    assert [node["links"] is None for node in nodes] == [True, False]
    assert [error["path"] for error in answer["errors"]] == [["matters", "nodes", 0, "links"]]
    assert answer["errors"][0]["extensions"] == {"code": "UPSTREAM"}
    _, certificates = await ask(CERTIFICATES)
    assert (certificates["data"], len(certificates["errors"])) == ({"certificates": None}, 1)


async def test_errors_beside_data_even_for_nobody(ask: Any, tell: Any) -> None:
    """Where there is no matter to lose its links, the field itself fails: there is never an answer without errors."""
    await turn(tell, "errors-beside-data")
    _, answer = await ask(MATTERS, number="11010119000101001X")
    assert (answer["data"], len(answer["errors"])) == ({"matters": None}, 1)


async def test_no_data(ask: Any, tell: Any) -> None:
    """`errors-only` has errors and no data, `data-null` has data null and no errors; both are HTTP 200."""
    await turn(tell, "errors-only")
    status, answer = await ask(MATTERS)
    assert (status, answer.keys(), answer["errors"][0]["extensions"]["code"]) == (200, {"errors"}, "INTERNAL")
    await turn(tell, "data-null")
    assert await ask(MATTERS) == (200, {"data": None})


async def test_no_json(world: Any, http: Any, tell: Any) -> None:
    """`html` is a page with status 200, `garbage` is no UTF-8, `http500` is a text."""
    await turn(tell, "html")
    assert (await raw(world, http))[:2] == (200, "text/html")
    await turn(tell, "garbage")
    status, content_type, body = await raw(world, http)
    assert (status, content_type) == (200, "application/json")
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    await turn(tell, "http500")
    assert (await raw(world, http))[0] == 500


async def test_errors_end(ask: Any, tell: Any) -> None:
    """After each error, null brings back good answers; what is no error of this platform is 400."""
    for error in (*ERRORS, None):
        await turn(tell, error)
    assert "errors" not in (await ask(MATTERS))[1]
    assert "expected" in (await tell.post("/knobs", platform="31", error="fault", status=400))["error"]


async def test_it_pushes_nothing(tell: Any) -> None:
    """It has no knobs of events, no log of them, and a step gives rise to none."""
    assert (await tell.get("/knobs?platform=31")).keys() == {"latency_ms", "late_answers_ms", "error", "outage"}
    assert (
        "expected" in (await tell.post("/knobs", platform="31", events_to="http://127.0.0.1:9/", status=400))["error"]
    )
    assert "polled" in (await tell.post("/events/any/resend", platform="31", status=409))["error"]
    advanced = await tell.post("/advance", platform="31", case=await tell.case("he-org", "received", "31"))
    assert (advanced["to"], advanced["events"]) == ("accepted", [])


async def test_questions_are_counted_by_field(ask: Any, tell: Any) -> None:
    """Every question counts under the field it asks for, those with a wrong key as well."""
    await ask(MATTERS)
    await ask(MATTERS, key="wrong")
    await ask(CERTIFICATES)
    counted = await tell.get("/questions?platform=31")
    assert counted == {"paths": {"matters": 2, "certificates": 1}, "in_flight": 0}


async def test_an_outage_is_its_own(ask: Any, tell: Any) -> None:
    """An outage closes this platform's port and no other."""
    await tell.post("/knobs", platform="31", outage=True)
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask(MATTERS)
    assert [(await tell.get(f"/knobs?platform={code}"))["outage"] for code in ("44", "33", "31")] == [
        False,
        False,
        True,
    ]
    await tell.post("/knobs", platform="31", outage=False)
    assert (await ask(MATTERS))[0] == 200
