"""Pages and cursors: what a client may ask for, and the one text of a place."""

import base64
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ErrorCode, Refusal
from domain.page import LARGEST_PAGE, Page, Place, cursor, page, parse_cursor

PLACES = st.builds(Place, st.integers(0, 2**63 - 1), st.uuids())


@given(PLACES)
@settings(max_examples=100, deadline=None)
def test_a_cursor_is_read_back(place: Place):
    """And needs no escaping in an address or a string."""
    text = cursor(place)
    assert parse_cursor(text) == place
    assert len(text) == 32 and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text)


@given(st.text(max_size=40) | st.binary(max_size=30).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_place_in_its_one_form_or_a_refusal(text: str):
    """Never another exception; and what is accepted is what we would write."""
    read = _read(text)
    if isinstance(read, Place):
        assert cursor(read) == text
    else:
        assert (read.code, read.at) == (ErrorCode.BAD_CURSOR, "after")


@given(PLACES, st.sampled_from(["=", "====", "\n"]))
@settings(max_examples=20, deadline=None)
def test_no_other_text_is_the_same_place(place: Place, more: str):
    """Python's own reader of Base64 takes padding beyond what is needed."""
    assert isinstance(_read(cursor(place) + more), Refusal)


def _read(text: str) -> Place | Refusal:
    try:
        return parse_cursor(text)
    except Refusal as refused:
        return refused


@pytest.mark.parametrize("raw", [b"", b"x" * 23, b"x" * 25, b"\xff" * 24])
def test_other_lengths_and_times_beyond_the_column_are_refused(raw: bytes):
    """A place must fit the column that it is compared with."""
    with pytest.raises(Refusal):
        parse_cursor(base64.urlsafe_b64encode(raw).decode())


@given(st.integers(-(2**40), 2**40), st.none() | PLACES.map(cursor))
@settings(max_examples=100, deadline=None)
def test_sizes(first: int, after: str | None):
    """From 0 to the largest page; anything else is refused with PAGE_SIZE."""
    if 0 <= first <= LARGEST_PAGE:
        assert page(first, after) == Page(first, None if after is None else parse_cursor(after))
    else:
        with pytest.raises(Refusal) as caught:
            page(first, after)
        assert (caught.value.code, caught.value.at) == (ErrorCode.PAGE_SIZE, "first")


@pytest.mark.parametrize("first", [0, 1, LARGEST_PAGE])
def test_the_ends_of_the_range_are_in_it(first: int):
    """0 asks for nothing but whether there is more."""
    assert page(first, None).size == first


def test_a_refusal_repeats_nothing_foreign():
    """Its text is the code alone."""
    with pytest.raises(Refusal) as caught:
        parse_cursor("secret")
    assert "secret" not in str(caught.value)
    assert Place(0, UUID(int=0)) == parse_cursor("A" * 32)
