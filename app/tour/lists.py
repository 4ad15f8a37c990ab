"""Steps about lists: what stands in them, who sees them, and what they say of a platform that is away."""

from typing import Any

from app.tour.journey import Journey, observe, rows


async def sees_its_business(trip: Journey) -> str:
    """A citizen's phone sees cases, licences and notifications"""
    viewer = await trip.home("LIVE")
    cases = rows(viewer["cases"])
    observe(bool(cases) and viewer["cases"]["isComplete"], "cases, and a complete list")
    observe(viewer["notifications"]["unreadCount"] == 0, "no storm of old news at the first sight")
    trip.seen["licences"] = [licence["id"] for licence in rows(viewer["licences"])]
    stages = ", ".join(sorted({case["stage"].lower() for case in cases}))
    return f"{viewer['displayName']}: {len(cases)} cases ({stages}), {len(trip.seen['licences'])} licences"


async def finds_three_platforms(trip: Journey) -> str:
    """Three platforms that speak nothing alike stand in one list"""
    found = (await trip.home("RECENT"))["cases"]
    sources = {source["platform"]["code"]: source for source in found["sources"]}
    observe(sources.keys() == trip.world.facts["platforms"].keys(), "a source for each platform")
    observe(all(_current(source) for source in sources.values()), "current sources")
    observe(sum(source["count"] for source in sources.values()) == len(rows(found)), "each case with a source")
    return "\n".join(f"{one['platform']['name']}: {one['count']} cases, current" for one in found["sources"])


async def keeps_others_out(trip: Journey) -> str:
    """Somebody else asks for that case"""
    answer = await trip.stranger.run("CaseDetail", id=trip.seen["case"]["id"])
    observe(answer == {"data": {"case": None}}, "nothing for a stranger")
    return "null, as if it were not there"


async def survives_an_outage(trip: Journey) -> str:
    """One platform is cut: the list says so and keeps what it knew"""
    known = {case["id"] for case in rows((await trip.home("KNOWN"))["cases"])}
    await trip.world.post("/knobs", platform=trip.polled, outage=True)
    found = (await trip.home("LIVE"))["cases"]
    cut = _source(trip, found)
    observe((cut["rows"], cut["reason"]) == ("STALE", "UNREACHABLE"), "a stale source and the reason")
    observe(all(_current(one) for one in found["sources"] if one is not cut), "the others untouched")
    observe(not found["isComplete"] and {case["id"] for case in rows(found)} == known, "its rows kept")
    return f"{len(known)} cases kept, {cut['count']} of them stale\n{cut['platform']['name']}: {cut['reason'].lower()}"


async def recovers(trip: Journey) -> str:
    """It comes back, and what it pushes to nobody is found by asking"""
    number = await trip.case(trip.polled, "review")
    await trip.world.post("/advance", platform=trip.polled, case=number, to="granted")
    await trip.world.post("/knobs", platform=trip.polled, outage=False)
    viewer = await trip.home("LIVE")
    observe(viewer["cases"]["isComplete"] and _current(_source(trip, viewer["cases"])), "a complete list")
    newest = rows((await trip.home("KNOWN"))["notifications"])[0]
    granted = [
        case["id"] for case in rows(viewer["cases"]) if case["number"] == number and case["outcome"] == "GRANTED"
    ]
    observe(granted == [newest["caseId"]], "its news in the inbox")
    return f"complete again; “{newest['title']}”, by a live question\n(unasked, it is polled once a minute)"


def _current(source: dict[str, Any]) -> bool:
    return (source["rows"], source["reason"]) == ("CURRENT", None)


def _source(trip: Journey, found: dict[str, Any]) -> dict[str, Any]:
    """What a list says of the polled platform."""
    sources: dict[str, dict[str, Any]] = {one["platform"]["code"]: one for one in found["sources"]}
    return sources[trip.polled]
