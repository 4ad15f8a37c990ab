"""The provider's keys: found, fetched seldom, withdrawn; and what holds while the provider is down."""

import asyncio

import pytest

from domain.times import MINUTE, SECOND
from integrations.identity import ProviderUnavailable, TokenRefused
from integrations.provider_keys import MAX_AGE, REFETCH_AFTER, RETRY_AFTER
from tests.unit.integrations.signed import (
    ISSUER,
    KEY,
    NOW,
    NOW_S,
    OTHER,
    Provider,
    token,
)


async def test_first_requests_share_one_fetch():
    """A hundred phones at once after a start cost one look at the provider."""
    provider = Provider()
    verifier = provider.verifier()
    found = await asyncio.gather(*(verifier.sign_in(token(jti=str(number)), NOW) for number in range(100)))
    assert len(found) == 100
    assert provider.asked == 1


async def test_a_caller_that_goes_away_does_not_take_the_keys_along():
    """The first request is cancelled while it waits; the second still gets its keys, from the same fetch."""
    provider = Provider()
    verifier = provider.verifier()
    first, second = (asyncio.create_task(verifier.sign_in(token(jti=str(number)), NOW)) for number in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert first.cancelled()
    assert provider.asked == 1


async def test_a_new_key_is_found():
    """After a rotation the first token under the new key fetches it."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.keys = [OTHER, KEY]
    assert await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + REFETCH_AFTER)
    assert provider.asked == 2


async def test_unknown_keys_cost_one_fetch_a_minute():
    """Whoever invents key ids cannot make us hammer the provider."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    for number in range(50):
        with pytest.raises(TokenRefused, match="unknown-key"):
            await verifier.sign_in(token({"kid": f"k{number}"}), NOW + MINUTE + number * SECOND)
    assert provider.asked == 2


async def test_a_new_key_need_not_wait_for_the_pause_after_a_first_look():
    """The pause is between two looks for unknown keys: what came before them does not count."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.keys = [OTHER, KEY]
    assert await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + SECOND)
    for number in range(50):
        with pytest.raises(TokenRefused, match="unknown-key"):
            await verifier.sign_in(token({"kid": f"k{number}"}), NOW + SECOND + number * SECOND)
    assert provider.asked == 2


async def test_old_keys_serve_while_the_provider_is_down():
    """Those who hold a token go on; under a key never seen nobody can say whether the token is good."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.down = True
    assert await verifier.sign_in(token(jti="fresh", exp=NOW_S + 7200), NOW + 3 * MAX_AGE)
    with pytest.raises(ProviderUnavailable):
        await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + 4 * MAX_AGE)
    with pytest.raises(TokenRefused, match="bad-signature"):
        await verifier.sign_in(token(key=OTHER), NOW + 4 * MAX_AGE)


async def test_an_outage_is_asked_about_once_a_minute_and_ends_by_itself():
    """While the provider is down unknown keys cost no more than otherwise; a minute after the last try it is seen again."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.down, provider.keys = True, [OTHER, KEY]
    for second in range(60):
        with pytest.raises(ProviderUnavailable):
            await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + second * SECOND)
    assert provider.tried == 2
    provider.down = False
    assert await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + REFETCH_AFTER)
    with pytest.raises(TokenRefused, match="unknown-key"):
        await verifier.sign_in(token({"kid": "three"}, OTHER), NOW + REFETCH_AFTER)


async def test_a_look_in_time_that_fails_makes_unknown_keys_unavailable():
    """The keys grew old, could not be had, and the provider may have changed them since."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.down = True
    assert await verifier.sign_in(token(jti="old keys"), NOW + MAX_AGE)
    with pytest.raises(ProviderUnavailable):
        await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + MAX_AGE)
    assert provider.tried == 2


async def test_without_any_keys_the_provider_is_unavailable():
    """Nobody is let in, nobody is told to sign in again, and it heals by itself."""
    provider = Provider()
    verifier = provider.verifier()
    provider.down = True
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await verifier.sign_in(token(), NOW)
    provider.down = False
    with pytest.raises(ProviderUnavailable):
        await verifier.sign_in(token(), NOW + SECOND)
    assert await verifier.sign_in(token(), NOW + RETRY_AFTER)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": f"{ISSUER}/", "jwks_uri": f"{ISSUER}/keys"},
        {"jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": "http://id.example.cn/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://[bad"},
    ],
)
async def test_a_discovery_document_must_be_the_issuers(discovery):
    """Another issuer, or keys over a worse transport than its own, are as good as no answer."""
    provider = Provider()
    provider.discovery = discovery
    with pytest.raises(ProviderUnavailable):
        await provider.verifier().sign_in(token(), NOW)


async def test_keys_that_cannot_verify_are_passed_over():
    """A published set with secrets, short, broken and foreign keys still serves with its good ones."""
    provider = Provider()
    good = KEY.as_dict(private=False)
    provider.extra = [
        None, "key", {}, {"kid": "one"}, {"kid": 5, "kty": "EC"}, {"kid": "one", "kty": "oct", "k": "AAAA"},
        {"kid": "one", "kty": "ML-DSA"}, {"kid": "one", "kty": ["EC"]}, {**good, "use": "enc"}, {**good, "x": "!"},
        {**good, "x": 5}, {**good, "crv": "P-9"}, {**good, "y": good["x"]}, {**good, "key_ops": 5},
        {**good, "key_ops": ["encrypt"]}, {"kid": "one", "kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kid": "one", "kty": "RSA", "n": "A" * 400, "e": "AQAB"},
    ]  # fmt: skip
    assert await provider.verifier().sign_in(token(), NOW)


async def test_a_withdrawn_key_stops_being_believed():
    """Also for tokens that were believed before: once the keys are fetched anew, they are checked anew."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.keys = [OTHER]
    assert await verifier.sign_in(token(), NOW + MAX_AGE)
    await asyncio.sleep(0.01)
    with pytest.raises(TokenRefused, match="unknown-key"):
        await verifier.sign_in(token(), NOW + MAX_AGE + SECOND)
