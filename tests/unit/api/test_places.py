"""Whose sockets are counted together."""

from contextlib import ExitStack

import pytest

from api import places
from api.places import Full, Places
from domain.assurance import Assurance
from domain.caller import Represented, SignIn
from domain.identity import Identity, IdentityType

COMPANY = Represented("", Identity(IdentityType.ORGANISATION, "0" * 18))


def signed_in(person: str, acting: Represented | None = None) -> SignIn:
    return SignIn(person, "app", Assurance(2), "", Identity(IdentityType.RESIDENT, person), acting)


def test_who_acts_for_an_organisation_takes_a_place_of_it(monkeypatch):
    """And none of their own: those who act for one share its places, whoever they are."""
    monkeypatch.setattr(places, "MOST_OF_A_PARTY", 2)
    taken = Places()
    with ExitStack() as stack:
        for person in ("one", "two"):
            stack.enter_context(taken.among_its_party(signed_in(person, COMPANY)))
        with pytest.raises(Full):
            stack.enter_context(taken.among_its_party(signed_in("three", COMPANY)))
        for _ in range(2):
            stack.enter_context(taken.among_its_party(signed_in("one")))
    with taken.among_its_party(signed_in("three", COMPANY)):
        pass
