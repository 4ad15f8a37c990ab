"""What the libraries below the store raise, class by class, and by which of our two names it comes out."""

import inspect
import sqlite3
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest
from asyncpg.exceptions import _base
from tortoise import exceptions as tortoise_exceptions
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base_postgres.client import translate_exceptions as by_postgres
from tortoise.backends.sqlite.client import translate_exceptions as by_sqlite

from store.database import Session, StoreRefused, StoreUnavailable

Kind = type[Exception]

REFUSED: tuple[Kind, ...] = (
    asyncpg.DataError,
    _base.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.SyntaxOrAccessError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
)


def exceptions_in(*modules: Any) -> list[Kind]:
    """All of them but warnings, which nobody raises."""
    found = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    kinds = {kind for kind in found if issubclass(kind, Exception) and not issubclass(kind, Warning)}
    return sorted(kinds, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


class _Asyncpg(AsyncpgDBClient):
    """Tortoise's client without its pool."""

    def __init__(self) -> None:
        self.capabilities = cast(Any, SimpleNamespace(dialect="postgres"))


def raising(error: Exception, translated: Callable[[Any], Any], client: Any) -> Session:
    """A session whose every statement ends in an error of the driver, as Tortoise hands it on."""

    async def execute_query_dict(self: Any, query: str, values: Any = None) -> Any:
        raise error

    kind = type("Client", (client,), {"execute_query_dict": translated(execute_query_dict)})
    return Session(kind())


class _Sqlite:
    capabilities = SimpleNamespace(dialect="sqlite")


@pytest.mark.parametrize("kind", exceptions_in(asyncpg.exceptions, _base), ids=lambda kind: kind.__name__)
async def test_whatever_asyncpg_raises_comes_out_by_our_names(kind: Kind):
    """Through Tortoise, which translates some of it and not the rest."""
    wanted = StoreRefused if issubclass(kind, REFUSED) else StoreUnavailable
    if kind is asyncpg.InsufficientPrivilegeError:
        wanted = StoreUnavailable
    with pytest.raises(wanted) as raised:
        await raising(kind("a name 张三"), by_postgres, _Asyncpg).rows("SELECT 1")
    assert str(raised.value) == kind.__name__


@pytest.mark.parametrize("kind", [k for k in exceptions_in(sqlite3) if issubclass(k, sqlite3.Error)])
async def test_whatever_sqlite_raises_comes_out_by_our_names(kind: Kind):
    wanted = StoreRefused if issubclass(kind, REFUSED) else StoreUnavailable
    with pytest.raises(wanted) as raised:
        await raising(kind("a name 张三"), by_sqlite, _Sqlite).rows("SELECT 1")
    assert str(raised.value) == kind.__name__


OF_MODELS = {
    "ConfigurationError",
    "FieldError",
    "ParamsError",
    "UnSupportedError",
    "ValidationError",
    "BaseORMException",
}
"""What Tortoise says of a model that is wrongly written, before it asks any database."""


@pytest.mark.parametrize("kind", exceptions_in(tortoise_exceptions), ids=lambda kind: kind.__name__)
async def test_whatever_tortoise_raises_of_a_database_comes_out_by_our_names(kind: Kind):
    session = raising(kind.__new__(kind), lambda function: function, _Sqlite)
    with pytest.raises(kind if kind.__name__ in OF_MODELS else StoreUnavailable):
        await session.rows("SELECT 1")
