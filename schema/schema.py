"""The one schema."""

import re
from collections.abc import Callable, Iterator

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import (
    AddValidationRules,
    DisableIntrospection,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.types import ExecutionContext

from schema.case import Case
from schema.licence import Licence
from schema.limits import Modest, NoEmptySelection
from schema.mutation import Mutation
from schema.notification import Notification
from schema.query import Query
from schema.subscription import Subscription

MOST_TOKENS = 2_000
_SUGGESTION = re.compile(r" Did you mean [^?]*\?")


class _Tokens(MaxTokensLimiter):
    def __init__(self) -> None:
        super().__init__(max_token_count=MOST_TOKENS)


class _OneOperation(SchemaExtension):
    """The library runs the first of several operations when none is named; the GraphQL text (6.1) calls that an error."""

    def on_parse(self) -> Iterator[None]:
        yield
        document, wanted = self.execution_context.graphql_document, self.execution_context._provided_operation_name
        operations = (
            [one for one in document.definitions if isinstance(one, OperationDefinitionNode)] if document else []
        )
        named = [one for one in operations if wanted is None or (one.name and one.name.value == wanted)]
        if len(named) != 1:
            raise GraphQLError("The document must hold exactly one operation, or the one that operationName names.")


def _rules() -> AddValidationRules:
    return AddValidationRules([NoEmptySelection, Modest])


class _Open(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: the library would log every refusal as an error. schema.errors logs what nobody foresaw."""


class _Closed(_Open):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Takes out the library's suggestions: guess by guess, they would tell what introspection does not."""
        for error in errors:
            error.message = _SUGGESTION.sub("", error.message)


def schema_of(*, introspection: bool) -> strawberry.Schema:
    """The schema; without `introspection` it does not describe itself to those who ask or guess.

    A document that came before is neither parsed nor validated again: shipped phones send the same few. Extensions that make
    a validation rule for each request (the library's alias and depth limits do) would undo that.
    """
    extensions: list[Callable[[], SchemaExtension]] = [_OneOperation, ParserCache, _rules, ValidationCache, _Tokens]
    if not introspection:
        extensions.append(DisableIntrospection)
    kind = _Open if introspection else _Closed
    types = [Case, Licence, Notification]
    return kind(query=Query, mutation=Mutation, subscription=Subscription, types=types, extensions=extensions)
