"""The door of gateways: who gets in, what entities are whose, how keys are changed, and that others can be composed with it."""

import json
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from mobile_contract.contract import SUBGRAPH
from tests.flows.outside import Reply, ask, home, only, send
from tests.flows.test_clients import MAKERS, client, tongban
from tests.live import Live, eventually
from tests.node import installed

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", "crew", because="the crew is on PostgreSQL too"),
]

GATEWAY = Path(__file__).parents[1] / "gateway"
OTHER = GATEWAY / "other.graphql"
NAME = "{ __typename }"
PARTY = "{ party { id displayName } }"
ENTITIES = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Case { id number }
    ... on Licence { id }
    ... on Party { displayName cases(first: 1, freshness: KNOWN) { total } }
  }
}"""
NOTHING = "case_" + "0" * 32


async def new_key(live: Live, of: str = "gateway", *scopes: str) -> str:
    """A key of a client, which is registered if it is not."""
    if f"\n{of}  " not in "\n" + await client(live, "list"):
        await client(live, "add", of, *MAKERS, *scopes)
    return (await client(live, "key", "new", of)).strip()


async def everywhere(ask: Callable[[], Awaitable[Reply]], status: int, *codes: str) -> None:
    """Waits until each of two processes, whichever is asked, answers so."""

    async def answers() -> set[tuple[int, tuple[str, ...]]]:
        replies = [await ask() for _ in range(8)]
        return {(reply.status, tuple(reply.codes)) for reply in replies}

    await eventually(answers, lambda seen: seen == {(status, codes)}, 15)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def key(live: Live) -> str:
    """Of a gateway that servers know."""
    made = await new_key(live, "gateway", "--scope", "gateway")
    await everywhere(lambda: of_gateway(live, NAME, made), 200)
    return made


async def of_gateway(live: Live, query: str, key: str, bearer: str = "", **variables: Any) -> Reply:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    body = json.dumps({"query": query, "variables": variables})
    json_type = "application/json"
    return await send(live, "POST", "/subgraph", body, content_type=json_type, **{"tongban-client-key": key}, **headers)


async def cases_of(live: Live, persona: str) -> tuple[str, list[str]]:
    """The token of somebody, and the ids of the cases."""
    phone = await live.phone(persona)
    return phone.bearer, [edge["node"]["id"] for edge in (await home(phone))["cases"]["edges"]]


async def entities(live: Live, key: str, bearer: str, *representations: Any) -> Any:
    return (await of_gateway(live, ENTITIES, key, bearer, representations=representations)).json


def reference(id: str, kind: str = "Case") -> dict[str, str]:
    return {"__typename": kind, "id": id}


async def test_who_gets_in(live: Live, key: str) -> None:
    """A client with a key and the scope; a citizen's token alone, another client's key or none opens nothing."""
    assert (await of_gateway(live, NAME, key)).json == {"data": {"__typename": "Query"}}
    bearer = (await live.phone("lin")).bearer
    for nothing in ("", bearer, "tongban_" + "A" * 43):
        refused = await of_gateway(live, NAME, nothing, bearer)
        assert (refused.status, refused.codes) == (401, ["UNAUTHENTICATED"])
        assert "tongban-client-key" in refused.json["errors"][0]["message"]
        # Whoever passes it on must not take it for a token that has ended.
        assert refused.headers["www-authenticate"] == "tongban-client-key"
    other = await new_key(live, "narrow")
    await everywhere(lambda: of_gateway(live, NAME, other), 403, "OUT_OF_SCOPE")


async def test_a_key_takes_the_place_of_another(live: Live, key: str) -> None:
    """Both are good until the old one is ended; what is listed is none of them; a suspended gateway stays out."""
    old, new = await new_key(live, "turning", "--scope", "gateway"), await new_key(live, "turning")

    await everywhere(lambda: of_gateway(live, NAME, old), 200)
    await everywhere(lambda: of_gateway(live, NAME, new), 200)
    listed = await client(live, "key", "list", "turning")
    first = listed.split()[0]
    assert old not in listed
    assert new not in listed
    await client(live, "key", "end", "turning", first)
    await everywhere(lambda: of_gateway(live, NAME, old), 401, "UNAUTHENTICATED")
    await everywhere(lambda: of_gateway(live, NAME, new), 200)
    assert [line.split()[-1] for line in (await client(live, "key", "list", "turning")).splitlines()] == [
        "ended",
        "end",
    ]
    again = await tongban(live.service.log.parent, "client", "key", "end", "turning", first, **live.environment)
    assert (again.status, f"{first} has ended" in again.err) == (2, True)
    await client(live, "suspend", "turning", "--because", "it was stolen")
    await everywhere(lambda: of_gateway(live, NAME, new), 403, "SUSPENDED_CLIENT")


async def test_nothing_of_it_at_the_door_of_phones(live: Live, key: str) -> None:
    """Whoever asks, with whatever key."""
    bearer = (await live.phone("lin")).bearer
    for query in ("{ _service { sdl } }", PARTY, "{ _entities(representations: []) { __typename } }"):
        reply = await ask(live, query, None, bearer, tongban_client_key=key)
        assert reply.codes == ["BAD_REQUEST"]


async def test_an_entity_is_of_whoever_asks(live: Live, key: str) -> None:
    """The caller's own, each in its place; null for another party's, with whom it has the same gateway, and for none."""
    lin, lins = await cases_of(live, "lin")
    chen, chens = await cases_of(live, "chen")
    told = await entities(live, key, lin, *map(reference, [lins[1], chens[0], NOTHING, lins[0], lins[1]]))
    assert "errors" not in told
    assert [one and one["id"] for one in told["data"]["_entities"]] == [lins[1], None, None, lins[0], lins[1]]
    mine = (await of_gateway(live, PARTY, key, lin)).json["data"]["party"]
    assert (mine["displayName"], mine["id"][:6]) == ("林晓岚", "party_")
    for bearer, found in ((lin, {"displayName": "林晓岚", "cases": {"total": len(lins)}}), (chen, None)):
        (one,) = (await entities(live, key, bearer, reference(mine["id"], "Party")))["data"]["_entities"]
        assert (one and {name: one[name] for name in found or ()}) == found


async def test_a_party_is_an_entity_at_the_level_of_its_name(live: Live, key: str) -> None:
    """Whoever is not known by real name is somebody, and has no cases to show."""
    _, (first, *_) = await cases_of(live, "lin")
    bearer = (await live.phone("lin", real_name_level=1)).bearer
    mine = (await of_gateway(live, PARTY, key, bearer)).json["data"]["party"]["id"]
    told = await entities(live, key, bearer, reference(mine, "Party"), reference(first))
    assert [one and one["displayName"] for one in told["data"]["_entities"]] == ["林晓岚", None]
    assert {error["extensions"]["code"] for error in told["errors"]} == {"ASSURANCE_TOO_LOW"}


async def test_without_a_citizen_only_what_is_public(live: Live, key: str) -> None:
    """And the gateway pays for it."""
    reply = await of_gateway(live, "{ platforms { platform { code } } }", key)
    assert reply.json["data"]["platforms"]
    assert reply.headers["ratelimit"].startswith('"client"')
    for query in (PARTY, "{ _entities(representations: []) { __typename } }"):
        assert (await of_gateway(live, query, key)).codes == ["UNAUTHENTICATED"]


async def test_row_47_references_to_nothing(live: Live, key: str) -> None:
    """An error in the place of what is no reference, null in that of an unknown key, and none for none; the others are found."""
    bearer, (first, *_) = await cases_of(live, "lin")
    wrong = [reference(first, "Planet"), {"id": first}, reference("case_x"), {"__typename": "Case"}, 5, None]
    told = await entities(live, key, bearer, *wrong[:5], reference(first))
    assert [one and one["id"] for one in told["data"]["_entities"]] == [None] * 5 + [first]
    assert [(error["path"], error["extensions"]["code"]) for error in told["errors"]] == [
        (["_entities", place], "BAD_INPUT") for place in (0, 1, 4)
    ]
    assert await entities(live, key, bearer) == {"data": {"_entities": []}}
    assert "data" not in await entities(live, key, bearer, None)
    many = await of_gateway(live, ENTITIES, key, bearer, representations=[reference(first)] * 101)
    assert many.codes == ["PAGE_SIZE"]


async def test_it_costs_what_is_asked_for(live: Live, key: str) -> None:
    """As many times the price of an entity as there are references, once the document was read."""
    bearer, (first, *_) = await cases_of(live, "lin")
    query = "query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Case { id number } } }"

    async def cost(count: int) -> int:
        """Without what it costs each of two processes to read the document."""
        asked = [reference(first)] * count
        replies = [await of_gateway(live, query, key, bearer, representations=asked) for _ in range(4)]
        return min(int(reply.headers["tongban-cost"]) for reply in replies)

    five = await cost(5)
    assert [await cost(count) for count in (10, 20)] == [2 * five, 4 * five]


async def test_an_app_that_may_not_see_cases_does_not_by_a_gateway(live: Live, key: str) -> None:
    """The scopes of the citizen's app hold here too; what it may see is answered."""
    await client(live, "add", "narrow-app", *MAKERS, "--scope", "licences")
    _, (first, *_) = await cases_of(live, "lin")
    phone = await live.phone("lin", azp="narrow-app", client_id="narrow-app")
    await everywhere(lambda: of_gateway(live, PARTY, key, phone.bearer), 200)
    party = await of_gateway(live, PARTY, key, phone.bearer)
    own = reference(party.json["data"]["party"]["id"], "Party")
    told = await entities(live, key, phone.bearer, reference(first), own)
    assert [one and one["displayName"] for one in told["data"]["_entities"]] == [None, "林晓岚"]
    assert [error["extensions"]["code"] for error in told["errors"]] == ["OUT_OF_SCOPE", "OUT_OF_SCOPE"]


async def run(program: str, *arguments: str) -> list[Any]:
    """The lines that a program of tests/gateway wrote until it ended."""
    path = installed(GATEWAY, program)
    process = await create_subprocess_exec("node", str(path), *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    written, failed = await process.communicate()
    assert process.returncode == 0, failed.decode()
    return [json.loads(line) for line in written.splitlines()]


async def test_both_libraries_of_composition_take_it(live: Live, key: str, tmp_path: Path) -> None:
    """The published text, which is what the door says, alone and with another service; nothing is hinted at."""
    said = (await of_gateway(live, "{ _service { sdl } }", key)).json["data"]["_service"]["sdl"]
    assert said == SUBGRAPH.read_text("utf-8")
    for others in ((), (str(OTHER),)):
        for composed in await run("compose.mjs", str(SUBGRAPH), *others):
            assert (composed["errors"], composed["hints"]) == ([], [])
            assert {"Case", "Licence", "Party", "Viewer"} <= set(composed["types"])
    broken = tmp_path / "broken.graphql"
    broken.write_text(OTHER.read_text("utf-8").replace("@shareable {", "{"), "utf-8")
    assert all(composed["errors"] for composed in await run("compose.mjs", str(SUBGRAPH), str(broken)))


COMPOSED = """query ($cases: [ID!]!, $party: ID!) {
  party { displayName points cases(first: 1) { edges { node { fee id } } } }
  mentioned(cases: $cases, licences: [], party: $party) { cases { number fee } party { displayName points } }
}"""


async def test_a_gateway_answers_out_of_two_services(live: Live, key: str) -> None:
    """It goes from our entities to the other's fields and back; what is another party's comes back as null."""
    bearer, (first, *_) = await cases_of(live, "lin")
    _, (foreign, *_) = await cases_of(live, "chen")
    party = (await of_gateway(live, PARTY, key, bearer)).json["data"]["party"]["id"]
    variables = json.dumps({"cases": [first, foreign], "party": party})
    (answer,) = await run("gateway.mjs", f"{live.service.url}/subgraph", str(OTHER), key, bearer, COMPOSED, variables)
    assert "errors" not in answer
    told = answer["data"]
    (edge,) = told["party"]["cases"]["edges"]
    assert (told["party"]["displayName"], told["party"]["points"]) == ("林晓岚", 7)
    assert edge["node"]["fee"] == len(edge["node"]["id"])
    own, others = told["mentioned"]["cases"]
    assert own["number"]
    # A case always has a number: where we say nothing, there is no case.
    assert (own["fee"], others) == (len(first), None)
    assert told["mentioned"]["party"] == {"displayName": "林晓岚", "points": 7}
