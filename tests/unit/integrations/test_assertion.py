"""What we assert about a person."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from domain.assurance import UNVOUCHED, Assurance, Subject, Vouched
from domain.identity import Identity, identity
from domain.times import SECOND
from integrations.authentication.assertion import Asserter
from integrations.own_keys import OwnKeys

LIN, FIRM = identity("111", "11010519491231002X"), identity("001", "91350100M000100Y43")
KEYS = OwnKeys({"a1": b"a" * 32})
NOW_S = 1_795_311_000


def bytes_in_turn() -> Callable[[int], bytes]:
    turns = count(1)
    return lambda size: next(turns).to_bytes(size)


def claims(asserter: Asserter, who: Identity, audience: str, vouched: Vouched = UNVOUCHED) -> dict[str, Any]:
    believed = jwt.decode(
        asserter.about(Subject(who, vouched), audience), KeySet.import_key_set(KEYS.published), algorithms=["ES256"]
    )
    return believed.claims


def an_asserter() -> Asserter:
    return Asserter("https://tongban.example.cn", KEYS, lambda: NOW_S * SECOND + 999_999, bytes_in_turn())


@pytest.mark.parametrize(("who", "kind"), [(LIN, "111"), (FIRM, "001")])
def test_it_says_who_to_whom_by_whom_and_for_how_long(who: Identity, kind: str):
    """And nothing else, where nothing else is known."""
    assert claims(an_asserter(), who, "https://hall.example.cn") == {
        "iss": "https://tongban.example.cn",
        "sub": who.number,
        "identity_type": kind,
        "aud": "https://hall.example.cn",
        "iat": NOW_S,
        "exp": NOW_S + 60,
        "jti": "0" * 31 + "1",
    }


@pytest.mark.parametrize(
    ("vouched", "said"),
    [
        (Vouched(Assurance.HIGH, NOW_S * SECOND - 1), {"acr": "3", "auth_time": NOW_S - 1}),
        (Vouched(Assurance.NONE), {"acr": "0"}),
        (Vouched(), {}),
    ],
)
def test_it_says_at_which_level_they_signed_in(vouched: Vouched, said: dict[str, Any]):
    """And when, as far as either is known: the lowest level is not the same as none."""
    found = claims(an_asserter(), LIN, "hall", vouched)
    assert {name: found[name] for name in ("acr", "auth_time") if name in found} == said


def test_no_two_are_the_same():
    """A platform may refuse one that it has seen."""
    asserter = an_asserter()
    assert claims(asserter, LIN, "hall")["jti"] != claims(asserter, LIN, "hall")["jti"]


def test_nothing_of_it_is_shown():
    """Not the number, and not the keys."""
    asserter = replace(an_asserter(), issuer="https://x")
    assert asserter.about(Subject(LIN), "hall") not in repr(asserter)
    assert "aaaa" not in repr(asserter)
