"""How answers are built, and what differs between two."""

from typing import Any
from xml.etree.ElementTree import fromstring

from app.kit.names import FieldNames
from app.kit.shape import Shape, added, gone, rarer, retyped
from app.kit.shape import shape_of as shaped


def shape_of(documents: list[Any], *maps: str) -> Shape:
    return shaped(documents, FieldNames(frozenset(), frozenset(maps)))


def test_fields_are_found_below_lists_and_objects():
    """By path, with how often and of which type."""
    shape = shape_of([{"a": {"b": [{"c": 1}, {"c": None, "d": "x"}]}}])
    assert {path: (one.present, one.parents, one.types) for path, one in shape.items()} == {
        "a": (1, 1, {"object"}),
        "a.b": (1, 1, {"list"}),
        "a.b[].c": (2, 2, {"whole number", "null"}),
        "a.b[].d": (1, 2, {"text"}),
    }


def test_what_was_always_there_is_missed():
    """What was there at times only is not, nor what stood in something that is gone itself."""
    old = shape_of([{"a": [{"b": 1, "c": 1, "e": {"f": 1}}, {"b": 1, "e": {"f": 1}}]}])
    new = shape_of([{"a": [{"c": 1}]}])
    assert list(gone(old, new)) == ["a[].b", "a[].e"]
    assert list(gone(old, shape_of([{"a": []}]))) == []


def test_a_type_changes_and_null_is_none():
    """A number where there was a text; true is no number."""
    old = shape_of([{"a": "1", "b": 1, "c": None, "d": 1}])
    new = shape_of([{"a": 1, "b": None, "c": "x", "d": True}])
    assert list(retyped(old, new)) == ["a from text to whole number", "d from whole number to true or false"]


def test_new_and_rarer_fields_are_named():
    """The one breaks nothing; the other may."""
    old, new = shape_of([{"a": [{"b": 1}]}]), shape_of([{"a": [{"b": 1, "c": 1}, {"c": 1}]}])
    assert list(added(old, new)) == ["a[].c"] and list(rarer(old, new)) == ["a[].b"]


def test_xml_is_the_same_with_one_child_and_with_many():
    """Attributes, texts, and names without their prefixes."""
    one = fromstring('<a xmlns:x="u"><x:b c="1">t</x:b></a>')
    many = fromstring('<a xmlns:x="u"><x:b c="1">t</x:b><x:b c="2">t</x:b></a>')
    assert shape_of([one]).keys() == shape_of([many]).keys() == {"b", "b[].@c", "b[].text()"}


def test_keys_that_are_data_are_no_fields():
    """What stands under them is looked at all the same: one that is keyed by a number, or that a place passes by `*`."""
    old = shape_of([{"steps": {"a": {"at": "x"}}, "2026001": {"no": 1}}], "steps")
    new = shape_of([{"steps": {"b": {"at": 1}, "c": {"at": "x"}}, "2026002": {"no": 1}}], "steps")
    assert not [*gone(old, new), *added(old, new)]
    assert list(retyped(old, new)) == ["steps.*[].at from text to whole number"]
