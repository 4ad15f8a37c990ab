"""What an operation costs is told, and whoever spends too much is asked to wait; nobody else notices."""

import asyncio
import json

import pytest

from mobile_contract.contract import operation
from tests.flows.commands import finished, start
from tests.flows.event_streams import streamed
from tests.flows.outside import ask, send
from tests.houses import house
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEAR = "{ viewer { cases(first: 100, freshness: KNOWN) { edges { node { number item { name } events { at } } } } } }"
CHEAP = "{ viewer { displayName } }"
GRAPHQL = "application/graphql-response+json"
PUBLIC = "{ platforms { state } }"


async def test_headers_say_what_was_spent(live: Live):
    """The cost, the most that one operation may cost, and the budget that is nearest to its end (edge: limits)."""
    bearer = (await live.phone("chen")).bearer
    first, again = await ask(live, CHEAP, None, bearer), await ask(live, CHEAP, None, bearer)
    read, known = int(first.headers["tongban-cost"]), int(again.headers["tongban-cost"])
    # Several processes may each have to read it once.
    assert read >= known >= 10
    assert live.crew or read > known == 10
    assert first.headers["tongban-cost-limit"] == "25000"
    assert again.headers["ratelimit-policy"] == '"client";q=6000000;w=60'
    name, left, window = again.headers["ratelimit"].split(";")
    assert (name, window) == ('"client"', "t=60")
    assert 0 < int(left.removeprefix("r=")) < 6_000_000


async def test_a_refused_document_says_so_too(live: Live):
    """Reading it was work."""
    answer = await ask(live, "{ viewer { nothing } } #" + "x" * 5_000, None, (await live.phone("chen")).bearer)
    assert int(answer.headers["tongban-cost"]) > 500


async def test_an_id_that_nobody_registered_costs_something(live: Live):
    """Also those who have no token, and whatever is sent with it."""
    for body in ({"documentId": "0" * 64}, {"query": PUBLIC, "operationName": "Another"}):
        answer = await send(live, "POST", "/graphql", json.dumps(body), content_type="application/json")
        assert answer.codes[0] in ("PERSISTED_QUERY_NOT_FOUND", "BAD_REQUEST")
        assert int(answer.headers["tongban-cost"]) == 10


async def test_coming_back_with_a_cursor_costs_what_may_be_waiting(live: Live):
    """A hundred messages; and all that a phone listens to is resumed within a tenth of its budget."""
    phone = await live.phone("chen")
    cursor = (await phone.run("ChangesSince"))["data"]["changesSince"]["cursor"]
    costs = [
        [await cost_of_listening(live, phone.bearer, name, variables) for variables in ({}, {"after": cursor})]
        for name in ("CaseChanged", "LicenceChanged", "NotificationAdded")
    ]
    assert all(anew * 100 == resumed for anew, resumed in costs)
    assert sum(resumed for _, resumed in costs) < 6_000


async def cost_of_listening(live: Live, bearer: str, name: str, variables: dict[str, str]) -> int:
    """Of a registered operation, which nobody has to read."""
    async with streamed(live, bearer, operation(name), variables) as stream:
        return int(stream.answer.headers["tongban-cost"])


async def test_over_budget(tmp_path):
    """429 with when to come back, in the caller's language; another caller and platforms' status go on."""
    settings = {"TONGBAN_CALLER_BUDGET": "20000", "TONGBAN_ADDRESS_BUDGET": "2000"}
    async with house("sqlite", tmp_path, **settings) as live:
        lin, huang = (await live.phone("lin")).bearer, (await live.phone("huang")).bearer
        first, second = await ask(live, DEAR, None, lin), await ask(live, DEAR, None, lin)
        assert (first.status, first.codes) == (200, [])
        assert (second.status, second.codes) == (429, ["RATE_LIMITED"])
        assert 0 < int(second.headers["retry-after"]) <= 60
        assert second.json["errors"][0]["message"] == "操作过于频繁，请稍后再试。"
        assert (await ask(live, CHEAP, None, huang)).status == 200
        answers = [await ask(live, PUBLIC) for _ in range(20)]
        assert answers[0].status == 200
        assert answers[-1].status == 429
        assert answers[-1].headers["ratelimit-policy"] == '"address";q=2000;w=60'
        assert (await ask(live, CHEAP, None, huang)).status == 200


async def test_what_can_never_be_paid_is_not_told_to_wait(tmp_path):
    """It is too much: for an address whose budget is smaller than that, or for anybody, as a text of 16 kB is."""
    async with house("sqlite", tmp_path, TONGBAN_ADDRESS_BUDGET="2500") as live:
        for query, said in (
            (DEAR, "the budget of this address holds 2500"),
            (PUBLIC + "#" * 16_000, "15000 characters"),
        ):
            answer = await ask(live, query)
            assert (answer.codes, "retry-after" in answer.headers) == (["LIMIT_EXCEEDED"], False)
            assert said in answer.json["errors"][0]["message"]


async def test_one_citizen_does_not_shut_an_app_out(tmp_path):
    """Whoever goes on after 429 spends nothing of what the others of the app have."""
    async with house("sqlite", tmp_path, TONGBAN_CALLER_BUDGET="20000") as live:
        small = ("client", "add", "small", "--name", "x", "--contact", "x", "--free-text", "--budget", "50000")
        assert (await asyncio.to_thread(finished, start(*small, cwd=tmp_path, **live.environment), 60)).status == 0
        lin, huang = [(await live.phone(who, azp="small", client_id="small")).bearer for who in ("lin", "huang")]
        assert [(await ask(live, DEAR, None, lin)).status for _ in range(10)] == [200] + [429] * 9
        assert (await ask(live, DEAR, None, huang)).status == 200


async def test_a_large_body_is_paid_for(tmp_path):
    """Before it is read: it may be no request at all. A second one is too much, and an ordinary one costs nothing besides."""
    async with house("sqlite", tmp_path, TONGBAN_CALLER_BUDGET="20000") as live:
        lin = (await live.phone("lin")).bearer
        large = json.dumps({"nothing": [[]] * 40_000})
        by = {"content_type": "application/json", "accept": GRAPHQL, "authorization": f"Bearer {lin}"}
        answers = [await send(live, "POST", "/graphql", large, **by) for _ in range(2)]
        assert [answer.status for answer in answers] == [400, 429]
        small = json.dumps({"nothing": [[]] * 4_000})
        assert (await send(live, "POST", "/graphql", small, **by)).status == 400
