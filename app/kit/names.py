"""Which keys of an object are names of fields, and which are data: a map may be keyed by numbers of cases, or of people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from integrations.description import Description

_NAME = r"[A-Za-z_\u4e00-\u9fff][\w-]*"
_LAST = re.compile(rf"({_NAME})[\]\s\"'()]*$")
_MAP = re.compile(rf'(?:^|({_NAME})"?(?:\[[^\[\]]*\])*\.)\s*\*')
_FIELD = re.compile(r"(?!.*\d{4})[A-Za-z_@$][\w@$:.-]{0,63}", re.ASCII)
"""What a field may be called that no place names: nothing like a number, and nothing in Chinese."""


def last_names(place: str) -> Iterator[str]:
    """The names at which a place ends: those of `a.b || c:d/@e` are b and e, and that of `a/text()` is a."""
    for way in place.split("|"):
        if found := _LAST.search(way.strip().removesuffix("text()").removesuffix("/")):
            yield found[1]


def local_of(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


@dataclass(frozen=True)
class FieldNames:
    """Of one platform. `declared`: all names in places; `maps`: the fields whose keys are data, as a place `a.*` says."""

    declared: frozenset[str]
    maps: frozenset[str]

    @classmethod
    def of(cls, description: Description) -> "FieldNames":
        places = [place for _, place in description.places()]
        return cls(
            frozenset(name for place in places for name in re.findall(_NAME, place)),
            frozenset(name for place in places for name in _MAP.findall(place)),
        )

    def holds(self, key: str, within: str) -> bool:
        """Whether a key is the name of a field, in the object at a field `within`; it is empty for the whole document."""
        return key in self.declared or (within not in self.maps and bool(_FIELD.fullmatch(key)))

    def folded(self, value: Any, within: str = "") -> Any:
        """A JSON document, with what stands under keys that are data as one list at `*`."""
        if isinstance(value, list):
            return [self.folded(inner, within) for inner in value]
        if not isinstance(value, dict):
            return value
        made: dict[str, Any] = {}
        for key, inner in value.items():
            if self.holds(key, within):
                made[key] = self.folded(inner, key)
            else:
                made.setdefault("*", []).append(self.folded(inner, "*"))
        return made
