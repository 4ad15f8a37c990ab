"""Reading a party's rows in the order of its sequence: the same for every noun that has one."""

from collections.abc import Callable
from typing import Any, TypeVar

from domain.sequence import Changed, Mark, Span
from store.database import uuid_of

T = TypeVar("T")


def span_where(span: Span) -> tuple[str, tuple[Any, ...]]:
    """The end of a statement whose `$1` is the party, and the values behind it: the rows of a span, in order."""
    where = "WHERE party_id = $1 AND (seq, id) > ($2, $3) AND seq <= $4 ORDER BY seq, id LIMIT $5"
    return where, (span.after.seq, span.after.id, span.up_to, span.most)


def changed_of(row: dict[str, Any], value: Callable[[dict[str, Any]], T]) -> Changed[T]:
    """One row of a span. What is retired is not unsealed."""
    return Changed(Mark(row["seq"], uuid_of(row["id"])), None if row["retired"] else value(row))
