"""How answers are built, learned from answers: which fields there are, how often, and of which type."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from app.kit.names import FieldNames, local_of

TYPES: dict[type, str] = {str: "text", bool: "true or false", int: "whole number", float: "number", type(None): "null"}


@dataclass
class Place:
    """One field: in how many of the objects that could have it, of how many, and the types of what stood there."""

    present: int = 0
    parents: int = 0
    types: set[str] = field(default_factory=set)

    @property
    def is_constant(self) -> bool:
        """Whether it was never missing."""
        return self.present == self.parents


Shape = dict[str, Place]
"""By path, such as data.LIST[].ACCEPT.APPLY_TIME."""


def shape_of(documents: Iterable[Any], names: FieldNames) -> Shape:
    """The shape of JSON documents or XML elements. What stands under keys that are data counts as one list, at `*`."""
    objects: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in documents:
        for path, each in _objects(_plain(document, names), ""):
            objects[path].append(each)
    shape: Shape = {}
    for path, all_of_it in objects.items():
        for each in all_of_it:
            for name, value in each.items():
                place = shape.setdefault(f"{path}.{name}".lstrip("."), Place(parents=len(all_of_it)))
                place.present += 1
                place.types.add(_type(value))
    return shape


def _objects(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner, f"{path}[]")
    elif isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            yield from _objects(inner, f"{path}.{name}".lstrip("."))


def _type(value: Any) -> str:
    return TYPES.get(type(value), "list" if isinstance(value, list) else "object")


def _plain(value: Any, names: FieldNames) -> Any:
    """A document as objects of fields. Of an element: attributes with @, children by their local names as lists, so that one and
    many are alike."""
    if not isinstance(value, Element):
        return names.folded(value)
    made: dict[str, Any] = {f"@{local_of(key)}": text for key, text in value.items()}
    for child in value:
        made.setdefault(local_of(child.tag), []).append(_plain(child, names))
    if value.text and value.text.strip():
        made["text()"] = value.text
    return made


def gone(old: Shape, new: Shape) -> Iterator[str]:
    """Fields of which nothing is left, though what they stood in is still there."""
    for path, place in old.items():
        if path not in new and place.is_constant and _parent_is_in(path, new):
            yield path


def retyped(old: Shape, new: Shape) -> Iterator[str]:
    """Fields with a type that they never had, and how it changed. Null is no type: it stands for a missing value."""
    for path, place in old.items():
        before, after = place.types - {"null"}, new.get(path, Place()).types - {"null"}
        if before and after - before:
            yield f"{path} from {', '.join(sorted(before))} to {', '.join(sorted(after - before))}"


def added(old: Shape, new: Shape) -> Iterator[str]:
    """Fields that are new in something that was there."""
    return (path for path in new if path not in old and _parent_is_in(path, old))


def rarer(old: Shape, new: Shape) -> Iterator[str]:
    """Fields that were there always, and are now missing or null here and there."""
    for path, place in old.items():
        now = new.get(path)
        was_always = place.is_constant and "null" not in place.types
        if now and was_always and not (now.is_constant and "null" not in now.types):
            yield path


def _parent_is_in(path: str, shape: Shape) -> bool:
    parent = path.rpartition(".")[0]
    return not parent or any(other.rpartition(".")[0] == parent for other in shape)
