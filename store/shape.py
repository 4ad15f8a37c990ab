"""The shape of a schema: its tables, columns and indexes, read from the database itself, and how two shapes differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.utils import generate_schema_for_client

from store.database import Database, Session, open_database

HISTORY = "tortoise_migrations"
"""Tortoise's own table, which no model describes."""

FRESH = "tongban_fresh"
"""The PostgreSQL schema in which the models are laid out. It is never committed."""


@dataclass(frozen=True)
class Shape:
    """A schema in words that can be compared.

    `columns`: (table, column) to its type, nullability and default. `indexes`: (table, name, form); those that are unique have
    no name here, since the tool chooses one. `definitions`: the statement that makes each named index.
    """

    columns: Mapping[tuple[str, str], str]
    indexes: frozenset[tuple[str, str, str]]
    definitions: Mapping[str, str]

    @property
    def tables(self) -> set[str]:
        """The names of the tables."""
        return {table for table, _ in self.columns}


async def shape_of(session: Session) -> Shape:
    """The shape of the schema that `session` sees."""
    dialect = session.connection.capabilities.dialect
    columns = await session.rows(_COLUMNS[dialect])
    indexes = await session.rows(_INDEXES[dialect])
    return Shape(
        {(row["at"], row["name"]): row["form"] for row in columns if row["at"] != HISTORY},
        frozenset((row["at"], row["name"], row["form"]) for row in indexes if row["at"] != HISTORY),
        {row["name"]: row["sql"] for row in indexes if row["name"]},
    )


async def fresh_shape(database: Database) -> Shape:
    """The shape that the models have on this database, laid out beside its tables. PostgreSQL: nothing of it stays."""
    async with database.transaction() as session:
        await session.rows(f"CREATE SCHEMA {FRESH}")
        await session.rows(f"SET LOCAL search_path = {FRESH}")
        await generate_schema_for_client(session.connection, safe=False)
        shape = await shape_of(session)
        await cast(TransactionalDBClient, session.connection).rollback()
    return shape


async def fresh_sqlite_shape() -> Shape:
    """The shape that the models have on SQLite, laid out in memory. No other database may be open."""
    async with open_database("sqlite://:memory:") as database:
        await generate_schema_for_client(database.connection, safe=False)
        return await shape_of(database)


def differences(found: Shape, wanted: Shape) -> list[str]:
    """A phrase for each table, column and index in which `found` is not as `wanted`."""
    said = [f"table {name} is missing" for name in sorted(wanted.tables - found.tables)]
    said += [f"table {name} should not be there" for name in sorted(found.tables - wanted.tables)]
    both = found.tables & wanted.tables
    for place in sorted(found.columns.keys() | wanted.columns.keys()):
        is_, should = found.columns.get(place), wanted.columns.get(place)
        if place[0] in both and is_ != should:
            said.append(f"column {'.'.join(place)} is {is_ or 'missing'}, not {should or 'absent'}")
    missing, surplus = sorted(wanted.indexes - found.indexes), sorted(found.indexes - wanted.indexes)
    said += [f"{_index(one)} is missing" for one in missing if one[0] in both]
    said += [f"{_index(one)} should not be there" for one in surplus if one[0] in both]
    return said


def _index(index: tuple[str, str, str]) -> str:
    table, name, form = index
    return f"index {name} of {table} {form}" if name else f"the unique index of {table} {form}"


_COLUMNS = {
    "sqlite": "SELECT m.name AS at, c.name AS name, c.type || CASE c.\"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END "
    "|| COALESCE(' DEFAULT ' || c.dflt_value, '') || CASE WHEN c.pk > 0 THEN ' PRIMARY KEY' ELSE '' END AS form "
    "FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT c.relname AS at, a.attname AS name, format_type(a.atttypid, a.atttypmod) "
    "|| CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END "
    "|| COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS form "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped",
}
_INDEXES = {
    "sqlite": "SELECT m.tbl_name AS at, CASE l.\"unique\" WHEN 1 THEN '' ELSE m.name END AS name, m.sql AS sql, "
    "CASE l.partial WHEN 1 THEN 'partial ' ELSE '' END || '(' || (SELECT group_concat(COALESCE(name, 'expression'), ', ') "
    "FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) || ')' AS form "
    "FROM sqlite_master t, pragma_index_list(t.name) l JOIN sqlite_master m ON m.name = l.name WHERE t.type = 'table'",
    "postgres": "SELECT c.relname AS at, CASE WHEN i.indisunique THEN '' ELSE x.relname END AS name, "
    "pg_get_indexdef(x.oid) AS sql, split_part(pg_get_indexdef(x.oid), ' USING ', 2) AS form "
    "FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()",
}
