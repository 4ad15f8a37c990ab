"""One difference between two schemas, and whom it breaks."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from mobile_contract.use import Use

T = TypeVar("T")


class Weight(Enum):
    """How bad a change is for a client of which nothing is known."""

    BREAKING = "what was sent or generated before does not fit any more"
    DANGEROUS = "it fits, and may mean something else, or bring what was not there before"
    SAFE = "it fits"


class Section(Enum):
    """Under which heading client developers read of it."""

    ADDED = "Added"
    CHANGED = "Changed"
    DEPRECATED = "Deprecated"
    REMOVED = "Removed"


@dataclass(frozen=True, slots=True)
class Change:
    """`place` and `what` name it for ever, also in an approval. `breaks`: the uses that notice it, any of them. `about`: what was
    added, in the schema's words."""

    place: str
    what: str
    section: Section = Section.CHANGED
    weight: Weight = Weight.SAFE
    breaks: Set[Use] = frozenset()
    about: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def added(place: str, what: Any, weight: Weight = Weight.SAFE, *breaks: Use) -> Change:
    """`what`: the definition, with its description."""
    return Change(place, "added", Section.ADDED, weight, frozenset(breaks), what.description or "")


def removed(place: str, *breaks: Use) -> Change:
    return Change(place, "removed", Section.REMOVED, Weight.BREAKING, frozenset(breaks))


def paired(old: Mapping[str, T], new: Mapping[str, T]) -> Iterator[tuple[str, T | None, T | None]]:
    """What stands under each name, before and after."""
    for name in {**old, **new}:
        yield name, old.get(name), new.get(name)
