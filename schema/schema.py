"""The one schema."""

import strawberry
from strawberry.extensions import DisableIntrospection, MaxAliasesLimiter, MaxTokensLimiter, SchemaExtension

from schema.case import Case
from schema.licence import Licence
from schema.mutation import Mutation
from schema.notification import Notification
from schema.query import Query

MOST_TOKENS, MOST_ALIASES = 2_000, 30


class _Tokens(MaxTokensLimiter):
    def __init__(self) -> None:
        super().__init__(max_token_count=MOST_TOKENS)


class _Aliases(MaxAliasesLimiter):
    def __init__(self) -> None:
        super().__init__(max_alias_count=MOST_ALIASES)


def schema_of(*, introspection: bool) -> strawberry.Schema:
    """The schema; without `introspection` it does not describe itself to those who ask."""
    extensions: list[type[SchemaExtension]] = [_Tokens, _Aliases]
    if not introspection:
        extensions.append(DisableIntrospection)
    return strawberry.Schema(query=Query, mutation=Mutation, types=[Case, Licence, Notification], extensions=extensions)
