"""The main journey: a citizen sees, is told, reads, and every kind of citizen finds what is theirs."""

import json
from typing import Any

import pytest

from simulator.personas import PERSONAS
from tests.flows.outside import ask, asked, case_of, document, home, inbox_of, nodes, pushes, register
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASES = """query ($first: Int! = 100, $after: String, $stage: Stage, $freshness: Freshness! = KNOWN) {
  viewer { cases(first: $first, after: $after, stage: $stage, freshness: $freshness) {
    isComplete pageInfo { hasNextPage endCursor } edges { node { number stage updatedAt } } } } }"""


async def test_a_citizen_sees_every_case_with_its_sources(live: Live) -> None:
    """The home screen lists all of a person's cases, and says which platform they come from and that none is missing."""
    phone = await live.phone("lin")
    viewer = await home(phone)
    at_platform = {case["case"] for case in await live.world.get("/cases?persona=lin")}
    assert {case["number"] for case in nodes(viewer["cases"])} == at_platform
    assert viewer["cases"]["isComplete"] is True
    assert [(one["rows"], one["reason"]) for one in viewer["cases"]["sources"]] == [("CURRENT", None)]
    assert viewer["notifications"]["unreadCount"] == 0


async def test_an_approval_is_told_read_and_put_away(live: Live) -> None:
    """An approval rings the phone without a word about the person, waits in the inbox in the reader's language, and is
    put away by marking it read."""
    phone = await live.phone("lin")
    await home(phone)
    await register(phone, "lin-phone")
    number = await live.case_at("lin", "approval")
    await live.world.post("/advance", case=number, to="granted")
    message = (await pushes(live, "lin-phone"))[0]["message"]
    assert message["data"].keys() == {"notification", "wording"}
    assert message["data"]["wording"] == "case.granted"
    assert _says_nothing_of("lin", number, message)

    item = await _worded(live, phone, message["data"]["notification"], "en")
    assert item["title"] == "Application granted"
    assert (await _worded(live, phone, item["id"], "zh-CN, en;q=0.5"))["title"] == "申请已通过"
    case = await case_of(phone, item["caseId"])
    assert (case["number"], case["stage"], case["outcome"], case["hasNews"]) == (number, "COMPLETION", "GRANTED", True)
    assert (case["nextAction"], case["item"]["name"] in item["body"]) == ("COLLECT", True)

    await live.world.post("/advance", case=number, to="collected")
    newest = (await pushes(live, "lin-phone", 2))[1]["message"]["data"]["notification"]
    assert await _marked(phone, ids=[item["id"]]) == (1, 1)
    assert (await case_of(phone, item["caseId"]))["hasNews"] is True
    assert await _marked(phone, upTo=newest) == (1, 0)
    assert (await case_of(phone, item["caseId"]))["hasNews"] is False
    assert (await home(phone, "KNOWN"))["notifications"]["unreadCount"] == 0


async def test_a_correction_round(live: Live) -> None:
    """A demanded correction says what to do in the platform's words; once it came in nothing is asked any more."""
    phone = await live.phone("he")
    (case,) = nodes((await home(phone))["cases"])
    assert case["nextAction"] == "WAIT"
    await live.world.post("/advance", case=case["number"], to="correction")
    item = nodes(await inbox_of(phone, 1))[0]
    assert (item["kind"], item["category"], item["caseId"]) == ("CORRECTION_DEMANDED", "ACTION", case["id"])
    opened = await case_of(phone, case["id"])
    assert opened["nextAction"] == "CORRECT"
    assert [ask["action"] for ask in opened["asks"]] == ["CORRECT"]
    assert opened["asks"][0]["text"] in item["body"]

    await live.world.post("/advance", case=case["number"], to="corrected")
    assert nodes(await inbox_of(phone, 2))[0]["kind"] == "CORRECTION_RECEIVED"
    opened = await case_of(phone, case["id"])
    assert (opened["nextAction"], opened["asks"]) == ("WAIT", [])


async def test_a_refusal_says_why(live: Live) -> None:
    """A refused case carries the platform's reason, and so does the inbox when the refusal comes in."""
    chen = await live.phone("chen")
    (old,) = nodes((await home(chen))["cases"])
    reason = next(event for event in (await case_of(chen, old["id"]))["events"] if event["kind"] == "REFUSED")["detail"]
    assert (old["outcome"], old["nextAction"], "行政复议" in reason) == ("REFUSED", "NOTHING", True)

    rare = await live.phone("rare")
    number = next(case["number"] for case in nodes((await home(rare))["cases"]) if not case["suspended"])
    await live.world.post("/advance", case=number, to="refused")
    item = nodes(await inbox_of(rare, 1))[0]
    opened = await case_of(rare, item["caseId"])
    assert (opened["number"], opened["outcome"]) == (number, "REFUSED")
    assert next(event["detail"] for event in opened["events"] if event["kind"] == "REFUSED") in item["body"]


async def test_acting_for_an_organisation(live: Live) -> None:
    """The same person signs in for himself or for his company, and sees other cases and another name."""
    himself, company = await live.phone("he"), await live.phone("he-org")
    own, its = await home(himself), await home(company)
    assert (own["displayName"], its["displayName"]) == ("何启鸣", "佛山市通办示范餐饮管理有限公司")
    assert {case["number"] for case in nodes(its["cases"])} == {
        case["case"] for case in await live.world.get("/cases?persona=he-org")
    }
    assert not {case["id"] for case in nodes(own["cases"])} & {case["id"] for case in nodes(its["cases"])}
    assert nodes(its["licences"])
    assert not nodes(own["licences"])


async def test_nothing_is_known_to_be_nothing(live: Live) -> None:
    """Of someone without any business the lists are empty, and say that this is the whole truth."""
    viewer = await home(await live.phone("new"))
    for noun in ("cases", "licences"):
        assert (viewer[noun]["edges"], viewer[noun]["sources"], viewer[noun]["isComplete"]) == ([], [], True)
    assert (viewer["cases"]["quietSources"], viewer["notifications"]["edges"]) == (1, [])


async def test_rare_characters_survive(live: Live) -> None:
    """Characters outside the basic plane arrive whole in name, case, events and notification."""
    phone = await live.phone("rare")
    viewer = await home(phone)
    assert viewer["displayName"] == PERSONAS["rare"].holder.name
    case = next(case for case in nodes(viewer["cases"]) if "䶮·𬱖" in case["item"]["name"])
    assert (await case_of(phone, case["id"]))["applicant"] == PERSONAS["rare"].holder.name
    await live.world.post("/advance", case=case["number"], to="resume")

    async def bodies() -> str:
        return " ".join(item["body"] for item in nodes((await home(phone, "KNOWN"))["notifications"]))

    assert "“䶮·𬱖”传统技艺" in await eventually(bodies, lambda text: "𬱖" in text)


async def test_three_hundred_cases_page_by_page(live: Live) -> None:
    """Paging through many cases shows each one once, newest first, and ends."""
    phone, seen, after = await live.phone("many"), [], None
    for page in range(3):
        cases = await _cases(phone, after=after, freshness="LIVE")
        assert len(cases["edges"]) == 100
        assert cases["pageInfo"]["hasNextPage"] is (page < 2)
        seen, after = seen + nodes(cases), cases["pageInfo"]["endCursor"]
    at_platform = {case["case"] for case in await live.world.get("/cases?persona=many")}
    assert len(at_platform) == 300
    assert sorted(case["number"] for case in seen) == sorted(at_platform)
    assert [case["updatedAt"] for case in seen] == sorted((case["updatedAt"] for case in seen), reverse=True)
    assert (await _cases(phone, after=after))["edges"] == []


async def test_one_stage_only(live: Live) -> None:
    """The stage filter gives the cases at that stage as the platform's own staff would sort them, all of them."""
    phone = await live.phone("many")
    await _cases(phone, freshness="RECENT")
    staff = await live.world.get("/cases?persona=many")
    for stage in ("RECEPTION", "APPROVAL", "COMPLETION"):
        found, after, more = [], None, True
        while more:
            cases = await _cases(phone, stage=stage, after=after)
            found += nodes(cases)
            after, more = cases["pageInfo"]["endCursor"], cases["pageInfo"]["hasNextPage"]
        assert {case["stage"] for case in found} == {stage}
        wanted = sorted(case["case"] for case in staff if case["stage"] == stage.lower())
        assert sorted(case["number"] for case in found) == wanted


async def _cases(phone: Any, **variables: Any) -> dict[str, Any]:
    cases: dict[str, Any] = (await asked(phone, CASES, **variables))["data"]["viewer"]["cases"]
    return cases


async def _worded(live: Live, phone: Any, notification: str, language: str) -> dict[str, Any]:
    reply = await ask(live, document("OpenPush"), {"id": notification}, phone.bearer, accept_language=language)
    node: dict[str, Any] = reply.json["data"]["node"]
    return node


async def _marked(phone: Any, **which: Any) -> tuple[int, int]:
    """How many were marked, and how many are unread now."""
    payload = (await phone.run("MarkNotificationsRead", input=which))["data"]["markNotificationsRead"]
    assert payload["errors"] == []
    return payload["marked"], payload["unreadCount"]


def _says_nothing_of(persona: str, number: str, message: dict[str, Any]) -> bool:
    """No Chinese text at all, no case number, no identity number, no name."""
    text, holder = json.dumps(message, ensure_ascii=False), PERSONAS[persona].holder
    return text.isascii() and not any(word in text for word in (number, holder.number, holder.name))
