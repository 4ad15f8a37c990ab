"""Steps with an open socket: the phone listens, loses the line, and comes back."""

from typing import Any

from app.phone import Line
from app.tour.journey import Journey, observe, until

HEARD = ("CaseChanged", "NotificationAdded")
"""The subscriptions of an app that is in front."""


async def hears_a_change(trip: Journey) -> str:
    """The phone listens, and hears a change as it happens; then its line is cut"""
    platform = trip.pushing[0]
    number = await trip.case(platform, "accepted")
    async with trip.phone.line() as line:
        await _listen(trip, line, dict.fromkeys(HEARD))
        await trip.world.post("/advance", platform=platform, case=number, to="correction")
        heard = await _heard(trip, line, 1)
        trip.seen["since"] = (await _since(trip, None))["cursor"]
        line.drop()
    (changed,), (added,) = heard["CaseChanged"], heard["NotificationAdded"]
    observe(changed["case"]["number"] == number, "the case that changed")
    observe(added["notification"]["caseId"] == changed["id"], "its notification")
    trip.seen["heard"] = changed["id"]
    return f"the case, and “{added['notification']['title']}”"


async def resumes(trip: Journey) -> str:
    """Two cases change meanwhile; the phone resumes: no gap, no repeat"""
    first, second = trip.pushing
    for platform in (first, second):
        await trip.world.post("/advance", platform=platform, case=await trip.case(platform, "received"), to="accepted")
    since = await until(lambda: _since(trip, trip.seen["since"]), _holds_two, "both changes in the service")
    missed = {case["id"] for case in since["cases"]}
    observe(trip.seen["heard"] not in missed, "nothing that was heard before")
    async with trip.phone.line() as line:
        await _listen(trip, line, trip.seen["cursors"])
        heard = await _heard(trip, line, 2)
        # What would come twice, or should not come at all, would come before this one, for which nothing was missed.
        await trip.world.post("/advance", platform=first, case=await trip.case(first, "reopened"), to="withdrawn")
        last = await _heard(trip, line, 1)
    observe({one["id"] for one in heard["CaseChanged"]} == missed, "the cases that changed meanwhile")
    told = {one["id"] for one in heard["NotificationAdded"]}
    observe(told == {one["id"] for one in since["notifications"]}, "their notifications")
    observe(last["CaseChanged"][0]["id"] not in missed, "no case twice")
    observe(last["NotificationAdded"][0]["id"] not in told, "no notification twice")
    return "2 cases and 2 notifications, each once; changesSince agrees"


async def _listen(trip: Journey, line: Line, cursors: dict[str, str | None]) -> None:
    """Subscribes to everything. The first message of each names nothing and holds a cursor.

    What was missed on one subscription may come before the other has begun: it is kept for `_heard`.
    """
    for name in HEARD:
        await line.subscribe(name, after=cursors[name])
    trip.seen["cursors"], trip.seen["early"] = {}, []
    while len(trip.seen["cursors"]) < len(HEARD):
        name, said = await line.hears()
        if name in trip.seen["cursors"]:
            trip.seen["early"].append((name, said))
        else:
            observe(said["id"] is None, "a beginning of each subscription")
            trip.seen["cursors"][name] = said["cursor"]


async def _heard(trip: Journey, line: Line, each: int) -> dict[str, list[dict[str, Any]]]:
    """The next so many messages of each subscription; the phone keeps their cursors."""
    heard: dict[str, list[dict[str, Any]]] = {name: [] for name in HEARD}
    while any(len(said) < each for said in heard.values()):
        name, said = trip.seen["early"].pop(0) if trip.seen["early"] else await line.hears()
        observe(said["id"] is not None and not said["refetch"], "a message with a row")
        heard[name].append(said)
        trip.seen["cursors"][name] = said["cursor"]
    observe(all(len(said) == each for said in heard.values()), "as many messages as changes")
    return heard


async def _since(trip: Journey, cursor: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = (await trip.phone.run("ChangesSince", cursor=cursor))["data"]["changesSince"]
    return changes


def _holds_two(since: dict[str, Any]) -> bool:
    return len(since["cases"]) == len(since["notifications"]) == 2
