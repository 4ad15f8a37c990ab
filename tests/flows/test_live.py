"""A phone listens while things happen, loses its socket, and comes back without a gap or a repeat."""

import asyncio
import base64
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from app.phone import Phone
from mobile_contract.contract import operation
from tests.flows.outside import figure, home, nodes, somebody
from tests.flows.sockets import Socket, connected, greeted
from tests.live import Live, eventually
from tests.node import installed

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENTS = Path(__file__).parents[1] / "node_clients"


async def since(phone: Phone, cursor: str | None) -> dict:
    answer = await phone.run("ChangesSince", cursor=cursor)
    assert "errors" not in answer, answer
    return answer["data"]["changesSince"]


async def first(socket: Socket, field: str, after: str | None = None, id: str = "1") -> dict:
    """Subscribes, and gives the first message, which names nothing."""
    await socket.subscribe(field[0].upper() + field[1:], id, after=after)
    told = await socket.told(field)
    assert (told["id"], told.get("case"), told.get("notification")) == (None, None, None)
    return told


async def step(live: Live, case: str) -> None:
    assert (await live.world.post("/advance", case=case))["events"]


async def test_a_change_is_heard(live: Live):
    """The case and the notification of one event, each by its subscription; and changesSince says the same."""
    phone = await live.phone("lin")
    await home(phone)
    cursor = (await since(phone, None))["cursor"]
    case = await live.case_at("lin", "reception")
    async with greeted(live, phone) as cases, greeted(live, phone) as inbox:
        await first(cases, "caseChanged")
        await first(inbox, "notificationAdded")
        await step(live, case)
        changed, added = await cases.told("caseChanged"), await inbox.told("notificationAdded")
    assert (changed["case"]["number"], changed["case"]["id"]) == (case, changed["id"])
    assert (added["notification"]["caseId"], added["refetch"]) == (changed["id"], False)
    told = await since(phone, cursor)
    assert changed["case"] in told["cases"]
    assert [one["id"] for one in told["notifications"]] == [added["id"]]
    assert (await since(phone, told["cursor"]))["cases"] == []


async def test_a_dropped_socket_resumes_in_the_middle_of_a_transaction(live: Live):
    """All cases of one answer share a number; cut after each, no case is missing and none comes twice."""
    phone = await live.phone("huang")
    start, seen, cursor = (await since(phone, None))["cursor"], [], None
    all_ids = {node["id"] for node in nodes((await home(phone, first=100))["cases"])}
    cursor = start
    for _ in all_ids:
        async with greeted(live, phone) as socket:
            assert (await first(socket, "caseChanged", cursor))["cursor"] is not None
            told = await socket.told("caseChanged")
        seen.append(told["id"])
        cursor = told["cursor"]
    assert (len(seen), set(seen)) == (len(all_ids), all_ids)
    async with greeted(live, phone) as socket:
        await first(socket, "caseChanged", cursor)
        await socket.say(type="ping")
        assert await socket.hears() == {"type": "pong"}
    assert {one["id"] for one in (await since(phone, start))["cases"]} == all_ids


async def test_what_happened_while_away_comes_once(live: Live):
    """Two steps of one case are one message, with its newest state; the inbox has one for each."""
    phone = await live.phone("lin")
    await home(phone)
    case = await live.case_at("lin", "approval")
    async with greeted(live, phone) as socket:
        case_mark = (await first(socket, "caseChanged"))["cursor"]
        news_mark = (await first(socket, "notificationAdded", id="2"))["cursor"]
    before = (await since(phone, None))["cursor"]
    for _ in range(2):
        await step(live, case)

    async def news() -> list:
        return (await since(phone, before))["notifications"]

    told = await eventually(news, lambda seen: len(seen) == 2)
    async with greeted(live, phone) as socket:
        await first(socket, "caseChanged", case_mark)
        assert (await socket.told("caseChanged"))["case"]["number"] == case
        await socket.say(type="complete", id="1")
        await first(socket, "notificationAdded", news_mark, id="2")
        heard = [(await socket.told("notificationAdded"))["id"] for _ in range(2)]
        await socket.say(type="ping")
        assert await socket.hears() == {"type": "pong"}
    assert sorted(heard) == sorted(one["id"] for one in told)


async def test_a_token_that_ends(live: Live):
    """Every live operation is told so, and the socket is closed; a new token resumes."""
    token = await live.world.token("lin", ttl_s=2)
    phone = Phone(live.world.session, live.service.url, token)
    async with greeted(live, phone) as socket:
        cursor = (await first(socket, "caseChanged"))["cursor"]
        await first(socket, "notificationAdded", id="2")
        ends = [await socket.hears(), await socket.hears()]
        assert {(end["type"], end["id"]) for end in ends} == {("error", "1"), ("error", "2")}
        assert [end["payload"][0]["extensions"] for end in ends] == [
            {"code": "UNAUTHENTICATED", "at": "token-expired"}
        ] * 2
        assert await socket.ended() == (4403, "token-expired")
    async with connected(live) as socket:
        await socket.say(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert await socket.ended() == (4403, "token-expired")
    async with greeted(live, await live.phone("lin")) as socket:
        assert (await first(socket, "caseChanged", cursor))["refetch"] is False


async def test_places_that_are_none(live: Live):
    """A cursor of another strand is refused; one ahead of the sequence says: read the lists again."""
    phone = await live.phone("lin")
    async with greeted(live, phone) as socket:
        cursor = (await first(socket, "caseChanged"))["cursor"]
        await socket.subscribe("NotificationAdded", "2", after=cursor)
        assert (await socket.hears())["payload"][0]["extensions"]["code"] == "BAD_CURSOR"
    answer = await phone.run("ChangesSince", cursor=cursor)
    assert (answer["data"], answer["errors"][0]["extensions"]) == (
        {"changesSince": None},
        {"code": "BAD_CURSOR", "at": "cursor"},
    )
    ahead = base64.urlsafe_b64encode(b"e" + (2**40).to_bytes(7, "big") + bytes(16)).decode()
    told = await since(phone, ahead)
    assert (told["refetch"], told["cases"]) == (True, [])
    async with greeted(live, phone) as socket:
        assert (await first(socket, "caseChanged", ahead))["refetch"] is True


async def test_another_citizen_hears_nothing(live: Live):
    """Neither by listening nor with somebody else's cursor."""
    phone, stranger = await live.phone("lin"), await somebody(live, 77)
    await home(phone)
    cursor = (await since(phone, None))["cursor"]
    assert (await since(stranger, cursor))["cases"] == []
    zero = base64.urlsafe_b64encode(b"e" + bytes(23)).decode()
    assert (await since(stranger, zero))["cases"] == []
    assert len((await since(phone, zero))["cases"]) > 0


async def test_a_change_is_one_read_for_many(live: Live):
    """Forty listeners of one party; each hears it."""
    phone = await live.phone("lin")
    await home(phone)
    case = await live.case_at("lin", "reception")
    async with greeted(live, phone) as socket:
        for number in range(40):
            await first(socket, "caseChanged", id=f"{number}")
        await step(live, case)
        heard = [await socket.told("caseChanged") for _ in range(40)]
    assert {one["case"]["number"] for one in heard} == {case}
    assert await eventually(lambda: figure(live, "tongban_subscriptions", noun="cases"), lambda seen: seen == 0) == 0


async def test_the_stock_client_hears_and_resumes(live: Live):
    """The npm client graphql-ws, which apps use. What happens before and after it is cut off comes once each."""
    phone, program = await live.phone("lin"), installed(CLIENTS, "listen.mjs")
    await home(phone)
    case = await live.case_at("lin", "reception")
    url = live.service.url.replace("http", "ws", 1) + "/graphql"
    command = ("node", str(program), url, phone.bearer, operation("CaseChanged"))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdin and process.stdout

    async def told() -> dict[str, Any]:
        line = await asyncio.wait_for(process.stdout.readline(), 15)
        return json.loads(line)

    try:
        assert (await told())["id"] is None
        await live.world.post("/advance", case=case)
        heard = await told()
        assert heard["case"]["number"] == case
        process.stdin.write(b"drop\n")
        assert "closed" in await told()
        again = await told()
        assert (again["id"], again["cursor"], again["refetch"]) == (None, heard["cursor"], False)
        await live.world.post("/advance", case=case)
        assert (await told())["id"] == heard["id"]
    finally:
        process.stdin.close()
        await process.wait()
