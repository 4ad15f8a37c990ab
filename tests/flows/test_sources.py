"""What a list says of where it comes from, and hearing that it says something else by now."""

from typing import Any

import pytest
import pytest_asyncio

from app.phone import Phone
from tests.flows.outside import asked, home, reset, somebody, sql
from tests.flows.sockets import Socket, greeted
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR_US = 3_600_000_000
LISTS = """query ($freshness: Freshness!) { viewer {
  cases(freshness: $freshness) { ...Says } licences(freshness: $freshness) { ...Says } } }
  fragment Says on Federated { total isComplete quietSources unaskedSources sources { rows reason asOf count } }"""


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _undisturbed(live: Live) -> None:
    await reset(live)


async def lists(phone: Phone, freshness: str, deadline_ms: int = 10_000) -> dict[str, Any]:
    answer = await asked(phone, LISTS, deadline_ms, freshness=freshness)
    assert "errors" not in answer, answer
    viewer: dict[str, Any] = answer["data"]["viewer"]
    return viewer


async def changed(socket: Socket) -> str:
    """The list whose sources changed next."""
    return str((await socket.told("sourcesChanged"))["list"])


async def test_licences_say_what_cases_say(live: Live) -> None:
    """Their sources, how many there are, and whether that is all."""
    told = await lists(await live.phone("liang"), "LIVE")
    for noun in ("cases", "licences"):
        (source,) = told[noun]["sources"]
        assert (source["rows"], source["reason"], source["count"]) == ("CURRENT", None, told[noun]["total"])
        assert (told[noun]["isComplete"], told[noun]["unaskedSources"]) == (True, 0)
        assert told[noun]["total"] > 0


async def test_who_listens_hears_that_a_slow_platform_has_answered(live: Live) -> None:
    """It had nothing new to say, so no case changed; the list that was stale is current, and the listener is told."""
    phone = await live.phone("chen")
    before = await lists(phone, "LIVE")
    await sql(live, f"UPDATE contact SET asked_us = asked_us - {HOUR_US}, answered_us = answered_us - {HOUR_US}")
    async with greeted(live, phone) as socket:
        await socket.subscribe("SourcesChanged")
        assert (await socket.told("sourcesChanged"))["list"] is None
        await live.world.post("/knobs", latency_ms=2000)
        late = (await lists(phone, "LIVE", deadline_ms=300))["cases"]
        assert [(one["rows"], one["reason"]) for one in late["sources"]] == [("STALE", "TIMEOUT")]
        assert (late["isComplete"], late["total"]) == (False, before["cases"]["total"])
        assert await changed(socket) == "CASES"
    after = (await lists(phone, "KNOWN"))["cases"]
    assert [(one["rows"], one["reason"]) for one in after["sources"]] == [("CURRENT", None)]
    assert after["isComplete"] is True
    assert after["sources"][0]["asOf"] > before["cases"]["sources"][0]["asOf"]


async def test_who_listens_hears_that_everybody_was_asked(live: Live) -> None:
    """Somebody new reads without waiting; the list says that it is not complete, and the end of that is heard."""
    phone = await somebody(live, 140)
    async with greeted(live, phone) as socket:
        await socket.subscribe("SourcesChanged")
        cursor = (await socket.told("sourcesChanged"))["cursor"]
        assert (await lists(phone, "KNOWN"))["cases"]["unaskedSources"] == 1
        assert {await changed(socket), await changed(socket)} == {"CASES", "LICENCES"}
    told = await lists(phone, "KNOWN")
    assert [(told[noun]["isComplete"], told[noun]["quietSources"]) for noun in ("cases", "licences")] == [(True, 1)] * 2
    async with greeted(live, phone) as socket:
        await socket.subscribe("SourcesChanged", after=cursor)
        await socket.told("sourcesChanged")
        assert {await changed(socket), await changed(socket)} == {"CASES", "LICENCES"}


async def test_who_polls_is_told_too(live: Live) -> None:
    """changesSince names the lists whose sources changed, once."""
    phone = await somebody(live, 141)
    cursor = (await phone.run("ChangesSince", cursor=None))["data"]["changesSince"]["cursor"]
    await lists(phone, "KNOWN")

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = (await phone.run("ChangesSince", cursor=cursor))["data"]["changesSince"]
        return found

    found = await eventually(look, lambda seen: len(seen["sources"]) == 2)
    assert set(found["sources"]) == {"CASES", "LICENCES"}
    again = (await phone.run("ChangesSince", cursor=found["cursor"]))["data"]["changesSince"]
    assert again["sources"] == []


async def test_a_licence_that_comes_is_heard(live: Live) -> None:
    """As a case is: with its newest state, or without one when it left the list."""
    phone = await live.phone("he-org")
    async with greeted(live, phone) as socket:
        await socket.subscribe("LicenceChanged")
        await socket.told("licenceChanged")
        shown = {edge["node"]["id"] for edge in (await home(phone))["licences"]["edges"]}
        heard = {(await socket.told("licenceChanged"))["licence"]["id"] for _ in shown}
    assert shown and shown == heard


async def test_a_licence_is_opened(live: Live) -> None:
    """By its id, by whom it belongs to, and by nobody else."""
    liang, chen = await live.phone("liang"), await live.phone("chen")
    licence = (await home(liang))["licences"]["edges"][0]["node"]
    query = "query ($id: ID!) { licence(id: $id) { id number } }"
    assert (await asked(liang, query, id=licence["id"]))["data"]["licence"]["number"] == licence["number"]
    assert (await asked(chen, query, id=licence["id"]))["data"]["licence"] is None


async def test_a_footprint_is_kept_in_the_database(live: Live) -> None:
    """Whoever holds something is in it, and whoever proved to hold nothing is not, whichever process looks."""
    await lists(await live.phone("huang"), "LIVE")
    await lists(await somebody(live, 142), "LIVE")
    rows = await sql(live, "SELECT held > 0, absent_us = 0, trouble FROM contact WHERE noun = 'cases'")
    assert {(bool(held), bool(within)) for held, within, trouble in rows if not trouble} == {
        (True, True),
        (False, False),
    }
