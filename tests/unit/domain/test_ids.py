"""Ids: opaque, typed, computed, and read back strictly."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ids import BadId, Noun, derived_id, native_id, parse_id, parse_id_of, public_id
from tests.doubles.knowledge import PARTY, SPACE


@given(st.sampled_from(Noun), st.uuids())
@settings(max_examples=100, deadline=None)
def test_a_public_id_is_read_back(noun: Noun, value: UUID):
    """Noun and UUID; as another noun it is refused."""
    assert parse_id(public_id(noun, value)) == (noun, value)
    assert parse_id_of(noun, public_id(noun, value)) == value
    for other in set(Noun) - {noun}:
        with pytest.raises(BadId):
            parse_id_of(other, public_id(noun, value))


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"case_{text}"))
@settings(max_examples=150, deadline=None)
def test_any_text_is_an_id_in_its_one_form_or_a_bad_id(text: str):
    """There is one text for one id: what is accepted is what we would write."""
    try:
        noun, value = parse_id(text)
    except BadId:
        return
    assert public_id(noun, value) == text


@pytest.mark.parametrize(
    "text",
    ["case", "case_", f"{'0' * 32}", f"thing_{'0' * 32}", f"case_{'A' * 32}", f"case_{{{'0' * 32}}}", f"case_urn:uuid:{'0' * 32}",
     f"case_{'0' * 8}-0000-0000-0000-{'0' * 12}", f"case_{'٠' * 32}", f" case_{'0' * 32}"],
)  # fmt: skip
def test_other_spellings_are_refused(text: str):
    """Capitals, braces, dashes, digits of other scripts: none of them is ours."""
    with pytest.raises(BadId):
        parse_id(text)


def test_native_ids_are_stable_for_ever():
    """Phones keep them: a change of the rule would orphan every link and notification."""
    assert native_id(SPACE, Noun.CASE, "44", PARTY, "1") == UUID("c87849a5-70f5-5dfa-88fa-9c25ba9dd52c")
    assert derived_id("party", "k") == UUID("e937752b-4224-5d4d-8c8f-9ed59dcbd907")


@given(st.tuples(st.sampled_from(Noun), st.sampled_from(["4", "44"]), st.text("4a", max_size=3)))
@settings(max_examples=50, deadline=None)
def test_noun_platform_and_number_each_tell_ids_apart(parts: tuple[Noun, str, str]):
    """No two of them run into one another."""
    noun, platform, number = parts
    others = [
        native_id(SPACE, other, code, PARTY, text)
        for other in Noun
        for code in ("4", "44")
        for text in {number, number + "4", "4" + number}
        if (other, code, text) != parts
    ]
    assert native_id(SPACE, noun, platform, PARTY, number) not in others


def test_derived_ids_follow_from_their_parts():
    """In their order, each by itself."""
    assert derived_id("device", "a", "b") == derived_id("device", "a", "b")
    assert derived_id("device", "a", "b") != derived_id("device", "b", "a")
