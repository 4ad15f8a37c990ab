"""Whom a token makes one, and every way in which a token is not believed."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jws

from domain.caller import Assurance, Represented
from domain.identity import Identity, IdentityType, identity
from domain.times import MINUTE, SECOND
from integrations.fetch import FetchFailed
from integrations.identity import ClaimNames, IdentityProvider, ProviderUnavailable, TokenFault, TokenRefused
from integrations.provider_keys import MAX_AGE, REFETCH_AFTER, RETRY_AFTER

ISSUER = "https://id.example.cn"
NOW_S = 1_795_312_800
NOW = NOW_S * SECOND
PERSON, COMPANY = "11010519491231002X", "91350100M000100Y43"
CURVE = {"use": "sig", "alg": "ES256"}
KEY = jwk.ECKey.generate_key("P-256", {"kid": "one", **CURVE})
OTHER = jwk.ECKey.generate_key("P-256", {"kid": "two", **CURVE})
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER, "aud": "tongban", "sub": "person-1", "azp": "phone", "iat": NOW_S - 5, "exp": NOW_S + 3600,
    "name": "李雷", "identity_type": "111", "identity_number": PERSON, "real_name_level": 3,
}  # fmt: skip


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: bytes, header: Mapping[str, Any] | None = None, key: Any = KEY) -> str:
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "one", **(header or {})}
    algorithms = jws.JWSRegistry.algorithms
    first = f"{encoded(json.dumps(head).encode())}.{encoded(payload)}"
    return f"{first}.{encoded(algorithms[head['alg']].sign(first.encode(), key))}"


def token(header: Mapping[str, Any] | None = None, key: Any = KEY, **claims: Any) -> str:
    """A token that is fine but for what is given; a claim of None is left out."""
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return signed(json.dumps(said).encode(), header, key)


class Provider:
    """An identity provider in memory that counts what it is asked."""

    def __init__(self, *keys: Any) -> None:
        self.keys, self.asked = list(keys or (KEY,)), 0
        self.down = False
        self.discovery: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.extra: list[Any] = []

    async def fetch(self, url: str) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        if self.down:
            raise FetchFailed("connection refused")
        if url == f"{ISSUER}/.well-known/openid-configuration":
            return self.discovery
        assert url == f"{ISSUER}/keys"
        self.asked += 1
        return {"keys": [*self.extra, *(key.as_dict(private=False) for key in self.keys)]}

    def verifier(self, **options: Any) -> IdentityProvider:
        return IdentityProvider(ISSUER, "tongban", ClaimNames(), self.fetch, **options)


async def fault(text: str, provider: Provider | None = None) -> TokenFault:
    with pytest.raises(TokenRefused) as caught:
        await (provider or Provider()).verifier().sign_in(text, NOW)
    assert text == "" or text not in repr(caught.value) + str(caught.value)
    return caught.value.reason


async def test_a_token_becomes_a_sign_in():
    """Subject, client, level, name and the checked identity come out of the claims."""
    found = await Provider().verifier().sign_in(token(), NOW)
    assert (found.subject, found.client, found.assurance, found.name) == ("person-1", "phone", Assurance.HIGH, "李雷")
    assert found.identity == Identity(IdentityType.RESIDENT, PERSON)
    assert found.acting is None
    assert found.expires == (NOW_S + 3600) * SECOND


async def test_an_organisation_is_represented():
    """`represents` names the organisation for which the person acts."""
    said = {"identity_type": "001", "identity_number": COMPANY, "name": "榕树有限公司"}
    found = await Provider().verifier().sign_in(token(represents=said), NOW)
    assert found.acting == Represented("榕树有限公司", identity("001", COMPANY))


async def test_claim_names_are_the_providers():
    """A provider that calls its claims otherwise is configured, not forked."""
    names = ClaimNames("kind", "number", "display", "level", "for")
    claims = {"kind": "111", "number": PERSON, "display": "韩梅梅", "level": "2", "name": None, "identity_type": None}
    found = await IdentityProvider(ISSUER, "tongban", names, Provider().fetch).sign_in(token(**claims), NOW)
    assert (found.name, found.assurance) == ("韩梅梅", Assurance.MEDIUM)


@pytest.mark.parametrize(
    ("claims", "client"), [({"azp": None, "client_id": "app"}, "app"), ({"client_id": "b"}, "phone")]
)
async def test_the_client_is_azp_or_else_client_id(claims, client):
    """Devices belong to the client that the token was given to."""
    assert (await Provider().verifier().sign_in(token(**claims), NOW)).client == client


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT"])
async def test_types_of_access_tokens_are_accepted(kind):
    """RFC 9068's type in either form, and the plain one that many providers still use."""
    assert await Provider().verifier().sign_in(token({"typ": kind}), NOW)


@pytest.mark.parametrize(("level", "expected"), [(None, 0), (0, 0), (1, 1), ("3", 3)])
async def test_levels_are_numbers_or_digits(level, expected):
    """A provider that keeps attributes as text is understood; no level said is the lowest."""
    assert (await Provider().verifier().sign_in(token(real_name_level=level), NOW)).assurance == expected


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW_S}, TokenFault.EXPIRED),
        ({"exp": NOW_S - 30}, TokenFault.EXPIRED),
        ({"exp": NOW_S - 3600}, TokenFault.EXPIRED),
        ({"nbf": NOW_S + 61}, TokenFault.NOT_YET_VALID),
        ({"iat": NOW_S + 61}, TokenFault.NOT_YET_VALID),
        ({"iss": "https://id.example.cn/"}, TokenFault.WRONG_ISSUER),
        ({"iss": [ISSUER]}, TokenFault.WRONG_ISSUER),
        ({"aud": "somebody-else"}, TokenFault.WRONG_AUDIENCE),
        ({"aud": []}, TokenFault.WRONG_AUDIENCE),
        ({"aud": {"tongban": 1}}, TokenFault.WRONG_AUDIENCE),
        *(({name: None}, TokenFault.MISSING_CLAIM) for name in ("iss", "aud", "exp", "sub", "azp", "name")),
        *(({name: None}, TokenFault.MISSING_CLAIM) for name in ("identity_type", "identity_number")),
        *(({name: ""}, TokenFault.MISSING_CLAIM) for name in ("sub", "azp", "name")),
        *(({"exp": value}, TokenFault.MALFORMED) for value in (str(NOW_S + 9), NOW_S + 9.5, 1e300, 10**30, -1, True)),
        *(({"nbf": value}, TokenFault.MALFORMED) for value in ("0", [], 10**18)),
        *(({"real_name_level": value}, TokenFault.MALFORMED) for value in (4, -1, "x", True, 1.0, [3])),
        *(({"sub": value}, TokenFault.MALFORMED) for value in (7, ["a"], "a\x00b", "\ud800")),
        *(({"azp": value}, TokenFault.MALFORMED) for value in (7, {"a": 1})),
        ({"identity_number": "110105194912310021"}, TokenFault.BAD_IDENTITY),
        ({"identity_type": "414"}, TokenFault.BAD_IDENTITY),
        ({"represents": "a company"}, TokenFault.MALFORMED),
        ({"represents": {"identity_type": "001", "identity_number": COMPANY}}, TokenFault.MISSING_CLAIM),
        ({"represents": {"identity_type": "111", "identity_number": PERSON, "name": "x"}}, TokenFault.BAD_IDENTITY),
    ],
)
async def test_claims_that_are_not_believed(claims, reason):
    """Each claim that is missing, wrong or of a wrong kind is refused for its own reason."""
    assert await fault(token(**claims)) is reason


@pytest.mark.parametrize(
    "claims", [{"nbf": NOW_S + 60}, {"iat": NOW_S + 60}, {"exp": NOW_S + 1}, {"aud": ["other", "tongban"]}]
)
async def test_claims_at_the_limit_are_believed(claims):
    """A minute of clock skew is allowed before, not after; an audience may be one of several."""
    assert await Provider().verifier().sign_in(token(**claims), NOW)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"crit": ["exp"], "exp": 1}, TokenFault.MALFORMED),
        ({"crit": []}, TokenFault.MALFORMED),
        ({"b64": False, "crit": ["b64"]}, TokenFault.MALFORMED),
        ({"b64": True}, TokenFault.MALFORMED),
        ({"typ": "logout+jwt"}, TokenFault.MALFORMED),
        ({"typ": None}, TokenFault.MALFORMED),
        ({"kid": 1}, TokenFault.MALFORMED),
        ({"kid": None}, TokenFault.MALFORMED),
        ({"kid": ["one"]}, TokenFault.MALFORMED),
        ({"kid": "three"}, TokenFault.UNKNOWN_KEY),
    ],
)
async def test_headers_that_are_not_believed(header, reason):
    """A token is read in one way only, with a key that it names."""
    assert await fault(token(header)) is reason


@pytest.mark.parametrize(
    "header",
    [{"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example/x"}, {"jwk": OTHER.as_dict()}, {"x": 1}],
)
async def test_keys_that_a_token_brings_along_are_not_used(header):
    """Signed by the attacker's key the token is refused, by ours it is fine: the header field plays no part."""
    provider = Provider()
    assert await fault(token(header, OTHER), provider) is TokenFault.BAD_SIGNATURE
    assert await provider.verifier().sign_in(token(header), NOW)


async def test_an_unsigned_token_is_refused():
    """Algorithm none, with and without the last dot, and a signature cut off."""
    head = encoded(json.dumps({"alg": "none", "typ": "at+jwt", "kid": "one"}).encode())
    body = encoded(json.dumps(dict(CLAIMS)).encode())
    assert await fault(f"{head}.{body}.") is TokenFault.UNSIGNED
    assert await fault(f"{head}.{body}.AAAA") is TokenFault.UNSIGNED
    assert await fault(f"{head}.{body}") is TokenFault.MALFORMED
    assert await fault(token().rpartition(".")[0] + ".") is TokenFault.UNSIGNED


async def test_key_confusion_is_refused():
    """HS256 with the public key as the secret is an algorithm we do not take."""
    head = encoded(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": "one"}).encode())
    first = f"{head}.{encoded(json.dumps(dict(CLAIMS)).encode())}"
    mac = hmac.new(KEY.as_pem(private=False), first.encode(), hashlib.sha256).digest()
    assert await fault(f"{first}.{encoded(mac)}") is TokenFault.WRONG_ALGORITHM


@pytest.mark.parametrize("algorithm", ["RS256", "ES384", "EdDSA"])
async def test_an_allowed_algorithm_must_fit_the_key(algorithm):
    """A key is used for nothing but what it was published for."""
    rest = token().partition(".")[2]
    forged = encoded(json.dumps({"alg": algorithm, "typ": "at+jwt", "kid": "one"}).encode())
    assert await fault(f"{forged}.{rest}") is TokenFault.WRONG_ALGORITHM


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", jwk.RSAKey.generate_key(2048, {"kid": "one"})),
        ("PS256", jwk.RSAKey.generate_key(2048, {"kid": "one"})),
        ("EdDSA", jwk.OKPKey.generate_key("Ed25519", {"kid": "one"})),
        ("Ed25519", jwk.OKPKey.generate_key("Ed25519", {"kid": "one"})),
        ("ES384", jwk.ECKey.generate_key("P-384", {"kid": "one"})),
    ],
)
async def test_other_algorithms_verify(algorithm, key):
    """What common providers sign with is understood, without a warning."""
    assert await Provider(key).verifier().sign_in(token({"alg": algorithm}, key), NOW)
    assert await fault(token({"alg": algorithm}, key)[:-8] + "AAAAAAAA", Provider(key)) is TokenFault.BAD_SIGNATURE


async def test_a_changed_token_is_refused():
    """Whoever changes what a token says breaks its signature; so does another's key under this key's id."""
    head, _, tail = token().split(".")
    assert (
        await fault(f"{head}.{encoded(json.dumps({**CLAIMS, 'sub': 'x'}).encode())}.{tail}") is TokenFault.BAD_SIGNATURE
    )
    assert await fault(token(key=OTHER)) is TokenFault.BAD_SIGNATURE


@pytest.mark.parametrize(
    "payload",
    [
        b"[]", b'"text"', b"null", b"", b"\xff", b"{", b"[" * 4000, b'{"a":' * 1000,
        b'{"exp": NaN}', b'{"exp": Infinity}', b'{"exp": ' + b"9" * 5000 + b"}",
        json.dumps(dict(CLAIMS)).encode()[:-1] + b', "sub": "person-2"}',
        json.dumps(dict(CLAIMS)).encode()[:-1] + b', "represents": {"name": "a", "name": "b"}}',
    ],
)  # fmt: skip
async def test_a_payload_that_is_no_plain_object_is_refused(payload):
    """Rightly signed or not: arrays, deep nesting, names that occur twice and numbers that are none."""
    assert await fault(signed(payload)) is TokenFault.MALFORMED


async def test_a_header_with_a_name_twice_is_refused():
    """Two readers of it could see two algorithms."""
    head = encoded(b'{"alg":"none","alg":"ES256","typ":"JWT","kid":"one"}')
    assert await fault(head + "." + token().partition(".")[2]) is TokenFault.MALFORMED


async def test_a_huge_token_is_not_even_read():
    """Past 8 KiB nothing is parsed and the provider is not asked."""
    provider = Provider()
    assert await fault(token(pad="x" * 8192), provider) is TokenFault.MALFORMED
    assert provider.asked == 0


SHARED = Provider().verifier()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.sampled_from(["none", "ES256", "HS256", "JWT", "one"]) for name in ("alg", "kid", "typ", "crit")
    },
)


async def sign_in_or_refused(text: str) -> None:
    with contextlib.suppress(TokenRefused):
        await SHARED.sign_in(text, NOW)


@given(st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_garbage_is_refused_and_nothing_else(text):
    """No text makes sign_in raise anything but TokenRefused."""
    asyncio.run(sign_in_or_refused(text))


@given(HEADERS, st.binary(max_size=40), st.binary(max_size=80))
def test_garbage_in_the_form_of_a_token_is_refused_and_nothing_else(header, payload, signature):
    """Nor does any header, payload and signature."""
    head = encoded(json.dumps(header).encode())
    asyncio.run(sign_in_or_refused(f"{head}.{encoded(payload)}.{encoded(signature)}"))


@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "represents", "client_id"]), JSON))
def test_garbage_rightly_signed_is_refused_and_nothing_else(claims):
    """Nor do any claims, even if the provider itself signed them."""
    asyncio.run(sign_in_or_refused(signed(json.dumps({**CLAIMS, **claims}).encode())))


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


async def test_old_keys_serve_while_the_provider_is_down():
    """Those who hold a token go on; a token under a key never seen is refused, not an outage."""
    provider = Provider()
    verifier = provider.verifier()
    await verifier.sign_in(token(), NOW)
    provider.down = True
    assert await verifier.sign_in(token(jti="fresh", exp=NOW_S + 7200), NOW + 3 * MAX_AGE)
    with pytest.raises(TokenRefused, match="unknown-key"):
        await verifier.sign_in(token({"kid": "two"}, OTHER), NOW + 4 * MAX_AGE)


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


async def test_a_believed_token_costs_no_signature_again(monkeypatch):
    """The second request with the same token verifies nothing, until the token expires."""
    verifier, text = Provider().verifier(), token(exp=NOW_S + 10)
    first = await verifier.sign_in(text, NOW)
    monkeypatch.setattr(jws, "deserialize_compact", None)
    assert await verifier.sign_in(text, NOW + 9 * SECOND) is first
    with pytest.raises(TokenRefused, match="expired"):
        await verifier.sign_in(text, NOW + 10 * SECOND)


async def test_remembered_tokens_are_bounded(monkeypatch):
    """The one not used for longest is forgotten, and merely verified anew when it comes back."""
    verifier = Provider().verifier(remembered=2)
    texts = [token(jti=str(number)) for number in range(3)]
    for text in (texts[0], texts[1], texts[0], texts[2]):
        await verifier.sign_in(text, NOW)
    monkeypatch.setattr(verifier, "_verified", None)
    assert await verifier.sign_in(texts[0], NOW)
    with pytest.raises(TypeError):
        await verifier.sign_in(texts[1], NOW)


async def test_what_is_logged_and_shown_names_nobody(caplog):
    """A sign-in's repr and the log of a failing provider hold neither number nor name nor token."""
    provider = Provider()
    provider.down = True
    with pytest.raises(ProviderUnavailable):
        await provider.verifier().sign_in(token(), NOW)
    assert "cannot be had" in caplog.text
    shown = repr(await Provider().verifier().sign_in(token(), NOW)) + caplog.text
    assert not any(private in shown for private in (PERSON, "李雷", token().partition(".")[0]))
