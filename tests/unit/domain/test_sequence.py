"""Places in a sequence: the one text of each."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ErrorCode, Refusal
from domain.sequence import Mark, Strand, mark_text, parse_mark

MARKS = st.builds(Mark, st.integers(0, 2**56 - 1), st.uuids())
STRANDS = st.sampled_from(Strand)


@given(STRANDS, MARKS)
@settings(max_examples=100, deadline=None)
def test_a_place_is_read_back(strand: Strand, mark: Mark):
    """By its own strand alone."""
    text = mark_text(strand, mark)
    assert len(text) == 32
    assert parse_mark(text, [strand], "after") == mark
    with pytest.raises(Refusal):
        parse_mark(text, set(Strand) - {strand}, "after")


@given(
    st.text(max_size=40)
    | st.binary(max_size=30).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
    | st.tuples(STRANDS, MARKS, st.sampled_from(["=", "====", "\n", "A"])).map(
        lambda made: mark_text(made[0], made[1]) + made[2]
    )
)
@settings(max_examples=300, deadline=None)
def test_any_other_text_is_refused(text: str):
    """With the name of where it stood; what is accepted is what we would write."""
    for strand in Strand:
        read = _read(text, strand)
        if isinstance(read, Mark):
            assert mark_text(strand, read) == text
        else:
            assert (read.code, read.at) == (ErrorCode.BAD_CURSOR, "cursor")


def _read(text: str, strand: Strand) -> Mark | Refusal:
    try:
        return parse_mark(text, [strand], "cursor")
    except Refusal as refused:
        return refused
