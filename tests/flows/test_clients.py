"""A client is registered, narrowed, suspended and resumed by the command, beside running servers; each refusal has its code."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.databases import KINDS
from tests.flows.commands import Said, finished, start
from tests.flows.outside import ask, home, send
from tests.flows.sockets import greeted
from tests.houses import house
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "{ viewer { displayName } }"
CASES = "{ viewer { displayName cases(freshness: KNOWN) { total } licences(freshness: KNOWN) { total } } }"
MAKERS = ("--name", "Other", "--contact", "makers@example.org")


async def tongban(folder: Path, *words: str, **settings: str) -> Said:
    """Runs the command in a process of its own."""
    return await asyncio.to_thread(finished, start(*words, cwd=folder, **settings), 60)


async def client(live: Live, *words: str) -> str:
    """Runs `tongban client` on the database of this house."""
    answer = await tongban(Path(live.service.log).parent, "client", *words, **live.environment)
    assert answer.status == 0, answer.err
    return answer.out


async def codes(live: Live, bearer: str, query: str = NAME) -> list[str]:
    return (await ask(live, query, None, bearer)).codes


@pytest.mark.parametrize("kind", KINDS)
async def test_the_life_of_a_client(kind, tmp_path):
    """Unknown, registered, narrowed, suspended while somebody listens, resumed."""
    async with house(kind, tmp_path) as live:
        phone = await live.phone("lin", azp="other", client_id="other")
        refused = await ask(live, NAME, None, phone.bearer)
        assert (refused.status, refused.codes) == (403, ["UNKNOWN_CLIENT"])
        await client(live, "add", "other", *MAKERS)
        assert (await tongban(tmp_path, "client", "add", "other", *MAKERS, **live.environment)).status == 2
        await eventually(lambda: codes(live, phone.bearer, CASES), lambda seen: seen == [], 15)

        await client(live, "change", "other", "--scope", "cases", "--budget", "30000")
        await eventually(lambda: codes(live, phone.bearer, CASES), lambda seen: seen == ["OUT_OF_SCOPE"], 15)
        partly = (await ask(live, CASES, None, phone.bearer)).json["data"]["viewer"]
        assert partly["cases"] is not None
        assert partly["licences"] is None
        assert "other  Other  cases  30000" in await client(live, "list")

        await client(live, "suspend", "other", "--because", "it was stolen")
        await eventually(lambda: codes(live, phone.bearer), lambda seen: seen == ["SUSPENDED_CLIENT"], 15)
        async with greeted(live, phone) as socket:
            await socket.say(type="subscribe", id="1", payload={"query": NAME})
            told = await socket.hears()
            assert [one["extensions"]["code"] for one in told["payload"]] == ["SUSPENDED_CLIENT"]
        assert await codes(live, (await live.phone("lin")).bearer) == []
        await client(live, "resume", "other")
        again = await tongban(tmp_path, "client", "resume", "other", **live.environment)
        assert (again.status, "other is not suspended" in again.err) == (2, True)
        await eventually(lambda: codes(live, phone.bearer), lambda seen: seen == [], 15)
        log = [json.loads(line) for line in live.service.log.read_text().splitlines()]
        assert [line for line in log if "exception" in line or line["level"] == "ERROR"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("suspend", "other", "--because", "it was stolen"), "SUSPENDED_CLIENT"),
        (("change", "other", "--scope", "licences"), "OUT_OF_SCOPE"),
    ],
)
async def test_who_listens_hears_no_more_than_the_client_may(words, code, tmp_path):
    """The next event is told to the others alone; whoever may not hear it is told why, and the subscription ends."""
    async with house("sqlite", tmp_path) as live:
        await client(live, "add", "other", *MAKERS, "--free-text")
        narrowed, usual = await live.phone("lin", azp="other", client_id="other"), await live.phone("lin")
        case = await live.case_at("lin", "reception")
        await home(usual)
        async with greeted(live, narrowed) as socket, greeted(live, usual) as other:
            for one in (socket, other):
                await one.subscribe("CaseChanged")
                assert (await one.told("caseChanged"))["id"] is None
            await client(live, *words)
            await eventually(lambda: codes(live, narrowed.bearer, CASES), lambda seen: seen == [code], 15)
            await live.world.post("/advance", case=case)
            assert (await other.told("caseChanged"))["case"]["number"] == case
            told = await socket.hears()
            assert told["type"] == "error"
            assert [one["extensions"]["code"] for one in told["payload"]] == [code]
            await socket.say(type="ping")
            assert await socket.hears() == {"type": "pong"}


async def test_row_32_and_row_33_a_client_that_may_see_the_schema(tmp_path):
    """By scope, where it is not open to everybody; errors name what is in it to that client alone."""
    asked = "{ __schema { queryType { name } } }"
    async with house("sqlite", tmp_path, TONGBAN_GRAPHIQL="false") as live:
        await client(live, "add", "tool", *MAKERS, "--scope", "schema", "--free-text")
        tool, lin = await live.phone("lin", azp="tool", client_id="tool"), await live.phone("lin")
        assert (await ask(live, asked, None, tool.bearer)).json["data"]["__schema"]["queryType"] == {"name": "Query"}
        assert await codes(live, lin.bearer, asked) == ["INTROSPECTION_CLOSED"]
        wrong = "{ viewer { nothing } }"
        assert "on type 'Viewer'" in (await ask(live, wrong, None, tool.bearer)).text
        assert "Viewer" not in (await ask(live, wrong, None, lin.bearer)).text


async def test_pages_come_from_where_the_operator_said(tmp_path):
    """A browser may ask for a page of a registered origin, until the operator takes it back; never for another's."""
    ours, other = "https://app.example", "https://evil.example"
    async with house("sqlite", tmp_path) as live:

        async def granted(origin: str) -> str | None:
            asking = {"origin": origin, "access_control_request_method": "POST"}
            return (await send(live, "OPTIONS", "/graphql", **asking)).headers.get("access-control-allow-origin")

        assert await granted(ours) is None
        await client(live, "change", "tongban-phone", "--origin", ours)
        await eventually(lambda: granted(ours), lambda seen: seen == ours, 15)
        assert await granted(other) is None
        await client(live, "change", "tongban-phone", "--no-pages")
        await eventually(lambda: granted(ours), lambda seen: seen is None, 15)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "a b", *MAKERS), "An id has at most 64"),
        (("add", "x", "--name", " ", "--contact", "y"), "Say its name"),
        (("add", "x", *MAKERS, "--scope", "everything"), "everything"),
        (("add", "x", *MAKERS, "--budget", "24999"), "One operation may cost 25,000"),
        (("add", "x", *MAKERS, "--budget", "99999999999999999999"), "from 1 to 999,999,999,999,999"),
        (("change", "nobody", "--budget", "24999"), "One operation may cost 25,000"),
        (("change", "nobody", "--budget", "25000"), "nobody is not registered"),
        (("change", "nobody"), "Say what to change"),
        (("suspend", "nobody", "--because", " "), "Say why"),
        (("resume", "nobody"), "nobody is not registered"),
    ],
)
async def test_what_makes_no_sense_is_said_in_a_sentence(words, said, tmp_path):
    """And nothing is changed."""
    environment = {"TONGBAN_DATABASE_URL": f"sqlite://{tmp_path}/kept.db"}
    assert (await tongban(tmp_path, "migrate", **environment)).status == 0
    answer = await tongban(tmp_path, "client", *words, **environment)
    assert (answer.status, said in answer.err, "Traceback" in answer.err) == (2, True, False)
    assert (await tongban(tmp_path, "client", "list", **environment)).out == ""
