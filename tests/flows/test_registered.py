"""Operations by id: what a client registered runs by POST and by an address that caches may keep, and nothing else does."""

import json
from urllib.parse import quote

import pytest

from mobile_contract.contract import operation
from mobile_contract.manifest import id_of
from tests.flows.outside import Reply, ask, send
from tests.flows.sockets import greeted
from tests.flows.test_clients import client
from tests.houses import house
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME, PLATFORMS, READ = (operation(name) for name in ("Home", "Platforms", "MarkNotificationsRead"))
TEXT = "{ viewer { displayName } }"


async def by_id(live: Live, text: str, bearer: str = "", **besides: object) -> Reply:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    body = json.dumps({"documentId": id_of(text), **besides})
    return await send(live, "POST", "/graphql", body, content_type="application/json", **headers)


def address(text: str, **variables: object) -> str:
    return f"/graphql?documentId={id_of(text)}&variables={quote(json.dumps(variables))}"


async def test_row_35_only_what_was_registered(tmp_path):
    """Over HTTP and over a socket, where neither the door nor the client is open for free text."""
    async with house("sqlite", tmp_path, TONGBAN_GRAPHIQL="false") as live:
        await client(live, "change", "tongban-phone", "--registered-only")
        phone = await live.phone("lin")
        home = await by_id(live, HOME, phone.bearer, variables={"first": 3, "freshness": "LIVE"})
        assert len(home.json["data"]["viewer"]["cases"]["edges"]) == 3
        assert (await ask(live, HOME, {"first": 1}, phone.bearer)).codes == []
        assert (await ask(live, TEXT, None, phone.bearer)).codes == ["NOT_REGISTERED"]
        assert (await by_id(live, TEXT, phone.bearer)).codes == ["NOT_REGISTERED"]
        assert (await by_id(live, HOME)).codes == ["UNAUTHENTICATED"]
        assert (await ask(live, "{ __typename }")).codes == ["NOT_REGISTERED"]
        async with greeted(live, phone) as socket:
            await socket.say(type="subscribe", id="1", payload={"query": TEXT})
            assert [one["extensions"]["code"] for one in (await socket.hears())["payload"]] == ["NOT_REGISTERED"]
            await socket.say(type="subscribe", id="1", payload={"documentId": id_of(operation("CaseChanged"))})
            assert (await socket.told("caseChanged"))["cursor"]

        other = await live.phone("lin", azp="other", client_id="other")
        await client(live, "add", "other", "--name", "Other", "--contact", "makers@example.org")
        await eventually(lambda: by_id(live, PLATFORMS, other.bearer), lambda answer: answer.codes == [], 15)
        assert (await by_id(live, HOME, other.bearer)).codes == ["NOT_REGISTERED"]


async def test_by_an_address(live: Live):
    """A query whose answer is about nobody may be kept for five seconds; one about somebody may not; a mutation is not run."""
    anybody = await send(live, "GET", address(PLATFORMS))
    assert (anybody.status, anybody.headers["cache-control"]) == (200, "public, max-age=5")
    of_one = {"tongban-cost", "tongban-cost-limit", "ratelimit", "ratelimit-policy", "x-request-id"}
    assert not of_one & {name.lower() for name in anybody.headers}
    assert anybody.json["data"]["platforms"]
    bearer = f"Bearer {(await live.phone('lin')).bearer}"
    somebody = await send(live, "GET", address(HOME, first=1), authorization=bearer)
    assert (somebody.status, somebody.headers["cache-control"]) == (200, "no-store")
    assert of_one <= {name.lower() for name in somebody.headers}
    assert somebody.json["data"]["viewer"]["displayName"] == "林晓岚"
    changed = await send(live, "GET", address(READ, input={"ids": []}), authorization=bearer)
    assert (changed.status, changed.headers["allow"]) == (405, "POST")


async def test_row_34_as_apollos_clients_ask(live: Live):
    """The hash; then hash and text; then the hash again is enough."""
    bearer = (await live.phone("lin")).bearer
    text = "query Mine { viewer { displayName } } # of this test"
    headers = {"content_type": "application/json", "authorization": f"Bearer {bearer}"}
    hashed = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id_of(text)}}}

    async def sent(**body: object) -> Reply:
        return await send(live, "POST", "/graphql", json.dumps(body), **headers)

    if live.crew is None:
        missing = await sent(**hashed)
        assert missing.json["errors"][0]["message"] == "PersistedQueryNotFound"
        assert missing.codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert (await sent(query=text, **hashed)).codes == []
    if live.crew is None:
        assert (await sent(**hashed)).json["data"]["viewer"]["displayName"] == "林晓岚"
    wrong = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    assert (await sent(query=text, **wrong)).codes == ["BAD_REQUEST"]
    assert "PERSISTED_QUERY_NOT_FOUND" in (await sent(**wrong)).codes


@pytest.mark.parametrize(
    "given",
    [
        {"documentId": "x"},
        {"documentId": 7},
        {"documentId": "0" * 64, "query": "{ __typename }"},
        {"extensions": {"persistedQuery": 7}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "A" * 64}}},
        {"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1}}},
    ],
)
async def test_ids_of_a_wrong_shape(live: Live, given):
    """A sentence for a developer."""
    answer = await send(live, "POST", "/graphql", json.dumps(given), content_type="application/json")
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
