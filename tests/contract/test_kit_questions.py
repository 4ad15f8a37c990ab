"""Half a question, by where a question names the person: platforms that are right to answer the other half are not failed."""

from collections.abc import AsyncIterator
from os import urandom
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from app.kit import manners
from app.kit.bench import Bench
from app.kit.check import Finding, Outcome
from integrations.description import Description
from integrations.registry import Access
from tests.contract.kit_world import clock, findings
from tests.contract.variant_world import FIRM, LIN, Desk, desk, variant

SECRETS = {"username": "u", "password": "p"}
PASSED = Finding(Outcome.PASSED, "an error, for each of licences")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def ledger(**changes: Any) -> Description:
    """The register whose path names the person, with its operation changed."""
    found = variant("ledger")
    operation = found.operations.licences.model_copy(update={"empty": ()} | changes)
    return found.model_copy(update={"operations": found.operations.model_copy(update={"licences": operation})})


async def found(running: Desk, description: Description, session: aiohttp.ClientSession, base: str = "") -> Finding:
    """What the check finds of half a question."""
    access = Access(running.address + base, SECRETS, [])
    bench = Bench(description, access, (LIN, FIRM), session, clock, urandom)
    checks = [check for check in manners.CHECKS if check.name == "bad-question"]
    return (await findings(bench, checks))["bad-question"]


def strict(request: web.Request, body: bytes) -> Any:
    """Knows whole numbers only. Paging has its defaults."""
    return [] if any(number in request.path_qs for number in (LIN.number, FIRM.number)) else web.Response(status=400)


def easy(request: web.Request, body: bytes) -> Any:
    return {"next": None, "results": []} if "tickets" in request.path else []


@pytest.mark.parametrize("base", ["", "/gateway/v1"])
async def test_a_number_in_the_path_is_cut_there(session: aiohttp.ClientSession, base: str):
    """The query only turns pages: without it the question would still be whole."""
    async with desk(strict) as running:
        assert await found(running, ledger(), session, base) == PASSED
    assert [asked.target for asked in running.asked] == [
        f"{base}/organisations/{FIRM.number[:9]}/licences?limit=2&offset=0"
    ]


async def test_who_answers_half_a_number_is_found(session: aiohttp.ClientSession):
    """As if it were a person who holds nothing."""
    async with desk(easy) as running:
        finding = await found(running, ledger(), session)
    assert finding == Finding(Outcome.FAILED, "licences, half a question: expected an error, got an empty answer")


async def test_half_a_number_may_rightly_be_nobody(session: aiohttp.ClientSession):
    """Where a status says that nothing is held: then there is no half of the question, and nothing is asked."""
    async with desk(lambda request, body: web.Response(status=404)) as running:
        assert (await found(running, ledger(empty=(404,)), session)).outcome is Outcome.SKIPPED
    assert running.asked == []


async def test_a_number_in_the_query_is_left_out(session: aiohttp.ClientSession):
    async with desk(strict) as running:
        assert (await found(running, variant("desk"), session)).outcome is Outcome.PASSED
    assert [asked.target for asked in running.asked] == ["/api/tickets/"]
    async with desk(easy) as running:
        assert (await found(running, variant("desk"), session)).outcome is Outcome.FAILED


async def test_a_question_that_names_nobody_has_no_half(session: aiohttp.ClientSession):
    """A list of everybody's is the same list without a query."""
    everybody = ledger(path="/licences", query={"limit": "{page.size}", "offset": "{page.offset}"})
    async with desk(easy) as running:
        assert (await found(running, everybody, session)).outcome is Outcome.SKIPPED
