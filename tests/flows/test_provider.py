"""Sign-in with a provider that is not ours: the certified one of npm, through its own pages, as a process."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc.jwk import JWKRegistry

from app.phone import Phone
from app.simulation import Simulation, fresh_keys, service, simulation
from simulator.personas import PERSONAS
from tests.databases import migrated_database
from tests.flows.certified import Certified, certified_provider
from tests.flows.outside import Reply, ask, figure, home, nodes
from tests.houses import migrated
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWER = "{ viewer { displayName } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Certified]:
    async with certified_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(provider: Certified, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A service that believes the certified provider and not the simulated one."""
    folder = tmp_path_factory.mktemp("live")
    async with simulation(folder) as world, believing(provider.issuer, world, folder) as served:
        yield served


@asynccontextmanager
async def believing(issuer: str, world: Simulation, folder: Path) -> AsyncIterator[Live]:
    """A service for the people of this issuer, which it has not asked for anything yet."""
    async with migrated_database("sqlite", folder) as database:
        environment = {**world.environment(database, fresh_keys(), 0), "TONGBAN_ISSUER": issuer}
        await migrated(environment)
        async with service(world, environment, folder) as served:
            yield Live(world, served, database, environment)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
async def test_a_person_signs_in(live: Live, provider: Certified, algorithm: str) -> None:
    """Discovery, code with PKCE, JWKS: the token opens the person's own cases, whatever the provider signs with."""
    phone = Phone(live.world.session, live.service.url, await provider.token("lin", alg=algorithm))
    viewer = await home(phone)
    assert viewer["displayName"] == PERSONAS["lin"].signs_in.name
    expected = await live.world.get("/cases?persona=lin")
    assert {case["number"] for case in nodes(viewer["cases"])} == {case["case"] for case in expected}
    assert expected


async def test_a_person_acts_for_an_organisation(live: Live, provider: Certified) -> None:
    """With `represents` in the token the organisation is the viewer; without it the same person is."""
    acting, alone = PERSONAS["he-org"], PERSONAS["he"]
    for persona, named in (("he-org", acting.acts_for), ("he", alone.signs_in)):
        reply = await ask(live, VIEWER, bearer=await provider.token(persona))
        assert reply.json == {"data": {"viewer": {"displayName": named.name}}}


async def test_a_renewed_token_is_believed(live: Live, provider: Certified) -> None:
    """What the app gets for its refresh token is an access token like the first."""
    first = await provider.sign_in("chen")
    renewed = await provider.renewed(first["refresh_token"])
    assert renewed["access_token"] != first["access_token"]
    reply = await ask(live, VIEWER, bearer=renewed["access_token"])
    assert reply.json["data"]["viewer"]["displayName"] == PERSONAS["chen"].signs_in.name


async def test_a_token_for_somebody_else_is_refused(live: Live, provider: Certified) -> None:
    """Rightly signed for the same person and app, and meant for another service."""
    await refused(live, await provider.token("lin", audience="https://elsewhere.example"), "wrong-audience")


@pytest.mark.parametrize("client", ["tongban-phone", "tongban"])
async def test_an_id_token_is_refused(live: Live, provider: Certified, client: str) -> None:
    """It tells an app who signed in and opens nothing, also where the app is called like our audience."""
    await refused(live, (await provider.sign_in("lin", client=client))["id_token"], "wrong-type")


async def test_an_opaque_token_is_refused(live: Live, provider: Certified) -> None:
    """A refresh token, as any text that is no JWT."""
    await refused(live, (await provider.sign_in("lin"))["refresh_token"], "malformed")


async def test_a_token_expires(live: Live, provider: Certified) -> None:
    """Believed while it lasts, and refused from the second on that the provider set."""
    token = await provider.token("lin", ttl="5")
    assert (await ask(live, VIEWER, bearer=token)).status == 200
    await eventually(lambda: ask(live, VIEWER, bearer=token), lambda reply: reply.status != 200)
    await refused(live, token, "expired")


async def test_another_issuer_is_refused(live: Live, provider: Certified, tmp_path: Path) -> None:
    """A second provider with the very same keys is not the one that we believe."""
    async with certified_provider(tmp_path, keys=provider.keys_file) as other:
        assert await other.keys() == await provider.keys()
        await refused(live, await other.token("lin"), "wrong-issuer")


def unsigned(token: str, _key: Mapping[str, Any]) -> str:
    return _headed(token, alg="none").rpartition(".")[0] + "."


def signed_by_the_public_key(token: str, key: Mapping[str, Any]) -> str:
    first = _headed(token, alg="HS256").rpartition(".")[0]
    secret = JWKRegistry.import_key(dict(key)).as_pem(private=False)
    return f"{first}.{_encoded(hmac.new(secret, first.encode(), hashlib.sha256).digest())}"


def tampered(token: str, _key: Mapping[str, Any]) -> str:
    head, payload, signature = token.split(".")
    said = {**_decoded(payload), "identity_number": PERSONAS["chen"].signs_in.number}
    return f"{head}.{_encoded(json.dumps(said).encode())}.{signature}"


def under_an_unknown_key(token: str, _key: Mapping[str, Any]) -> str:
    return _headed(token, kid="never-published")


@pytest.mark.parametrize(
    ("forged", "fault"),
    [
        (unsigned, "unsigned"),
        (signed_by_the_public_key, "wrong-algorithm"),
        (tampered, "bad-signature"),
        (under_an_unknown_key, "unknown-key"),
    ],
)
async def test_a_forged_token_is_refused(
    live: Live, provider: Certified, forged: Callable[[str, Mapping[str, Any]], str], fault: str
) -> None:
    """What was made out of a good token by somebody without the key."""
    token, keys = await provider.token("lin"), await provider.keys()
    await refused(live, forged(token, next(key for key in keys if key["alg"] == "ES256")), fault)


async def test_a_new_key_is_found_and_unknown_ones_cost_one_fetch(live: Live, tmp_path: Path) -> None:
    """After a rotation the first token under the new key fetches it, tokens under the old one stay good, and whoever
    invents key ids makes nobody ask the provider again within the minute."""
    async with (
        certified_provider(tmp_path) as provider,
        believing(provider.issuer, live.world, tmp_path) as young,
    ):
        early, kept = await provider.token("lin"), await provider.token("chen")
        assert await statuses(young, early) == [200]
        assert await provider.asked() == 1
        await provider.rotate(keep_old=True)
        late = await provider.token("lin")
        assert _decoded(late.partition(".")[0])["kid"] != _decoded(early.partition(".")[0])["kid"]
        assert await statuses(young, late, early, kept) == [200, 200, 200]
        assert await provider.asked() == 2
        invented = [_headed(late, kid=f"invented-{number}") for number in range(40)]
        assert set(await statuses(young, *invented)) == {401}
        assert await figure(young, "tongban_tokens_refused_total", fault="unknown-key") == 40
        assert await statuses(young, late, early, kept) == [200, 200, 200]
        assert await provider.asked() == 2


async def test_people_sign_in_while_the_provider_is_down(live: Live, tmp_path: Path) -> None:
    """Tokens under known keys stay good, seen before or not, and bad ones bad. Of a key that cannot be fetched now nobody
    knows whether it is good: 503, so that no app signs its person out."""
    async with (
        certified_provider(tmp_path) as provider,
        believing(provider.issuer, live.world, tmp_path) as young,
    ):
        seen, unseen = await provider.token("lin"), await provider.token("chen")
        assert await statuses(young, seen) == [200]
        await provider.rotate(keep_old=True)
        late = await provider.token("lin")
        await provider.stop()
        assert await statuses(young, seen, unseen, late) == [200, 200, 503]
        assert (await ask(young, VIEWER, bearer=late)).codes == ["UNAVAILABLE"]
        assert await statuses(young, tampered(unseen, {}), unsigned(unseen, {})) == [401, 401]
        async with certified_provider(tmp_path, provider.port) as again:
            assert again.issuer == provider.issuer
            assert await statuses(young, await again.token("he"), seen) == [503, 200]
            assert await again.asked() == 0


async def test_a_service_that_starts_during_an_outage_recovers(live: Live, tmp_path: Path) -> None:
    """It knows no key, answers 503, and believes everybody again soon after the provider is back."""
    async with certified_provider(tmp_path) as provider:
        token = await provider.token("lin")
        await provider.stop()
        async with believing(provider.issuer, live.world, tmp_path) as young:
            assert await statuses(young, token) == [503]
            async with certified_provider(tmp_path, provider.port):
                back = await eventually(lambda: ask(young, VIEWER, bearer=token), lambda reply: reply.status != 503)
                assert (back.status, back.codes) == (200, [])


async def refused(live: Live, token: str, fault: str) -> None:
    """Asserts that a token gets 401 in the way of HTTP and of GraphQL, no data, and is counted under its fault."""
    before = await figure(live, "tongban_tokens_refused_total", fault=fault)
    reply = await ask(live, VIEWER, bearer=token)
    assert (reply.status, reply.codes, "data" in reply.json) == (401, ["UNAUTHENTICATED"], False)
    assert reply.headers["www-authenticate"].startswith("Bearer ")
    assert await figure(live, "tongban_tokens_refused_total", fault=fault) == before + 1


async def statuses(live: Live, *tokens: str) -> list[int]:
    """How HTTP answers each token; all are sent at once."""
    replies: list[Reply] = await asyncio.gather(*(ask(live, VIEWER, bearer=token) for token in tokens))
    return [reply.status for reply in replies]


def _headed(token: str, **fields: str) -> str:
    """The token with other header fields."""
    head, _, rest = token.partition(".")
    return f"{_encoded(json.dumps({**_decoded(head), **fields}).encode())}.{rest}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(segment: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=="))
    return said
