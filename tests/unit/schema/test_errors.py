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
from store.database import StoreUnavailable
from store.lock import Held
from store.migrate import MigrationRefused
from store.sealing import Unsealable

PRIVATE = "林晓岚 440106199203179941"

NEVER_IN_A_REQUEST = {
    Held: "raised while a process starts; nothing is served then",
    MigrationRefused: "raised by the command migrate",
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
@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_words_in_every_language(code, locale):
    """Short ones that end as sentences do, in the right script."""
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


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{", "Syntax Error: Expected Name, found <EOF>."),
        ("query ($n: Int!) { field(n: $n) }", "Variable '$n' of required type 'Int!' was not provided."),
    ],
)
async def test_a_document_at_fault_is_explained(document, said):
    """In the words of every GraphQL tool, whatever the language: it is read by developers, and holds only what they sent."""

    @strawberry.type
    class Query:
        field: str

    @strawberry.type
    class Asked:
        @strawberry.field
        def field(self, n: int) -> str:
            return ""

    schema = strawberry.Schema(Asked if "$n" in document else Query)
    shown = presented((await schema.execute(document)).errors[0], Locale.ZH_HANS)
    assert (shown["message"], shown["extensions"]) == (said, {"code": "BAD_REQUEST"})
    assert shown["locations"][0]["line"] == 1


def test_an_error_without_a_place_has_none():
    """There are no empty lists to stumble over."""
    assert presented(GraphQLError("x"), Locale.EN).keys() == {"message", "extensions"}


def exceptions_of_the_store() -> set[type[Exception]]:
    """Every exception class that a module of store/ defines."""
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(store.__path__, "store.")]
    found = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    return {kind for kind in found if issubclass(kind, Exception) and kind.__module__.startswith("store.")}


def test_every_failure_of_the_store_has_a_code():
    """One table at the door (resolvers/failures.py) names each, or this test says why no request can meet it."""
    assert exceptions_of_the_store() == CODE_OF.keys() | NEVER_IN_A_REQUEST.keys()
    assert not CODE_OF.keys() & NEVER_IN_A_REQUEST.keys()


@pytest.mark.parametrize(("kind", "code"), CODE_OF.items(), ids=lambda value: getattr(value, "__name__", value))
def test_the_table_is_followed(kind, code):
    """For the class itself and for what is derived from it."""
    derived = type("Derived", (kind,), {})
    assert {code_of(GraphQLError("x", original_error=one("x"))) for one in (kind, derived)} == {code}
