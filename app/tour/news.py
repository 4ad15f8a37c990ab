"""Steps about news: from a platform to a phone, the inbox and what is read."""

from typing import Any

from app.tour.journey import TOKEN, Journey, observe, rows, until


async def registers(trip: Journey) -> str:
    """The phone asks to be told"""
    answer = await trip.phone.run("RegisterDevice", input={"channel": "FCM", "token": TOKEN})
    payload = answer["data"]["registerDevice"]
    observe(payload["id"] and not payload["errors"], "a registered device")
    return "registered with FCM"


async def is_told(trip: Journey) -> str:
    """A platform approves a case, and the phone is told through FCM"""
    platform = trip.pushing[0]
    number = await trip.case(platform, "review")
    trip.seen["case"] = next(case for case in rows((await trip.home("KNOWN"))["cases"]) if case["number"] == number)
    await trip.world.post("/advance", platform=platform, case=number, to="granted")
    (message,) = await until(lambda: trip.world.get(f"/phones/{TOKEN}"), bool, "a push at the phone")
    trip.seen["push"] = data = message["message"]["data"]
    observe(trip.seen["case"]["item"]["name"] not in str(message), "a push without a word about the citizen's business")
    return f"{data['wording']}; the push holds an id and a wording key, no text"


async def finds_it(trip: Journey) -> str:
    """Inbox and case show it"""
    node = (await trip.phone.run("OpenPush", id=trip.seen["push"]["notification"]))["data"]["node"]
    case = (await trip.phone.run("CaseDetail", id=node["caseId"]))["data"]["case"]
    observe(node["caseId"] == trip.seen["case"]["id"], "the notification of this very case")
    observe((case["stage"], case["outcome"]) == ("COMPLETION", "GRANTED"), "a granted case")
    observe(case["hasNews"], "a case with news")
    return f"“{node['title']}”; case {case['stage'].lower()}, {case['outcome'].lower()}, next: {case['nextAction'].lower()}"


async def has_its_licence(trip: Journey) -> str:
    """The licence that was granted is there, unasked"""

    async def fresh() -> list[dict[str, Any]]:
        found = rows((await trip.home("KNOWN"))["licences"])
        return [licence for licence in found if licence["id"] not in trip.seen["licences"]]

    (licence,) = await until(fresh, bool, "a licence")
    observe(licence["state"] == "VALID", "a valid licence")
    return f"{licence['name']}, {licence['state'].lower()}"


async def marks_it_read(trip: Journey) -> str:
    """The citizen reads it"""
    wanted = {"upTo": trip.seen["push"]["notification"]}
    payload = (await trip.phone.run("MarkNotificationsRead", input=wanted))["data"]["markNotificationsRead"]
    observe(payload["marked"] >= 1 and payload["unreadCount"] == 0, "nothing unread")
    return f"{payload['marked']} marked, {payload['unreadCount']} unread"
