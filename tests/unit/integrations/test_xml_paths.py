"""Places in XML: what is written as Python, and what is interpreted, finds what libxml2's XPath finds, whatever the document."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from integrations.mapping.language import BadPlace, Outside, is_interpreted, reader
from integrations.mapping.values import rows_of
from integrations.mapping.xml_paths import XmlPaths
from integrations.port import Drifted
from integrations.xml import parse_xml

NAMESPACES = {"x": "urn:x", "y-1": "urn:y", "s": "*"}
LANGUAGE = XmlPaths(NAMESPACES)
TAGS = st.sampled_from(["a", "b", "b.1", "{urn:x}a", "{urn:x}b", "{urn:y}何", "{*}a"])
TEXTS = st.sampled_from([None, "", "1", "x", " ", "何", "it's"])
NAMES = st.sampled_from(["a", "b", "b.1", "x:a", "x:b", "y-1:何", "s:a"])


def element(tag: str, text: str | None, tail: str | None, attributes: dict[str, str], below: list[Any]) -> Any:
    made = etree.Element(tag, attributes)
    made.text = text
    for child, after in below:
        made.append(child)
        child.tail = after
    return made


ATTRIBUTES = st.dictionaries(st.sampled_from(["a", "b", "{urn:x}a"]), st.sampled_from(["", "1", "x"]), max_size=2)
LEAVES = st.builds(element, TAGS, TEXTS, TEXTS, ATTRIBUTES, st.just([]))
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.builds(element, TAGS, TEXTS, TEXTS, ATTRIBUTES, st.lists(st.tuples(inner, TEXTS), max_size=4)),
    max_leaves=12,
).map(lambda made: etree.tostring(made, encoding="utf-8"))
VALUES = st.sampled_from(["'1'", '"x"', "''", '"it\'s"', "'何'"])
CONDITIONS = st.one_of(
    st.integers(0, 3).map(str),
    st.tuples(st.sampled_from(["@a", "@x:a", "a", "x:b"]), VALUES).map(" = ".join),
).map("[{}]".format)
STEPS = st.tuples(NAMES | st.sampled_from(["*", "x:*"]), st.lists(CONDITIONS, max_size=2)).map(
    lambda s: s[0] + "".join(s[1])
)
LASTS = STEPS | st.sampled_from(["@a", "@x:a", "@b", "text()", "."])
PLACES = st.tuples(st.lists(STEPS | st.just("."), max_size=3), LASTS).map(lambda parts: "/".join([*parts[0], parts[1]]))


class Both:
    """A document as we read it, and as libxml2 does."""

    def __init__(self, raw: bytes) -> None:
        self.ours, self.theirs = parse_xml(raw), etree.fromstring(raw)

    def wanted(self, place: str) -> list[Any]:
        """What libxml2 finds, with our elements for its own: those at the same place of all."""
        same = dict(zip(self.theirs.iter(), self.ours.iter(), strict=True))
        found = etree.XPath(place, namespaces=NAMESPACES, smart_strings=False)(self.theirs)
        return [same.get(each, each) for each in found]


@given(PLACES, DOCUMENTS)
@settings(max_examples=800, deadline=None)
def test_what_is_written_finds_what_is_interpreted(place: str, raw: bytes):
    """All nodes in their order for rows; the first of them, or nothing, for a value."""
    document = Both(raw)
    wanted = document.wanted(place)
    assert not is_interpreted(LANGUAGE, place)
    assert reader(LANGUAGE, [place])(document.ours) == (next(iter(wanted), None),)
    assert reader(LANGUAGE, [], [place])(document.ours) == (wanted,)


@given(st.lists(PLACES, min_size=2, max_size=5), DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_places_read_together_do_not_disturb_each_other(places: list[str], raw: bytes):
    """What one has worked out is used by the next."""
    document = Both(raw)
    wanted = tuple(next(iter(document.wanted(place)), None) for place in places)
    assert reader(LANGUAGE, places)(document.ours) == wanted


DEEPER = st.tuples(
    st.sampled_from([".//", "descendant::", "self::*/descendant-or-self::"]),
    NAMES | st.just("*"),
    st.sampled_from(["", "[@a or x:b]", "[last()]", "[position() > 1]", "/@a", "/text()", " | x:a", "/a | b/@b"]),
).map("".join)


@given(DEEPER, DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_what_is_interpreted_is_found_in_the_row_itself(place: str, raw: bytes):
    """Our elements, although a copy was searched; and so that places below them go on from there."""
    document = Both(raw)
    assert is_interpreted(LANGUAGE, place)
    assert reader(LANGUAGE, [], [place])(document.ours) == (document.wanted(place),)


DOCUMENT = parse_xml(b"<r xmlns:x='urn:x'><x:a n='1'>one</x:a><x:a>two</x:a><b><x:a>three</x:a></b></r>")
BEYOND = {
    ".//x:a": ("one", 3),
    "x:a[last()]": ("two", 1),
    "x:a[@n]": ("one", 1),
    "x:a | b/x:a": ("one", 3),
    "x:a | .//b": ("one", 3),
    "x:a[@n = '1' and position() = 1]": ("one", 1),
    "descendant::x:a": ("one", 3),
}


@pytest.mark.parametrize(("place", "found"), BEYOND.items())
def test_what_goes_beyond_is_interpreted(place: str, found: tuple[str | None, int]):
    """With the same result."""
    assert is_interpreted(LANGUAGE, place)
    (value,) = reader(LANGUAGE, [place])(DOCUMENT)
    assert value.text == found[0] and len(rows_of(*reader(LANGUAGE, [], [place])(DOCUMENT), place)) == found[1]


def test_functions_give_values():
    """A count is a whole number, a string is a text, and a text is no table."""
    assert reader(LANGUAGE, ["count(.//x:a)", "string(x:a[2])"])(DOCUMENT) == (3, "two")
    for place in ("string(x:a)", "x:a/@n"):
        with pytest.raises(Drifted):
            rows_of(*reader(LANGUAGE, [], [place])(DOCUMENT), place)


@pytest.mark.parametrize(
    "place", ["", "a/", "a b", "[1]", "a[", "z:a", "a/z:b/@x", "a[z:b = 'x']", "nosuch(a)", "a/@", "'", "a::b"]
)
def test_what_is_no_xpath_is_said(place: str):
    """Nor a prefix that is not declared; in one line."""
    with pytest.raises(BadPlace) as caught:
        reader(LANGUAGE, [place])
    assert "expected" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "place",
    [
        "//x:a", "/r/x:a", "/", "b/..", "../x:a", "count(//x:a)", "x:a[/r/b]", "x:a | /r/b", "x:a = /r/b", "x:a[b and /r]",
        "parent::r", "ancestor-or-self::*", "x:a/following-sibling::b", "preceding :: b", "string( /r)", "x:a[not(//b)]",
    ],
)  # fmt: skip
def test_what_leads_out_of_a_row_is_said(place: str):
    """Found or not, it would be found in another way than written: a row is searched alone."""
    with pytest.raises(BadPlace, match="below its row"):
        reader(LANGUAGE, [place])


@pytest.mark.parametrize(
    "place",
    [
        "x:a[@n = '../x']",
        "x:a[@n='//x']/@n",
        ".//b//x:a",
        "b / x:a",
        "*/x:a",
        "b[1]/x:a",
        "(b)/x:a",
        "parent",
        "x:a/.//b",
    ],
)
def test_what_only_looks_like_it_is_a_place(place: str):
    """Texts, and slashes between steps."""
    reader(LANGUAGE, [place])


def test_a_prefix_within_a_value_is_no_prefix():
    """Times have colons."""
    assert reader(LANGUAGE, ["x:a[@n = 'z:1']"])(DOCUMENT) == (None,)


@given(st.text(alphabet="ab:/[]@'\"()*.= 1x\n\0何", max_size=10))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_place_or_is_refused(text: str):
    """No text of a description reaches the source but as a constant."""
    try:
        LANGUAGE.parsed(text)
    except (BadPlace, Outside):
        return
    reader(LANGUAGE, [text])(DOCUMENT)
