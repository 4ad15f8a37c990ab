"""Tokens: only good ones are believed, and nothing is done for a bad one."""

from pathlib import Path

import pytest
import pytest_asyncio

from app.phone import Phone
from app.simulation import service
from tests.databases import KINDS, migrated_database
from tests.flows.outside import Reply, ask, asked, calm, document, home, nodes, only, pushes, register
from tests.houses import migrated
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAULTS = ["expired", "audience", "unsigned", "other-key", "hs256", "issuer"]
VIEWER = "{ viewer { displayName cases(freshness: KNOWN) { quietSources } } }"
REGISTER = document("RegisterDevice")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _undisturbed(live: Live) -> None:
    await calm(live)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_bad_token_is_refused(live: Live, fault: str) -> None:
    """A token that is not as it should be gets 401, says so in the way of HTTP and of GraphQL, and no data."""
    reply = await ask(live, VIEWER, bearer=await _token(live, fault=fault))
    assert (reply.status, reply.codes, "data" in reply.json) == (401, ["UNAUTHENTICATED"], False)
    assert reply.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "given", ["Basic bGluOmxpbg==", "Bearer", "Bearer ", "Bearer x.y.z", "", "Bearer a b", "token"]
)
async def test_other_credentials_are_refused(live: Live, given: str) -> None:
    """Another scheme, or what is no token at all, is refused and not taken for nobody."""
    reply = await ask(live, VIEWER, authorization=given)
    assert (reply.status, reply.codes) == (401, ["UNAUTHENTICATED"])


async def test_nothing_is_done_for_a_bad_token(live: Live) -> None:
    """A phone registered with a bad token is not registered: the news rings at the honest phone alone."""
    for fault in FAULTS:
        given = {"input": {"channel": "FCM", "token": f"{fault}-phone"}}
        assert (await ask(live, REGISTER, given, await _token(live, fault=fault))).status == 401
    nobody = await ask(live, REGISTER, {"input": {"channel": "FCM", "token": "nobody"}})
    assert (nobody.status, _refusals(nobody)) == (200, ["UNAUTHENTICATED"])
    phone = await live.phone("lin")
    await home(phone)
    await register(phone, "honest")
    await live.world.post("/advance", case=await live.case_at("lin", "approval"), to="visit")
    await pushes(live, "honest")
    assert await live.world.get("/phones") == {"honest": 1}


async def test_without_a_token(live: Live) -> None:
    """Who does not sign in is told to, at the field; the request itself is fine."""
    reply = await ask(live, VIEWER)
    assert (reply.status, reply.json["data"], reply.codes) == (200, {"viewer": None}, ["UNAUTHENTICATED"])
    assert reply.json["errors"][0]["path"] == ["viewer"]


@pytest.mark.parametrize(("level", "enough"), [(None, False), (0, False), (1, False), (2, True), ("3", True)])
async def test_the_real_name_level_opens_the_lists(live: Live, level: int | str | None, enough: bool) -> None:
    """Below level 2 the name is answered and the lists are not, each with the reason; from 2 on all is there."""
    phone = await live.phone("new", real_name_level=level)
    answer = await asked(phone, VIEWER)
    assert answer["data"]["viewer"]["displayName"] == "伍新宁"
    assert (answer["data"]["viewer"]["cases"] is not None) is enough
    codes = [(error["path"], error["extensions"]["code"]) for error in answer.get("errors", [])]
    assert codes == ([] if enough else [(["viewer", "cases"], "ASSURANCE_TOO_LOW")])


async def test_a_low_level_changes_nothing(live: Live) -> None:
    """Mutations ask for the real-name level too, and say so."""
    phone = await live.phone("chen", real_name_level=1)
    reply = await ask(live, REGISTER, {"input": {"channel": "FCM", "token": "low-phone"}}, phone.bearer)
    assert (reply.status, _refusals(reply)) == (200, ["ASSURANCE_TOO_LOW"])
    assert await _devices_of(live, "chen", "low-phone") == 0


async def test_a_token_ends_between_two_requests(live: Live) -> None:
    """A token that was believed a moment ago is refused from the second in which it expires."""
    bearer = await _token(live, ttl_s=2.5)
    assert (await ask(live, VIEWER, bearer=bearer)).status == 200
    ended = await eventually(lambda: ask(live, VIEWER, bearer=bearer), lambda reply: reply.status != 200, 5)
    assert (ended.status, ended.codes) == (401, ["UNAUTHENTICATED"])


@only(*KINDS, because="each process knows the keys that it has met itself")
async def test_known_keys_outlast_the_provider(live: Live) -> None:
    """While the provider is down whoever has a token goes on; a token under a key never seen waits for its return."""
    earlier, later = await _token(live), await _token(live)
    assert (await ask(live, VIEWER, bearer=earlier)).status == 200
    await live.world.post("/oidc", outage=True)
    for bearer in (earlier, later):
        assert (await ask(live, VIEWER, bearer=bearer)).status == 200
    await live.world.post("/rotate-keys", keep_old=True)
    reply = await ask(live, VIEWER, bearer=await _token(live))
    assert (reply.status, reply.codes) == (503, ["UNAVAILABLE"])
    assert (await ask(live, VIEWER, bearer=earlier)).status == 200


@only("sqlite", because="it starts a service of its own, on SQLite")
async def test_a_service_that_starts_without_the_provider(live: Live, tmp_path: Path) -> None:
    """Started while the provider is down it says that it cannot answer now, not that the token is bad; once the provider
    is back, tokens under the old key and the new one are believed, and those under a withdrawn key are not."""
    withdrawn = await _token(live)
    await live.world.post("/rotate-keys", keep_old=False)
    old = await _token(live)
    await live.world.post("/rotate-keys", keep_old=True)
    new = await _token(live)
    await live.world.post("/oidc", outage=True)
    async with migrated_database("sqlite", tmp_path) as database:
        environment = await migrated({**live.environment, "TONGBAN_DATABASE_URL": database})
        async with service(live.world, environment, tmp_path) as served:
            young = Live(live.world, served, database, environment)
            reply = await ask(young, VIEWER, bearer=old)
            assert (reply.status, reply.codes) == (503, ["UNAVAILABLE"])
            await live.world.post("/oidc", outage=False)
            await eventually(lambda: ask(young, VIEWER, bearer=new), lambda reply: reply.status == 200, 5)
            assert (await ask(young, VIEWER, bearer=old)).status == 200
            assert (await ask(young, VIEWER, bearer=withdrawn)).status == 401


def _refusals(reply: Reply) -> list[str]:
    """Why a phone was not registered, as the payload says it; the answer itself has no errors."""
    assert reply.codes == []
    return [error["code"] for error in reply.json["data"]["registerDevice"]["errors"]]


async def _token(live: Live, **how: object) -> str:
    return str((await live.world.post("/tokens", persona="lin", **how))["token"])


async def _devices_of(live: Live, persona: str, token: str) -> int:
    """Whether a phone rings when the persona's case moves on: counted by the pushes it got once another phone rang."""
    phone: Phone = await live.phone(persona)
    await register(phone, f"{token}-witness")
    (case,) = nodes((await home(phone))["cases"])
    await live.world.post("/advance", case=case["number"], to="reopened")
    await pushes(live, f"{token}-witness")
    return len(await live.world.get(f"/phones/{token}"))
