"""The schema of phones. schema.service runs operations of it; schema.subgraph makes that of gateways out of it."""

from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql.type import GraphQLStreamDirective
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.case import Case
from schema.context import Context
from schema.licence import Licence
from schema.mutation import Mutation
from schema.notification import Notification
from schema.query import Query
from schema.subscription import Subscription

NODES = (Case, Licence, Notification)
"""What is reached by `node` alone."""


class _Judged(SchemaExtension):
    """Hands the library a document that needs neither parsing nor validation any more: schema.documents did both, once."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context.context
        if isinstance(context, Context) and context.operation:
            self.execution_context.graphql_document = context.operation.document
            self.execution_context.pre_execution_errors = []
        yield


class Schema(strawberry.Schema):
    """One whose documents were judged before, and that leaves what goes wrong to schema.errors."""

    def __init__(self, query: type, **options: Any) -> None:
        super().__init__(query, extensions=[_Judged], **options)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: the library would log every refusal as an error. schema.errors logs what nobody foresaw."""


def schema_of() -> Schema:
    """The schema of phones. The library's switch for @defer brings @stream too, for which we have no use: lists are pages."""
    config = StrawberryConfig(enable_experimental_incremental_execution=True)
    schema = Schema(Query, mutation=Mutation, subscription=Subscription, types=NODES, config=config)
    core = schema._schema
    core.directives = tuple(one for one in core.directives if one is not GraphQLStreamDirective)
    return schema
