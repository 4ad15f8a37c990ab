"""Rows of a page, as the library completes them."""

from collections.abc import AsyncIterator
from typing import TypeVar

from domain.turns import in_turns

T = TypeVar("T")

AT_ONCE = 10
"""Rows of whatever is asked of them that are completed in one piece: 3 ms of the dearest query."""
WHOLE = 20
"""What is no longer is completed at once: the pages of phones."""


class _Long(list[T]):
    """A list to whoever reads it, and to the library something that comes a few rows at a time."""

    def __aiter__(self) -> AsyncIterator[T]:
        return in_turns(self, AT_ONCE)


def rows_of(rows: list[T]) -> list[T]:
    """The same rows. While many of them are completed others are served in between."""
    return rows if len(rows) <= WHOLE else _Long(rows)
