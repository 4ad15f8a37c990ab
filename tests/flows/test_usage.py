"""What phones call is counted by servers, and the commands tell which field and which release is still used."""

import json
import re
from pathlib import Path

import pytest

from mobile_contract.contract import operation
from mobile_contract.manifest import id_of
from tests.databases import KINDS
from tests.flows.fleet import Fleet, kill
from tests.flows.outside import ask, send, sql
from tests.flows.test_clients import tongban
from tests.houses import house
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = operation("Home")


async def by_id(live: Live, bearer: str, text: str) -> int:
    body = json.dumps({"documentId": id_of(text)})
    headers = {"authorization": f"Bearer {bearer}", "content_type": "application/json"}
    return (await send(live, "POST", "/graphql", body, **headers)).status


async def usage(live: Live, *words: str) -> str:
    answer = await tongban(Path(live.service.log).parent, "contract", "usage", *words, **live.environment)
    assert answer.status == 0, answer.err
    return answer.out


def row(table: str, field: str) -> list[str]:
    (found,) = [line.split() for line in table.splitlines() if line.startswith(f"{field} ")]
    return found[1:]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_phones_call_is_counted(kind, tmp_path):
    """By id and by text, each call once, and by a process that ends; what was refused is no use of anything."""
    async with house(kind, tmp_path) as live:
        lin, other = await live.phone("lin"), await live.phone("lin", azp="another-app", client_id="another-app")
        for _ in range(3):
            assert await by_id(live, lin.bearer, HOME) == 200
        await ask(
            live,
            "{ viewer { licences(first: 1, freshness: KNOWN) { edges { node { identifier } } } } }",
            None,
            other.bearer,
        )
        await ask(live, "{ viewer { licences { edges { node { holder } } nothing } } }", None, other.bearer)
        await ask(live, "{ licence(id: 5) { holder } }", None, "nonsense")
        live.service.process.terminate()
        await live.service.process.wait()
        table = await usage(live)
        assert table.startswith("4 calls in 30 days; counted since 2")
        assert row(table, "Viewer.displayName")[:3] == ["3", "75.00%", "1"]
        assert row(table, "Viewer.licences")[:3] == ["4", "100.00%", "2"]
        assert row(table, "Licence.identifier")[:3] == ["1", "25.00%", "1"]
        assert row(table, "Query.licence")[:2] == ["0", "0.00%"]
        told = await usage(live, "Viewer.displayName", "--days", "1")
        assert re.search(r"^tongban-phone +3 +75.00%$", told, re.MULTILINE)
        assert re.search(r"^tongban-phone 0.1.0 +3 +75.00%$", told, re.MULTILINE)
        refused = await tongban(tmp_path, "contract", "usage", "Viewer.nothing", **live.environment)
        assert (refused.status, "no field of the schema" in refused.err) == (2, True)
        # A release may be retired by what was counted, once that is thirty days of it.
        retired = await tongban(
            tmp_path, "contract", "retire", "tongban-phone", "0.1.0", "--on", "2999-01-01", **live.environment
        )
        assert (retired.status, "Calls were counted on 1 of the last 30 days" in retired.err) == (2, True)


async def test_what_several_processes_count_adds_up(fleet: Fleet):
    """Each counts its own; one that is killed takes along what it had not written yet, and nothing of the others'."""
    phone = await fleet.one.phone("lin", azp="another-app", client_id="another-app")
    async with fleet.server("--workers", "2") as several, fleet.server() as alone, fleet.server() as doomed:
        for server, calls in ((several, 8), (alone, 2), (doomed, 1)):
            for _ in range(calls):
                await ask(server, "{ viewer { displayName } }", None, phone.bearer)
        await kill(doomed.service.process)
        for server in (several, alone):
            server.service.process.terminate()
            await server.service.process.wait()
    found = await sql(fleet.one, "SELECT what, calls FROM call_count WHERE client = 'another-app' ORDER BY what")
    assert found == [("Query.viewer", 10), ("Viewer.displayName", 10), ("all", 10)]
