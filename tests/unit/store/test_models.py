"""The tables, as the traps of the mapper demand them."""

import inspect

import pytest
from tortoise import fields
from tortoise.models import Model

from store import models

ROWS = [
    found for _, found in inspect.getmembers(models, inspect.isclass) if issubclass(found, Model) and found is not Model
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_no_index_is_declared_on_a_field(row: type[Model]):
    """Tortoise 1.1's migrations lose the index of a field added with db_index: every index stands in Meta.indexes."""
    indexed = [name for name, field in row._meta.fields_map.items() if field.index and not (field.pk or field.unique)]
    assert indexed == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_every_index_has_a_name_of_ours(row: type[Model]):
    """So that a migration can drop it, and an upgrade of Tortoise does not rename it."""
    assert all(index.name and index.name.startswith("idx_") for index in row._meta.indexes)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_what_is_sealed_names_its_key_and_holds_no_json(row: type[Model]):
    """A sealed column without a key id could never be re-keyed; JSON columns differ between the databases."""
    columns = row._meta.fields_map
    assert ("sealed" in columns) == ("key_id" in columns)
    assert not any(isinstance(field, fields.JSONField | fields.DatetimeField) for field in columns.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_no_table_refers_to_another(row: type[Model]):
    """Tortoise 1.1 rebuilds a SQLite table by dropping it, and a cascade would take the rows that refer to it."""
    meta = row._meta
    assert meta.fk_fields | meta.o2o_fields | meta.m2m_fields | meta.backward_fk_fields == set()


def test_all_models_are_here():
    """The parametrised tests above see every table."""
    assert len(ROWS) >= 9
