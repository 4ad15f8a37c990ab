"""The main journey: a citizen sees, is told, reads, and is told the truth when a platform is cut."""

import pytest

from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_citizen_sees_every_case_with_its_sources(live: Live) -> None:
    """The home screen lists all of a person's cases, and says which platform they come from and that none is missing."""
    phone = await live.phone("lin")
    viewer = (await phone.run("Home", freshness="LIVE"))["data"]["viewer"]
    at_platform = {case["case"] for case in await live.world.get("/cases?persona=lin")}
    assert {edge["node"]["number"] for edge in viewer["cases"]["edges"]} == at_platform
    assert viewer["cases"]["isComplete"] is True
    assert [(one["rows"], one["reason"]) for one in viewer["cases"]["sources"]] == [("CURRENT", None)]
    assert viewer["notifications"]["unreadCount"] == 0
