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
    fields, statement = _insert(type(row))
    or_not = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    await session.rows(statement + or_not, *(getattr(row, name) for name in fields))


async def update(session: Session, rows: Sequence[Model]) -> None:
    """Gives rows of one model, all their columns given, their new values where they are; a row never changes its party."""
    for row in rows:
        fields, statement = _update(type(row))
        await session.rows(statement, *(getattr(row, name) for name in fields))


@cache
def _insert(model: type[Model]) -> tuple[tuple[str, ...], str]:
    """The fields of a model, and the statement that takes their values in this order."""
    columns = model._meta.fields_db_projection
    return tuple(columns), (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns.values())}) VALUES ({placeholders(1, columns)})"
    )


@cache
def _update(model: type[Model]) -> tuple[tuple[str, ...], str]:
    """The same of the statement that writes all columns but the id and the party, by which it finds the row."""
    found, columns = ("id", "party_id"), model._meta.fields_db_projection
    fields = (*found, *(name for name in columns if name not in found))
    values = ", ".join(f"{columns[name]} = ${place}" for place, name in enumerate(fields[2:], 3))
    return fields, f"UPDATE {model._meta.db_table} SET {values} WHERE id = $1 AND party_id = $2 RETURNING id"
