"""What a client is told when something goes wrong, and what it is not."""

import importlib
import inspect
import logging
import pkgutil

import pytest
import strawberry
from graphql import GraphQLError

import store
from domain.caller import Locale
from domain.errors import ErrorCode, Refusal
from resolvers.failures import CODE_OF
from schema.errors import MESSAGES, code_of, message_of, presented
from schema.schema import schema_of
from store.database import StoreUnavailable
from store.keys import WrongKeys
from store.lock import Held
from store.migrate import MigrationRefused, MigrationStopped
from store.sealing import Unsealable
from store.shared.redis import RedisUnavailable

PRIVATE = "林晓岚 440106199203179941"

NEVER_IN_A_REQUEST = {
    Held: "raised while a process starts; nothing is served then",
    MigrationRefused: "raised by the command migrate",
    MigrationStopped: "raised by the command migrate",
    RedisUnavailable: "raised while a process starts; nothing is served then",
    WrongKeys: "raised while a process starts; nothing is served then",
}
"""Exceptions of the store that no field can meet."""


async def failing(error: BaseException, locale: Locale = Locale.EN) -> dict:
    """What a client is told when a field raises this."""

    @strawberry.type
    class Query:
        @strawberry.field
        async def field(self) -> str | None:
            raise error

    result = await strawberry.Schema(Query).execute("{\n  alias: field\n}")
    return presented(result.errors[0], locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("code", sorted(set(ErrorCode) - {ErrorCode.PERSISTED_QUERY_NOT_FOUND}))
def test_every_code_has_words_in_every_language(code, locale):
    """Short ones that end as sentences do, in the right script. One is a word that Apollo's clients look for."""
    text = message_of(code, locale)
    chinese = any("一" <= letter <= "鿿" for letter in text)
    assert chinese is (locale is Locale.ZH_HANS)
    assert text.endswith("。" if chinese else ".")
    assert len(text) < 80


def test_no_two_codes_say_the_same():
    """Or support could not tell from a screenshot which it was."""
    for locale in Locale:
        assert len({texts[locale] for texts in MESSAGES.values()}) == len(ErrorCode)


async def test_a_refusal_is_told_with_its_place():
    """Code, input that is meant, words in the caller's language, and where in the document."""
    assert await failing(Refusal(ErrorCode.PAGE_SIZE, "first"), Locale.ZH_HANS) == {
        "message": "每页数量须在 0 到 100 之间。",
        "extensions": {"code": "PAGE_SIZE", "at": "first"},
        "locations": [{"line": 2, "column": 3}],
        "path": ["alias"],
    }


async def test_a_refusal_without_an_input_names_none():
    """There is no empty `at`."""
    assert (await failing(Refusal(ErrorCode.NOT_FOUND)))["extensions"] == {"code": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreUnavailable(PRIVATE), "UNAVAILABLE"),
        (Unsealable(PRIVATE), "INTERNAL"),
        (RuntimeError(PRIVATE), "INTERNAL"),
        (KeyError(PRIVATE), "INTERNAL"),
        (GraphQLError(PRIVATE), "INTERNAL"),
        (GraphQLError(PRIVATE, extensions={"person": PRIVATE}), "INTERNAL"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("locale", Locale)
async def test_nothing_foreign_gets_through(error, code, locale):
    """Of what nobody foresaw a client learns a code and our own words, whatever the exception carries."""
    shown = await failing(error, locale)
    assert shown["extensions"] == {"code": code}
    assert shown["message"] == message_of(ErrorCode(code), locale)
    assert PRIVATE not in str(shown)


async def test_what_nobody_foresaw_is_logged_where_it_happened(caplog):
    """With the exception and the path, for the operator; a refusal is nobody's fault and is not logged."""
    await failing(RuntimeError(PRIVATE))
    (record,) = [one for one in caplog.records if one.name == "schema.errors"]
    assert (record.levelno, record.path, record.exc_info[0]) == (logging.ERROR, "alias", RuntimeError)
    caplog.clear()
    await failing(Refusal(ErrorCode.BAD_ID))
    await failing(StoreUnavailable("x"))
    assert [one for one in caplog.records if one.name == "schema.errors"] == []


@strawberry.type
class Library:
    """A schema for what the library itself objects to."""

    @strawberry.field
    def take(self, n: int = 20) -> str | None:
        return str(n)

    @strawberry.field
    def give(self) -> int | None:
        return PRIVATE


async def objected(document: str, variables: dict | None = None) -> dict:
    """What a client whose language is Chinese is told of a document."""
    result = await strawberry.Schema(Library).execute(document, variables)
    return presented(result.errors[0], Locale.ZH_HANS)


@pytest.mark.parametrize(
    ("document", "variables", "said"),
    [
        ("{ nothing }", None, "Cannot query field 'nothing' on type 'Library'."),
        ("{", None, "Syntax Error: Expected Name, found <EOF>."),
        ("query ($n: Int!) { take(n: $n) }", {}, "Variable '$n' has invalid value: Expected a value of non-null type"),
        ("query ($n: Int!) { take(n: $n) }", {"n": "x"}, "Variable '$n' has invalid value: Int cannot represent"),
        ("query ($n: Int) { take(n: $n) }", {"n": None}, "Argument 'n' has invalid value: Expected variable '$n'"),
    ],
)
async def test_a_request_at_fault_is_explained(document, variables, said, caplog):
    """In the words of every GraphQL tool, whatever the language: developers read it, and it holds only what they sent.

    No operator is woken for it.
    """
    shown = await objected(document, variables)
    assert shown["extensions"] == {"code": "BAD_REQUEST"}
    assert shown["message"].startswith(said)
    assert [one for one in caplog.records if one.name == "schema.errors"] == []


async def test_what_a_field_gave_is_never_quoted():
    """A value that does not fit its type is a fault of ours, and may be about somebody."""
    shown = await objected("{ give }")
    assert shown["extensions"] == {"code": "INTERNAL"}
    assert PRIVATE not in str(shown)


async def test_a_request_at_fault_is_not_logged_as_ours(caplog):
    """The library's own logger, which would log every refusal as an error, is not asked."""
    await schema_of().execute("{ nothing }")
    assert caplog.records == []


def test_an_error_without_a_place_has_none():
    """There are no empty lists to stumble over."""
    assert presented(GraphQLError("x"), Locale.EN).keys() == {"message", "extensions"}


def exceptions_of_the_store() -> set[type[Exception]]:
    """Every exception class that a module of store/ defines for others: one with an underscore is caught where it stands."""
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(store.__path__, "store.")]
    found = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    return {
        kind
        for kind in found
        if issubclass(kind, Exception) and kind.__module__.startswith("store.") and kind.__name__[0] != "_"
    }


def test_every_failure_of_the_store_has_a_code():
    """One table at the door (resolvers/failures.py) names each, or this test says why no request can meet it."""
    assert exceptions_of_the_store() == CODE_OF.keys() | NEVER_IN_A_REQUEST.keys()
    assert not CODE_OF.keys() & NEVER_IN_A_REQUEST.keys()


@pytest.mark.parametrize(("kind", "code"), CODE_OF.items(), ids=lambda value: getattr(value, "__name__", value))
def test_the_table_is_followed(kind, code):
    """For the class itself and for what is derived from it."""
    derived = type("Derived", (kind,), {})
    assert {code_of(GraphQLError("x", original_error=one("x"))) for one in (kind, derived)} == {code}
