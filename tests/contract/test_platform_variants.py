"""Platforms of other hands, connected by a description alone: how each is asked, where its rows end, and what they say."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import aiohttp
import pytest
from aiohttp import web

from domain.case import KeptCase
from domain.event import Stage
from domain.licence import LicenceState
from domain.merge import merge_cases, news_of
from domain.standing import standing_of
from domain.times import SECOND
from domain.transition import Transition
from integrations.port import Drifted, Refused
from tests.contract.variant_world import FIRM, LIN, Desk, desk, platform_at, variant

MINE = f"{LIN.number.lower()}@citizens.example"
CREATED = "2026-11-20T08:00:00.123456Z"
KEYS = {"username": "tong", "password": "bän", "token": "t", "client_id": "c", "client_secret": "s"}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def ticket(number: int, status: int = 1, changed: str = CREATED, submitter: str = MINE) -> dict[str, Any]:
    facts = {"id": number, "title": f"Ticket {number}", "submitter": submitter, "resolution": ""}
    return facts | {"created": CREATED, "status": status, "status_changed": changed}


def tickets(*pages: list[dict[str, Any]], link: str = "/api/tickets/?after={}") -> Any:
    """Answers these pages, each with a link to the next."""

    def answer(request: web.Request, body: bytes) -> Any:
        at = int(request.query.get("after", 0))
        return {"next": link.format(at + 1) if at + 1 < len(pages) else None, "results": pages[at]}

    return answer


async def asked_at(running: Desk, code: str, session: aiohttp.ClientSession, **limits: Any) -> Any:
    secrets = KEYS | {"token_address": f"{running.address}/token"}
    platform = platform_at(running.address, variant(code, **limits), session, secrets)
    return await (platform.licences(FIRM) if code == "ledger" else platform.cases(LIN))


def numbers(answer: Any) -> list[str]:
    return [item.facts.number for item in answer.observations]


async def test_a_question_by_get_carries_what_is_declared(session: aiohttp.ClientSession):
    """Placeholders whole and within a text, constants of each type, fixed headers; encoded, and no body."""
    async with desk(tickets([])) as running:
        assert numbers(await asked_at(running, "desk", session)) == []
    (asked,) = running.asked
    query = f"q={LIN.number}&kind=111-{LIN.number}&open=true&page_size=2"
    assert (asked.method, asked.target, asked.body) == ("GET", f"/api/tickets/?{query}", b"")
    assert (asked.headers["x-requested-by"], asked.headers["accept"]) == ("tongban", "application/json")


async def test_a_link_leads_to_the_next_page(session: aiohttp.ClientSession):
    """As far as the answers say; a page with no row of the party in it is one like any other."""
    async with desk(tickets([ticket(1), ticket(2)], [ticket(8, submitter="x"), ticket(3)], [ticket(4)])) as running:
        answer = await asked_at(running, "desk", session)
    assert (numbers(answer), answer.truncated) == (["1", "2", "3", "4"], False)
    assert [asked.target for asked in running.asked][1:] == ["/api/tickets/?after=1", "/api/tickets/?after=2"]
    assert all(asked.headers["authorization"].startswith("Basic ") for asked in running.asked)


async def test_rows_of_others_are_left_out(session: aiohttp.ClientSession):
    """A search by text also finds who wrote to the citizen; a row that says nothing is nobody's."""
    rows = [
        ticket(1),
        ticket(2, submitter="li@citizens.example"),
        ticket(3, submitter=""),
        ticket(4, submitter=MINE.upper()),
    ]
    async with desk(tickets(rows)) as running:
        assert numbers(await asked_at(running, "desk", session)) == ["1", "4"]


async def test_links_without_end_are_cut_and_said(session: aiohttp.ClientSession):
    """After as many pages as the description allows."""
    async with desk(tickets(*[[ticket(number)] for number in range(1, 9)])) as running:
        answer = await asked_at(running, "desk", session)
    assert (numbers(answer), answer.truncated, len(running.asked)) == (["1", "2", "3", "4"], True, 4)


@pytest.mark.parametrize("link", ["http://127.0.0.2:{port}/", "https://127.0.0.1:{port}/", "//elsewhere/", "http://["])
async def test_a_link_that_leads_elsewhere_is_drift(session: aiohttp.ClientSession, link: str):
    """Our password would go with the question."""
    async with desk(lambda request, body: {"next": link.format(port=request.url.port), "results": []}) as running:
        with pytest.raises(Drifted, match="leads elsewhere"):
            await asked_at(running, "desk", session)
        assert len(running.asked) == 1


async def test_a_link_brings_no_credentials_of_its_own(session: aiohttp.ClientSession):
    """What stands before the host is dropped; ours are sent."""

    def answer(request: web.Request, body: bytes) -> Any:
        link = f"http://you:them@127.0.0.1:{request.url.port}/api/tickets/?after=1"
        return {"next": None if "after" in request.query else link, "results": []}

    async with desk(answer) as running:
        await asked_at(running, "desk", session)
    first, second = (asked.headers["authorization"] for asked in running.asked)
    assert first == second


def mint(number: str) -> UUID:
    return uuid5(NAMESPACE_OID, number)


def told(*answers: list[dict[str, Any]]) -> Any:
    """A desk that gives these rows, one list for each question in turn."""
    left = list(answers)
    return lambda request, body: {"next": None, "results": left.pop(0)}


async def test_a_present_status_alone_is_told_once_for_each_change(session: aiohttp.ClientSession):
    """The same answer brings nothing; the same status at another time is news again; the standing follows the status."""
    first, second, third = (f"2026-11-2{day}T09:00:00Z" for day in (1, 2, 3))
    steps = [(1, CREATED), (3, first), (3, first), (2, second), (3, third), (3, third), (1, third)]
    said: list[list[Transition]] = []
    stages, kept, full_at = [], dict[UUID, KeptCase](), 0
    async with desk(told(*[[ticket(1, *step)] for step in steps])) as running:
        for number in range(len(steps)):
            answer = await asked_at(running, "desk", session)
            now = answer.sent + number * SECOND
            seen = [replace(item, dated=now) for item in answer.observations]
            changes = merge_cases(kept, "desk", seen, mint=mint, full_at=full_at, whole=now, received=now)
            kept, full_at = kept | {change.after.id: change.after for change in changes}, now
            said.append([news for change in changes for news in news_of(change, None, now)])
            stages.append(standing_of(kept[mint("1")].known.live()).stage)
    kinds = [[news.kind.value for news in each] for each in said]
    assert kinds == [[], ["granted"], [], ["reopened"], ["granted"], [], ["reopened"]]
    assert len({news.key for each in said for news in each}) == 4
    reception, approval, done = Stage.RECEPTION, Stage.APPROVAL, Stage.COMPLETION
    assert stages == [reception, done, done, approval, done, done, reception]


async def test_a_number_in_the_path_and_rows_without_a_count(session: aiohttp.ClientSession):
    """Asked until a page is empty, further by as many rows as came: pages that are cut shorter than wanted lose none."""
    held = [{"no": f"L{n}", "name": "Permit", "changed": 1_795_311_000_123 + n, "until": "20301231", "state": "A"}
            for n in range(4)]  # fmt: skip

    def answer(request: web.Request, body: bytes) -> Any:
        at = int(request.query["offset"])
        return web.json_response(held[at : at + (1 if at == 0 else 2)])

    async with desk(answer) as running:
        found = await asked_at(running, "ledger", session)
    path = f"/organisations/{FIRM.number}/licences"
    assert [asked.target for asked in running.asked] == [f"{path}?limit=2&offset={at}" for at in (0, 1, 3, 4)]
    assert [item.licence.number for item in found.observations] == ["L0", "L1", "L2", "L3"] and not found.truncated
    licence = found.observations[0].licence
    assert (licence.state, licence.updated) == (LicenceState.VALID, 1_795_311_000_123_000)
    assert licence.valid_to == datetime(2030, 12, 31, tzinfo=timezone(timedelta(hours=8))).date()


async def test_a_status_that_says_nothing_is_held(session: aiohttp.ClientSession):
    """Where it is declared; it may have any body, and any other status declines."""
    async with desk(lambda request, body: web.Response(status=404, text="<html>no such organisation")) as running:
        found = await asked_at(running, "ledger", session)
        assert (found.observations, found.truncated) == ((), False)
        with pytest.raises(Refused, match="HTTP 404"):
            await asked_at(running, "desk", session)
    async with desk(lambda request, body: web.Response(status=410)) as running:
        with pytest.raises(Refused, match="HTTP 410"):
            await asked_at(running, "ledger", session)


async def test_a_platform_without_a_noun_has_none(session: aiohttp.ClientSession):
    """It is in the scope of no question about it; it knows organisations alone."""
    ledger = platform_at("http://127.0.0.1:9", variant("ledger"), session)
    assert (ledger.nouns, ledger.knows(FIRM), ledger.knows(LIN)) == (frozenset({"licences"}), True, False)


def bureau(*pages: dict[str, Any], code: str = "0") -> Any:
    def answer(request: web.Request, body: bytes) -> Any:
        if request.path == "/token":
            return {"access_token": "T", "token_type": "Bearer", "expires_in": 600}
        asked = json.loads(body)["body"]
        page = pages[int(asked.get("cursor", 0))] if pages else {}
        return web.Response(text=json.dumps({"head": {"code": code}, "body": page}), content_type="text/plain")

    return answer


def matter(number: str) -> dict[str, str]:
    return {"no": number, "title": f"Matter {number}", "received": "20261120"}


async def test_nested_json_is_posted_and_a_cursor_turns_the_page(session: aiohttp.ClientSession):
    """Left out of the first question; numbers stay numbers, and constants what they are."""
    pages = {"list": [matter("1"), matter("2")], "cursor": 1}, {"list": [matter("3")], "cursor": ""}
    async with desk(bureau(*pages)) as running:
        answer = await asked_at(running, "bureau", session)
    assert (numbers(answer), answer.truncated) == (["1", "2", "3"], False)
    _, one, two = (asked.body for asked in running.asked)
    person = {"type": "111", "number": LIN.number}
    assert json.loads(one) == {"head": {"version": 1, "test": False}, "body": {"size": 2, "person": person}}
    assert json.loads(two)["body"] == {"size": 2, "cursor": "1", "person": person}


async def test_a_word_that_says_nothing_is_held(session: aiohttp.ClientSession):
    """And any other word declines."""
    async with desk(bureau(code="1404")) as running:
        answer = await asked_at(running, "bureau", session)
        assert (answer.observations, answer.truncated) == ((), False)
    async with desk(bureau(code="9")) as running:
        with pytest.raises(Refused, match=r"head\.code is not 0"):
            await asked_at(running, "bureau", session)


async def test_connections_of_relay(session: aiohttp.ClientSession):
    """A cursor on the last page leads nowhere."""

    def answer(request: web.Request, body: bytes) -> Any:
        after = json.loads(body)["variables"].get("after")
        nodes, more = ([matter("1")], True) if after is None else ([matter("2")], False)
        return {"data": {"cases": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": "c"}}}}

    async with desk(answer) as running:
        answer_ = await asked_at(running, "relay", session)
    assert (numbers(answer_), answer_.truncated, len(running.asked)) == (["1", "2"], False, 2)
    assert "after" not in json.loads(running.asked[0].body)["variables"]
