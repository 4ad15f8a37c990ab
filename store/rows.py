"""Writing rows of models. One row is the common case, and is written without Tortoise's building a query for it each time."""

from collections.abc import Sequence
from functools import cache

from tortoise.models import Model

from store.database import Session, placeholders


async def insert(session: Session, rows: Sequence[Model], *, ignore_conflicts: bool = False) -> None:
    """Inserts rows of one model, all their columns given. With `ignore_conflicts` one that is there already stays as it is."""
    if not rows:
        return
    row, *more = rows
    if more:
        await type(row).bulk_create(rows, ignore_conflicts=ignore_conflicts, using_db=session.connection)
        return
    fields, statement = _statement(type(row))
    or_not = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    await session.rows(statement + or_not, *(getattr(row, name) for name in fields))


@cache
def _statement(model: type[Model]) -> tuple[tuple[str, ...], str]:
    """The fields of a model, and the statement that takes their values in this order."""
    columns = model._meta.fields_db_projection
    return tuple(columns), (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns.values())}) VALUES ({placeholders(1, columns)})"
    )
