"""Platform 31 says what docs/wire/31.md says, to the letter."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from graphql import build_client_schema, build_schema, get_introspection_query, print_schema
from stdnum.cn import uscc
from stdnum.iso7064 import mod_37_36

from simulator.platform31.seed import first_registry
from simulator.platform31.shapes import matter_shape
from tests.simulator.platform31.asking import CERTIFICATES, MATTERS

DOCUMENT = Path(__file__).parents[3] / "docs" / "wire" / "31.md"
PERSONAS = ("lin", "chen", "huang", "liang", "he", "he-org", "rare")
OFFICE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00"
NOTED = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
DAY = r"20\d{6}"
CODES = {
    "code": {1, 2, 3, 4, 11, 12, 99},
    "otherCode": {9900, 9901, 9902, 9903, None},
    "specialProcedure": {1, 2, None},
}


async def test_the_schema_is_the_documents(ask: Any) -> None:
    """What introspection tells is exactly the schema printed in the wire document."""
    _, answer = await ask(get_introspection_query())
    printed = re.search(r"```graphql\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert printed
    assert print_schema(build_client_schema(answer["data"])) == print_schema(build_schema(printed[1]))


async def test_a_wrong_key_is_refused(ask: Any) -> None:
    """A missing or wrong X-Shzw-Key is HTTP 401 with UNAUTHENTICATED and no data, whatever is asked."""
    for key in ("", "another"):
        status, answer = await ask(MATTERS, key=key)
        assert (status, code(answer), "data" in answer) == (401, "UNAUTHENTICATED", False)


async def test_what_is_no_question_is_400(world: Any, http: Any) -> None:
    """No JSON, no object, no query, and another content type are HTTP 400 with errors."""
    url, key = f"{world.platforms['31'].port.url}/open/graphql", {"X-Shzw-Key": "the-api-key"}
    for body in (b"{", b"[]", b"{}", b'{"query": 1}', b'{"query": "{ a }", "variables": []}'):
        async with http.post(url, data=body, headers={**key, "Content-Type": "application/json"}) as answer:
            assert (answer.status, code(await answer.json())) == (400, "BAD_REQUEST")
    async with http.post(url, data=b'{"query": "{ a }"}', headers={**key, "Content-Type": "text/plain"}) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("query", ["{", "{ cases }", "{ matters { totalCount } }", "mutation { matters }", ""])
async def test_a_document_that_does_not_fit_has_no_data(ask: Any, query: str) -> None:
    """What is no GraphQL or does not fit the schema is HTTP 200 with BAD_REQUEST and without data."""
    status, answer = await ask(query)
    assert (status, code(answer), "data" in answer) == (200, "BAD_REQUEST", False)


@pytest.mark.parametrize(
    "wrong", [{"limit": 51}, {"limit": 0}, {"offset": -1}, {"type": "414"}, {"number": "1"}], ids=str
)
async def test_a_wrong_argument_blanks_its_field(ask: Any, wrong: dict[str, Any]) -> None:
    """An argument out of bounds leaves the field null, beside BAD_ARGUMENT with its path."""
    for query, noun in ((MATTERS, "matters"), (CERTIFICATES, "certificates")):
        status, answer = await ask(query, **wrong)
        assert (status, answer["data"], code(answer)) == (200, {noun: None}, "BAD_ARGUMENT")
        assert answer["errors"][0]["path"] == [noun]


async def test_nobody_is_an_empty_page(ask: Any) -> None:
    """A person of whom nothing is known has a count of 0 and no nodes, never an error."""
    for query, noun in ((MATTERS, "matters"), (CERTIFICATES, "certificates")):
        assert await ask(query, number="11010119000101001X") == (
            200,
            {"data": {noun: {"totalCount": 0, "nodes": []}}},
        )


async def test_pages_join_up(ask: Any) -> None:
    """Pages of one hold each matter once, newest application first; the page after the last is empty."""
    pages = [(await ask(MATTERS, limit=1, offset=offset))[1]["data"]["matters"] for offset in range(3)]
    assert [page["totalCount"] for page in pages] == [2, 2, 2]
    assert [len(page["nodes"]) for page in pages] == [1, 1, 0]
    days = [page["nodes"][0]["appliedAt"] for page in pages[:2]]
    assert all(newer > older for newer, older in pairwise(days))


async def test_the_staff_counts_the_same(ask: Any, tell: Any) -> None:
    """The cases of the control API are the matters of the platform, in the same order."""
    _, answer = await ask(MATTERS)
    told = [case["case"] for case in await tell.get("/cases?persona=lin&platform=31")]
    assert [node["matterNo"] for node in answer["data"]["matters"]["nodes"]] == told


async def test_codes_are_in_their_tables(nodes: Any) -> None:
    """No code is outside its table; what belongs to one link code is null at the others; ids are unique."""
    matters = [matter for persona in PERSONAS for matter in await nodes("matters", persona)]
    links = [link for matter in matters for link in matter["links"]]
    for name, known in CODES.items():
        assert {link[name] for link in links} <= known
    assert {link["code"] for link in links} == CODES["code"]
    for link in links:
        assert (link["otherCode"] is None) is (link["code"] != 99)
        assert (link["specialProcedure"] is None) is (link["code"] != 12)
        assert (link["result"] is None) is (link["code"] != 4)
    for matter in matters:
        ids = [row["id"] for row in (*matter["links"], *matter["materials"])]
        assert len(set(ids)) == len(ids)
        assert all((row["demandedAt"] is None) is (row["extra"] == 0) for row in matter["materials"])


async def test_the_forms_of_time(nodes: Any) -> None:
    """Offices write UTC+8 with its offset, the platform writes UTC with milliseconds, days are yyyyMMdd."""
    for persona in PERSONAS:
        for matter in await nodes("matters", persona):
            times = [matter["appliedAt"], *(link["startedAt"] for link in matter["links"])]
            times += [time for time in (matter["acceptedAt"], *(link["endedAt"] for link in matter["links"])) if time]
            assert all(re.fullmatch(OFFICE, time) for time in times)
            assert re.fullmatch(NOTED, matter["updatedAt"])
            assert datetime.fromisoformat(matter["updatedAt"]) == max(map(datetime.fromisoformat, times))
            assert matter["promisedOn"] is None or re.fullmatch(DAY, matter["promisedOn"])
        for certificate in await nodes("certificates", persona):
            assert re.fullmatch(NOTED, certificate["updatedAt"])
            for day in ("issuedOn", "validFrom", "validUntil"):
                assert certificate[day] is None or re.fullmatch(DAY, certificate[day])


async def test_both_clocks_occur_in_one_answer(nodes: Any) -> None:
    """Materials that came in online are noted in UTC, those handed over a counter in UTC+8."""
    received = {
        (material["form"] == 2, material["receivedAt"][-1] == "Z")
        for persona in PERSONAS
        for matter in await nodes("matters", persona)
        for material in matter["materials"]
    }
    assert received == {(True, True), (False, False)}


async def test_numbers_are_sound(nodes: Any) -> None:
    """Credit codes, item codes and certificate identifiers have their lengths and pass their checks."""
    for persona in PERSONAS:
        for matter in await nodes("matters", persona):
            assert (len(matter["item"]["basicCode"]), len(matter["item"]["implementationCode"])) == (12, 31)
            assert uscc.is_valid(matter["unit"]["creditCode"])
            assert len(matter["matterNo"]) <= 50
        for certificate in await nodes("certificates", persona):
            assert mod_37_36.is_valid(certificate["identifier"].removeprefix("1.2.156.3005.2.").replace(".", ""))
            assert len(certificate["typeCode"]) == 21


async def test_each_persona_shows_something_here(nodes: Any) -> None:
    """A licence with its number, a correction and a visit with what to do, a pause, a rating, a result that fell."""
    passport, points = sorted(await nodes("matters", "lin"), key=lambda one: len(one["links"]), reverse=True)
    assert [link["code"] for link in points["links"]] == [1, 2, 3]
    (granted,) = [link["result"] for link in passport["links"] if link["code"] == 4]
    newest = (await nodes("certificates", "lin"))[0]
    assert (granted["code"], granted["certificateNumber"]) == ("PERMITTED", newest["number"])
    (correction,) = [link for link in (await nodes("matters", "huang"))[0]["links"] if link["code"] == 11]
    assert (bool(correction["opinion"]), correction["endedAt"]) == (True, None)
    (pause,) = [link for link in (await nodes("matters", "liang"))[0]["links"] if link["code"] == 12]
    assert (pause["specialProcedure"], pause["endedAt"]) == (1, None)
    chen = (await nodes("matters", "chen"))[0]["links"]
    assert [(link["code"], link["otherCode"]) for link in chen][-2:] == [(4, None), (99, 9902)]
    assert chen[-2]["result"]["reason"]
    assert (await nodes("matters", "he"))[0]["rating"]["satisfaction"] in (3, 4, 5)
    organisation = await nodes("matters", "he-org")
    assert [link["otherCode"] for one in organisation for link in one["links"] if link["code"] == 99] == [9901]
    assert [one["status"] for one in await nodes("certificates", "he-org")] == [50]


def test_the_same_seed_is_the_same_data() -> None:
    """Data depend on seed and moment alone."""
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    one, other = ([matter_shape(matter) for matter in first_registry(now, 7).matters.values()] for _ in range(2))
    assert one == other
    assert one != [matter_shape(matter) for matter in first_registry(now, 8).matters.values()]


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])
