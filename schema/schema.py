"""The one schema."""

import strawberry
from strawberry.extensions import (
    DisableIntrospection,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)

from schema.case import Case
from schema.licence import Licence
from schema.mutation import Mutation
from schema.notification import Notification
from schema.query import Query

MOST_TOKENS = 2_000


class _Tokens(MaxTokensLimiter):
    def __init__(self) -> None:
        super().__init__(max_token_count=MOST_TOKENS)


def schema_of(*, introspection: bool) -> strawberry.Schema:
    """The schema; without `introspection` it does not describe itself to those who ask.

    A document that came before is neither parsed nor validated again: shipped phones send the same few. Extensions that make
    a validation rule for each request (the library's alias and depth limits do) would undo that.
    """
    extensions: list[type[SchemaExtension]] = [ParserCache, ValidationCache, _Tokens]
    if not introspection:
        extensions.append(DisableIntrospection)
    return strawberry.Schema(query=Query, mutation=Mutation, types=[Case, Licence, Notification], extensions=extensions)
