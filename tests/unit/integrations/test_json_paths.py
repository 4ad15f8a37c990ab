"""Places in JSON: what is written as Python finds what JMESPath's own interpreter finds, whatever the document."""

from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import BadPlace, is_interpreted, reader
from integrations.port import Drifted

NAMES = st.sampled_from(["a", "b", "c", '"x y"', '"何"', r'"\"\n"'])
KEYS = ["a", "b", "c", "x y", "何", '"\n']
SCALARS = st.sampled_from([None, True, False, 0, 1, -1, 1.0, 0.0, "", "a", "何'\"", "1"])
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)
LITERALS = st.sampled_from(
    ["'a'", "''", "`1`", "`0`", "`true`", "`null`", "`[]`", "`{}`", "'\"'", '`{"a": [1]}`', '`"1"`']
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Places made of smaller ones, each bracketed by its own form."""
    steps = st.sampled_from([".{}", "[*].{}", "[].{}", ".*.{}", " | {}"])
    chained = st.tuples(inner, steps, NAMES).map(lambda made: made[0] + made[1].format(made[2]))
    indexed = st.tuples(inner, st.sampled_from(["[0]", "[1]", "[-1]", "[-3]", "[]", "[*]", ".*", "[] | [0]"])).map(
        "".join
    )
    compared = st.tuples(inner, st.sampled_from(["==", "!="]), inner | LITERALS).map(" ".join)
    joined = st.tuples(inner, st.sampled_from(["||", "&&"]), inner | LITERALS).map(" ".join)
    filtered = st.tuples(inner, compared | joined | inner, st.sampled_from(["", ".a", "[0]", " | [0]"])).map(
        lambda made: f"{made[0]}[?{made[1]}]{made[2]}"
    )
    return chained | indexed | filtered | joined | compared.map(lambda made: f"({made})")


PLACES = st.recursive(NAMES | st.just("@") | LITERALS, larger, max_leaves=5)


def is_valid(place: str) -> bool:
    try:
        jmespath.compile(place)
    except jmespath.exceptions.JMESPathError:
        return False
    return True


@given(PLACES.filter(is_valid), DOCUMENTS)
@settings(max_examples=600, deadline=None)
def test_what_is_written_finds_what_is_interpreted(place: str, document: Any):
    """The same value, of the same kind: 1 is not true."""
    assert not is_interpreted(JsonPaths(), place)
    (found,) = reader(JsonPaths(), [place])(document)
    assert repr(found) == repr(jmespath.search(place, document))


@given(st.lists(PLACES.filter(is_valid), min_size=2, max_size=6), DOCUMENTS)
@settings(max_examples=200, deadline=None)
def test_places_read_together_do_not_disturb_each_other(places: list[str], document: Any):
    """What one has worked out is used by the next."""
    assert repr(reader(JsonPaths(), places)(document)) == repr(tuple(jmespath.search(at, document) for at in places))


BEYOND = ["length(a)", "a[0:2]", "[a, b]", "{x: a}", "!a", "a[?b > `1`]", "sort(a)", "a[?contains(b, 'x')]"]


@pytest.mark.parametrize("place", BEYOND)
@pytest.mark.parametrize("document", [{"a": [1, 2, 3], "b": "x"}, {"a": "text"}, {"a": {"b": 1}}, {}, None, 7])
def test_what_goes_beyond_is_interpreted(place: str, document: Any):
    """With the same result; where JMESPath itself gives up, it is drift."""
    assert is_interpreted(JsonPaths(), place)
    try:
        wanted = jmespath.search(place, document)
    except jmespath.exceptions.JMESPathError:
        with pytest.raises(Drifted):
            reader(JsonPaths(), [place])(document)
    else:
        assert reader(JsonPaths(), [place])(document) == (wanted,)


NO_FLOAT = 10**400
BURSTING = [
    ("ceil(to_number(a))", "inf"),
    ("floor(to_number(a))", "nan"),
    ("sum(a)", [NO_FLOAT, 1.5]),
    ("avg(a)", [NO_FLOAT]),
]


@pytest.mark.parametrize(("place", "value"), BURSTING)
def test_arithmetic_that_fails_is_drift(place: str, value: Any):
    """JMESPath lets Python's errors through: numbers are as large as a platform writes them."""
    with pytest.raises(Drifted, match="does not fit"):
        reader(JsonPaths(), [place])({"a": value})


def test_loops_in_loops_without_end_are_interpreted():
    """Python ends at twenty blocks."""
    place = "a" + "[?b" * 12 + "]" * 12
    assert is_interpreted(JsonPaths(), place)
    assert reader(JsonPaths(), [place])({"a": []}) == ([],)
    nearly = "a" + "[?b" * 8 + "]" * 8
    assert not is_interpreted(JsonPaths(), nearly) and reader(JsonPaths(), [nearly])({"a": []}) == ([],)


@pytest.mark.parametrize("place", ["", "a..b", "a b", "a.", "[", "a[?", "'", "a\nb c", "nosuch(", "a=b"])
def test_what_is_no_jmespath_is_said(place: str):
    """In one line."""
    with pytest.raises(BadPlace) as caught:
        reader(JsonPaths(), [place])
    assert "expected JMESPath" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["``", "`foo`", "a[?b == `foo`]"])
def test_a_literal_that_is_not_json_is_refused(place):
    """The library reads it as a text, and says that it will not for ever."""
    with pytest.raises(BadPlace):
        reader(JsonPaths(), [place])


@given(st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_place_or_is_refused(text: str):
    """No text of a description reaches the source but as a constant."""
    try:
        reader(JsonPaths(), [text])({})
    except (BadPlace, Drifted):
        return
    jmespath.compile(text)
