"""@defer: what of an answer may come later, for clients that take it in parts.

After "Incremental delivery" of the GraphQL working drafts. The library delivers; whoever takes no parts gets all at once.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import DirectiveNode, DocumentNode, ExecutionResult, ExperimentalIncrementalExecutionResults, GraphQLSchema
from graphql.execution import (
    InitialIncrementalExecutionResult,
    SubsequentIncrementalExecutionResult,
    experimental_execute_incrementally,
)
from graphql.language.visitor import BREAK, REMOVE, Visitor, visit
from graphql.type import GraphQLDeferDirective


@dataclass(frozen=True, slots=True)
class Deferred:
    """An answer in parts. Close `later`."""

    first: InitialIncrementalExecutionResult
    later: AsyncGenerator[SubsequentIncrementalExecutionResult, None]


async def run(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: dict[str, Any] | None, context: object
) -> ExecutionResult | Deferred:
    """Runs an operation of a valid document; in one part if, with these variables, it defers nothing."""
    result: Any = experimental_execute_incrementally(
        schema, document, context_value=context, variable_values=variables, operation_name=name
    )
    if isawaitable(result):
        result = await result
    if isinstance(result, ExperimentalIncrementalExecutionResults):
        return Deferred(result.initial_result, result.subsequent_results)
    assert isinstance(result, ExecutionResult)
    return result


def undeferred(document: DocumentNode) -> DocumentNode:
    """The same without @defer; the very same if it has none."""
    found: DocumentNode = visit(document, _Undeferred()) if _defers(document) else document
    return found


class _Undeferred(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value == GraphQLDeferDirective.name else None


class _Defers(Visitor):
    found = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        self.found = node.name.value == GraphQLDeferDirective.name
        return BREAK if self.found else None


def _defers(document: DocumentNode) -> bool:
    visitor = _Defers()
    visit(document, visitor)
    return visitor.found
