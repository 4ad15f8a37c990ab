"""Every way in which a token is not believed."""

import asyncio
import contextlib
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt
from joserfc.errors import ExpiredTokenError

from integrations.identity import TokenFault, TokenRefused
from integrations.jwt import ALGORITHMS, Verifier
from integrations.provider_keys import ProviderKeys
from tests.unit.integrations.signed import (
    CLAIMS,
    ISSUER,
    KEY,
    NOW,
    NOW_S,
    OTHER,
    Provider,
    encoded,
    fault,
    signed,
    token,
)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"crit": ["exp"], "exp": 1}, TokenFault.MALFORMED),
        ({"crit": []}, TokenFault.MALFORMED),
        ({"b64": False, "crit": ["b64"]}, TokenFault.MALFORMED),
        ({"b64": True}, TokenFault.MALFORMED),
        *(({"typ": kind}, TokenFault.WRONG_TYPE) for kind in ("JWT", "logout+jwt", "id+jwt", "at+jwt ", "", None, 7)),
        ({"kid": 1}, TokenFault.MALFORMED),
        ({"kid": None}, TokenFault.MALFORMED),
        ({"kid": ["one"]}, TokenFault.MALFORMED),
        ({"kid": "three"}, TokenFault.UNKNOWN_KEY),
    ],
)
async def test_headers_that_are_not_believed(header, reason):
    """A token is read in one way only, with a key that it names."""
    assert await fault(token(header)) is reason


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_an_access_token_says_that_it_is_one(kind):
    """RFC 9068's type in either form, in any case."""
    assert await Provider().verifier().sign_in(token({"typ": kind}), NOW)


async def test_an_id_token_does_not_sign_in():
    """Though the provider signed it, and its audience, a client, is called like ours."""
    said = {"azp": "tongban", "nonce": "n", "auth_time": NOW_S - 9}
    assert await fault(token({"typ": "JWT"}, **said)) is TokenFault.WRONG_TYPE
    untyped = encoded(json.dumps({"alg": "ES256", "kid": "one"}).encode())
    assert await fault(f"{untyped}.{token(**said).partition('.')[2]}") is TokenFault.WRONG_TYPE


@pytest.mark.parametrize(
    "lacking",
    [
        {"issuer": ""},
        {"audience": ""},
        {"algorithms": ()},
        {"algorithms": ["none"]},
        {"algorithms": ["ES256", "HS256"]},
    ],
)
def test_a_verifier_cannot_be_asked_for_less(lacking):
    """Without issuer, audience or algorithms there is none, nor with an algorithm that needs a secret."""
    full = {"issuer": ISSUER, "audience": "tongban", "algorithms": ["ES256"]}
    keys = ProviderKeys(ISSUER, Provider().fetch)
    assert Verifier(**full, keys=keys)
    with pytest.raises(ValueError, match="must be held to"):
        Verifier(**{**full, **lacking}, keys=keys)
    for name in full:
        with pytest.raises(TypeError, match=name):
            Verifier(**{other: value for other, value in full.items() if other != name}, keys=keys)


async def test_an_algorithm_off_the_list_is_refused():
    """A verifier for one algorithm refuses another, though the key fits and the signature is good."""
    key = jwk.RSAKey.generate_key(2048, {"kid": "one"})
    keys = ProviderKeys(ISSUER, Provider(key).fetch)
    only_pss = Verifier(issuer=ISSUER, audience="tongban", algorithms=["PS256"], keys=keys)
    assert await only_pss.claims(token({"alg": "PS256"}, key), NOW)
    with pytest.raises(TokenRefused, match="wrong-algorithm"):
        await only_pss.claims(token({"alg": "RS256"}, key), NOW)


@pytest.mark.parametrize("since_s", [0, 1, 59])
async def test_the_verifier_itself_gives_exp_no_leeway(since_s):
    """Whoever asks it need not look at the time again."""
    keys = ProviderKeys(ISSUER, Provider().fetch)
    verifier = Verifier(issuer=ISSUER, audience="tongban", algorithms=ALGORITHMS, keys=keys)
    with pytest.raises(TokenRefused, match="expired"):
        await verifier.claims(token(exp=NOW_S - since_s), NOW)


def test_joserfc_alone_believes_an_expired_token():
    """The trap for which there is a wrapper: decode looks at no claim. If this fails, joserfc has changed."""
    text = token(exp=NOW_S - 3600, iss="somebody", aud="somebody")
    assert jwt.decode(text, KEY, algorithms=["ES256"]).claims["exp"] == NOW_S - 3600


def test_joserfc_gives_exp_the_leeway_too():
    """The second trap: asked to validate, it believes an expired token for as long as clocks may differ."""
    rules = jwt.JWTClaimsRegistry(now=NOW_S, leeway=60, exp={"essential": True})
    rules.validate({"exp": NOW_S - 59})
    with pytest.raises(ExpiredTokenError):
        rules.validate({"exp": NOW_S - 60})


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


GOOD = token()


@given(st.data())
def test_a_changed_text_is_refused_and_nothing_else(data):
    """Whatever is cut out of a good token or put into it: it is refused, unless it is the same text again."""
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 4)))
    put = data.draw(st.text("AZaz09-_.=+/ \n\x00é", max_size=4) | st.text(max_size=2))
    text = GOOD[:start] + put + GOOD[end:]
    if text != GOOD:
        with pytest.raises(TokenRefused):
            asyncio.run(SHARED.sign_in(text, NOW))


@given(st.permutations(GOOD.split(".") + token({"kid": "two"}, OTHER).split(".")), st.integers(0, 6))
def test_parts_of_tokens_put_together_are_refused(parts, count):
    """Header, payload and signature of two tokens in any other order and number."""
    text = ".".join(parts[:count])
    if text != GOOD:
        with pytest.raises(TokenRefused):
            asyncio.run(SHARED.sign_in(text, NOW))
