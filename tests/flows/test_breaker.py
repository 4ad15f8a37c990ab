"""A platform that is down for everybody: it is left alone, lists say so, and nothing that is known is lost."""

import pytest

from tests.flows.outside import figure, home, inbox_of, nodes, only, somebody
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only(
        "sqlite", because="a breaker is each process's own, and forgotten with it; the crew loses one at each request"
    ),
]

READERS = 20


async def test_a_platform_that_is_down_is_left_alone(live: Live) -> None:
    """After ten failed questions the source says BREAKER_OPEN at once, rows are kept, and it is called no more."""
    phone = await live.phone("liang")
    before = await home(phone)
    await live.world.post("/knobs", outage=True)
    for number in range(READERS):
        if await figure(live, "tongban_platform_breaker_open", platform="44"):
            break
        await home(await somebody(live, 200 + number))
    else:
        pytest.fail("it never opened")
    during = await home(phone)
    (source,) = during["cases"]["sources"]
    assert (source["rows"], source["reason"]) == ("STALE", "BREAKER_OPEN")
    assert during["cases"]["edges"] == before["cases"]["edges"]
    assert during["cases"]["isComplete"] is False
    assert await figure(live, "tongban_platform_turned_away_total", platform="44", by="breaker") >= 2
    assert '"a breaker opened"' in live.service.log.read_text()


async def test_news_still_comes_in_while_it_is_left_alone(live: Live) -> None:
    """What the platform pushes is not a question."""
    assert await figure(live, "tongban_platform_breaker_open", platform="44")
    await live.world.post("/knobs", outage=False)
    phone = await live.phone("he")
    case = await live.case_at("he", "approval")
    await live.world.post("/advance", case=case, to="visit")
    await inbox_of(phone, 1)
    (seen,) = nodes((await home(phone, "KNOWN"))["cases"])
    assert seen["nextAction"] == "VISIT"
