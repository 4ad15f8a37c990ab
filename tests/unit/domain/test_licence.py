"""Licence identifiers (GB/T 36904-2018): what their own check character proves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.licence import IdentifierCheck, Licence, LicenceState, check_identifier

ROOT = "1.2.156.3005.2."
KIND, ISSUER = "11100000000000000X001", "11990000000000000X"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

VECTORS = [("0000000001", "001", "O"), ("0000000002", "001", "8"), ("0000000001", "002", "M")]
"""Serial, version and check of invented identifiers; computed by hand after ISO 7064 MOD 37,36."""


@pytest.mark.parametrize(("serial", "version", "check"), VECTORS)
def test_the_right_check_of_36_verifies(serial: str, version: str, check: str):
    """And each of the 35 others does not."""
    found = {letter: check_identifier(f"{ROOT}{KIND}.{ISSUER}.{serial}.{version}.{letter}") for letter in LETTERS}
    assert {letter for letter, result in found.items() if result is IdentifierCheck.VERIFIED} == {check}
    assert set(found.values()) == {IdentifierCheck.VERIFIED, IdentifierCheck.WRONG_CHECK}


@pytest.mark.parametrize(
    "identifier",
    [
        "", "O", ROOT, f"1.2.156.3003.2.{KIND}.{ISSUER}.0000000001.001.O", f"{KIND}.{ISSUER}.0000000001.001.O",
        f"{ROOT}{KIND}.{ISSUER}.0000000001.01.O", f"{ROOT}{KIND}.{ISSUER}.0000000001.001",
        f"{ROOT}{KIND}.{ISSUER}.0000000001.001.OO", f"{ROOT}{KIND}.{ISSUER}.0000000001.001.O.1",
        f"1-2-156-3005-2.{KIND}.{ISSUER}.0000000001.001.O",
    ],
)  # fmt: skip
def test_another_form_is_said_to_be_another_form(identifier: str):
    """Another root, a two-digit version, a part too many or too few: not wrong, only not the national one."""
    assert check_identifier(identifier) is IdentifierCheck.NON_NATIONAL_FORM


@pytest.mark.parametrize("serial", ["000000000x", "一", "0000 00001", ""])
def test_letters_outside_the_alphabet_are_a_wrong_check(serial: str):
    """The form is right and cannot be true."""
    assert check_identifier(f"{ROOT}{KIND}.{ISSUER}.{serial}.001.O") is IdentifierCheck.WRONG_CHECK


@given(st.text(max_size=60) | st.text(max_size=60).map(lambda text: ROOT + text))
@settings(max_examples=100, deadline=None)
def test_any_text_has_one_of_three_answers(identifier: str):
    """Platforms write anything there."""
    assert Licence("1", "", LicenceState.VALID, identifier=identifier).identifier_check in IdentifierCheck


@given(st.text(LETTERS, min_size=1, max_size=32), st.integers(0, 35), st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_letter_is_noticed(serial: str, other: int, data: st.DataObject):
    """MOD 37,36 finds every single substitution."""
    right = next(
        letter
        for letter in LETTERS
        if check_identifier(f"{ROOT}{KIND}.{ISSUER}.{serial}.001.{letter}") is IdentifierCheck.VERIFIED
    )
    place = data.draw(st.integers(0, len(serial) - 1))
    changed = serial[:place] + LETTERS[other] + serial[place + 1 :]
    found = check_identifier(f"{ROOT}{KIND}.{ISSUER}.{changed}.001.{right}")
    assert (found is IdentifierCheck.VERIFIED) == (changed == serial)
