"""Identity documents: normalised before they are compared, checked, and never shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from domain.identity import BadIdentity, Identity, IdentityType, identity


def with_check(body: str) -> str:
    """A resident number from its first 17 digits, by GB 11643."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


LOWER_X = next(number for tail in range(100, 1000) if (number := with_check(f"44010619920317{tail}")).endswith("X"))


@pytest.mark.parametrize(
    "written",
    [
        LOWER_X,
        LOWER_X.lower(),
        f"  {LOWER_X}\n",
        f"{LOWER_X[:6]} {LOWER_X[6:14]} {LOWER_X[14:]}",
        f"{LOWER_X[:6]}-{LOWER_X[6:14]}－{LOWER_X[14:]}",
        LOWER_X.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"}),
        LOWER_X.lower().translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789x"}),
    ],
)
def test_one_number_however_written(written: str):
    """Full-width digits, a small x, spaces: the same identity, so the same person key."""
    assert identity("111", written) == Identity(IdentityType.RESIDENT, LOWER_X)


@given(st.integers(0, 999), st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_exactly_one_check_digit_is_right(tail: int, digit: int):
    """GB 11643: every other last character is refused."""
    right = with_check(f"44010619920317{tail:03}")
    written = right[:-1] + str(digit)
    if written == right:
        assert identity("111", written).number == right
    else:
        with pytest.raises(BadIdentity):
            identity("111", written)


def test_an_organisation_code_is_checked_by_its_own_rule():
    """GB 32100: the last of 18 characters follows from the others."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91440606MAX0TB447"
    right = letters[-sum(letters.index(letter) * weight for letter, weight in zip(body, weights, strict=True)) % 31]
    assert identity("001", (body + right).lower()).number == body + right
    wrong = next(letter for letter in letters if letter != right)
    with pytest.raises(BadIdentity):
        identity("001", body + wrong)


@pytest.mark.parametrize("type_code", ["", "112", "RESIDENT", "１１１"])
def test_a_document_type_that_we_do_not_know(type_code: str):
    """Refused by the same name as a wrong number."""
    with pytest.raises(BadIdentity):
        identity(type_code, LOWER_X)


@pytest.mark.parametrize(
    "number", ["", "440106920317994", LOWER_X[:-1], LOWER_X + "1", "٤" * 18, "440106199213319943", "\ud800" * 18]
)
def test_a_number_that_is_none(number: str):
    """Old 15-digit numbers, other lengths, other scripts, birthdays that are none."""
    with pytest.raises(BadIdentity):
        identity("111", number)


@given(st.sampled_from(["111", "001"]), st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_is_refused_by_that_name_and_not_repeated(type_code: str, number: str):
    """No other exception, and the number is in no message."""
    refused = _refusal(type_code, number)
    if refused:
        assert str(refused) == str(_refusal("111", "something else"))
        assert refused.__cause__ is None and refused.__suppress_context__


def _refusal(type_code: str, number: str) -> BadIdentity | None:
    try:
        identity(type_code, number)
    except BadIdentity as error:
        return error
    return None


def test_a_number_shows_in_no_repr():
    """It would stand in logs."""
    assert LOWER_X not in repr(identity("111", LOWER_X))


@pytest.mark.parametrize("division", ["440106", "420106", "310115", "810000"])
def test_a_person_may_be_older_than_the_division_of_the_number(division: str):
    """Numbers are given at registration: Tianhe, Wuchang and Pudong became districts after most of their people were born."""
    digits = division + "19600317" + "994"
    number = digits + ric.calc_check_digit(digits + "X")
    assert identity("111", number).number == number
