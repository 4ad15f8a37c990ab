"""Whom a token makes one."""

import pytest
from joserfc import jws

from domain.assurance import Assurance
from domain.caller import Represented
from domain.identity import Identity, IdentityType, identity
from domain.times import SECOND
from integrations.identity import ClaimNames, IdentityProvider, ProviderUnavailable, TokenFault, TokenRefused
from tests.unit.integrations.signed import (
    COMPANY,
    ISSUER,
    NOW,
    NOW_S,
    PERSON,
    Provider,
    fault,
    token,
)


async def test_a_token_becomes_a_sign_in():
    """Subject, client, level, name and the checked identity come out of the claims."""
    found = await Provider().verifier().sign_in(token(), NOW)
    assert (found.subject, found.client, found.assurance, found.name) == ("person-1", "phone", Assurance.HIGH, "李雷")
    assert found.identity == Identity(IdentityType.RESIDENT, PERSON)
    assert found.acting is None
    assert found.expires == (NOW_S + 3600) * SECOND


@pytest.mark.parametrize(
    ("claims", "issued", "signed_in"),
    [
        ({"iat": NOW_S - 60, "auth_time": NOW_S - 3600}, -60, -3600),
        ({"iat": NOW_S - 60, "auth_time": None}, -60, None),
        ({"iat": None}, 0, None),
        ({"iat": NOW_S + 9}, 0, None),
        *(({"iat": NOW_S, "auth_time": value}, 0, None) for value in (NOW_S + 1, 0, -1, "7", 7.5, True, [7])),
    ],
)
async def test_when_it_was_issued_and_they_signed_in(claims, issued, signed_in):
    """A token that says no time counts as of now, and nothing is later than now. A wrong auth_time is none, and no refusal."""
    found = await Provider().verifier().sign_in(token(**claims), NOW_S * SECOND)
    expected = None if signed_in is None else (NOW_S + signed_in) * SECOND
    assert (found.issued, found.signed_in) == ((NOW_S + issued) * SECOND, expected)


async def test_an_organisation_is_represented():
    """`represents` names the organisation for which the person acts."""
    said = {"identity_type": "001", "identity_number": COMPANY, "name": "榕树有限公司"}
    found = await Provider().verifier().sign_in(token(represents=said), NOW)
    assert found.acting == Represented("榕树有限公司", identity("001", COMPANY))


async def test_accounts_are_whose_the_claims_are():
    """The person's, and inside `represents` the organisation's; a token that says none says that there are none."""
    firm = {"identity_type": "001", "identity_number": COMPANY, "name": "榕树有限公司", "accounts": {"archive": "F-1"}}
    found = await Provider().verifier().sign_in(token(accounts={"archive": "x" * 128}, represents=firm), NOW)
    assert found.acting and (found.accounts, found.acting.accounts) == ({"archive": "x" * 128}, {"archive": "F-1"})
    assert (await Provider().verifier().sign_in(token(), NOW)).accounts == {}


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
        *(
            ({"accounts": value}, TokenFault.MALFORMED)
            for value in ([], "a", 7, True, {"a": 7}, {"a": None}, {"a": ""})
        ),
        *(({"accounts": {"a": value}}, TokenFault.MALFORMED) for value in ("x" * 129, "a\n", "\ud800", ["a"])),
        ({"accounts": {"a" * 65: "1"}}, TokenFault.MALFORMED),
        ({"accounts": {str(n): "1" for n in range(201)}}, TokenFault.MALFORMED),
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
    monkeypatch.setattr(jws, "deserialize_compact", None)
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
