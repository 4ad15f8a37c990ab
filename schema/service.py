"""A schema as callers have it: each operation is found, judged, paid for, and then run."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import cast

import strawberry
from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from domain.errors import ErrorCode, Refusal
from domain.turns import give_way, one_of
from mobile_contract.limits import MOST_CHARACTERS, NoDocument, TooMuch
from mobile_contract.releases import Release
from resolvers.budgets import LEAST, Budgets, OverAllowance, OverBudget
from resolvers.clients import Clients
from resolvers.tally import Tally
from schema.asked import Asked
from schema.context import Context
from schema.deferring import Deferred, run
from schema.documents import Documents, Operation, Operations, Unfit, id_of, named
from schema.errors import closed
from schema.registered import Registered

ANSWERED = (OperationType.QUERY, OperationType.MUTATION)
STREAMED = (*ANSWERED, OperationType.SUBSCRIPTION)
"""The kinds of operations that have one result, and those that a stream takes."""

READING = 10
"""Characters of a document not seen before that cost 1: reading and validating them is work, whatever comes of it."""
FREE = 16 * 1024
"""Bytes of a body that are read for nothing. A larger one, which no app sends, is paid for as a document is: a quarter of a
megabyte of small lists takes 10 ms to read, while nobody else is served."""
REST_S, REST_S_A_CHARACTER = 0.005, 4e-6
"""Documents not seen before are read one after the other, and after each is a rest, some four times as long as it took: whoever
sends what is known, as shipped apps do, is served in between. While one is read nobody is."""


class Service:
    """Runs operations, in one process. Where a context is not opened, errors tell nothing of the schema."""

    def __init__(
        self,
        schema: strawberry.Schema,
        budgets: Budgets,
        clients: Clients,
        tally: Tally,
        releases: Iterable[Release] = (),
    ) -> None:
        self._schema = schema
        self._documents = Documents(self._schema)
        self._registered = Registered(self._documents, releases)
        self._budgets, self._clients, self._tally = budgets, clients, tally
        self._reading = asyncio.Lock()

    async def pay(self, context: Context, size: int) -> None:
        """For so many bytes of a body, before they are read. Raises Refusal."""
        if size <= FREE:
            return
        await self._admit(context)
        try:
            await self._spend(size // READING, context)
        except Unfit:
            raise Refusal(ErrorCode.LIMIT_EXCEEDED) from None

    async def result(
        self,
        asked: Asked,
        context: Context,
        kinds: Iterable[OperationType] = ANSWERED,
    ) -> ExecutionResult:
        """The one result of an operation. Raises InvalidOperationTypeError if it is of no kind of these, and Refusal."""
        try:
            context.operation = await self._paid(asked, context, kinds)
        except Unfit as unfit:
            return _told(ExecutionResult(data=None, errors=list(unfit.errors)), context)
        return await self._run(context.operation, asked, context)

    async def result_or_parts(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType], stay: Callable[[], None]
    ) -> ExecutionResult | Deferred:
        """The same, for whoever takes what a query defers when it is there. `stay` is called before such a one is run.

        Raises what `result` raises, and what `stay` does.
        """
        try:
            context.operation = await self._paid(asked, context, kinds)
        except Unfit as unfit:
            return _told(ExecutionResult(data=None, errors=list(unfit.errors)), context)
        operation = context.operation
        if operation.deferring is None:
            return await self._run(operation, asked, context)
        stay()
        found = await run(self._schema._schema, operation.deferring, operation.name, asked.variables, context)
        return found if isinstance(found, Deferred) else _told(ExecutionResult(found.data, found.errors), context)

    async def _run(self, operation: Operation, asked: Asked, context: Context) -> ExecutionResult:
        result = await self._schema.execute(
            None, variable_values=asked.variables, operation_name=operation.name, context_value=context
        )
        return _told(result, context)

    async def stream(
        self,
        asked: Asked,
        context: Context,
        kinds: Iterable[OperationType] = STREAMED,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation; one, unless it subscribes. Close it. One of no kind of these raises before."""
        try:
            context.operation = await self._paid(asked, context, kinds)
            results = await self._schema.stream(
                None, variable_values=asked.variables, operation_name=context.operation.name, context_value=context
            )
            async with aclosing(results):
                async for result in results:
                    # Whoever is suspended meanwhile hears no more, nor whose client lost the scope.
                    await self._admit(context)
                    if context.still:
                        context.still()
                    # The document defers nothing: there are no other frames.
                    yield _told(cast(ExecutionResult, result), context)
        except InvalidOperationTypeError:
            raise
        except Unfit as unfit:
            yield _told(ExecutionResult(data=None, errors=list(unfit.errors)), context)
        except GraphQLError as error:
            # The library raises what is wrong with variables, where `result` gets it as a result.
            yield _told(ExecutionResult(data=None, errors=[error]), context)
        except Exception as error:
            yield ExecutionResult(data=None, errors=[GraphQLError("", original_error=error)])

    async def _paid(
        self,
        asked: Asked,
        context: Context,
        kinds: Iterable[OperationType],
    ) -> Operation:
        """The operation that is meant, once it may be run. What is refused costs something, too. Raises Unfit besides."""
        # Whoever is not let in pays nothing: there is nobody to count it for but an address, which others share.
        await self._admit(context)
        await one_of(_who(context))
        try:
            return await self._chosen(asked, context, kinds)
        except OverBudget:
            raise
        except (Unfit, Refusal, InvalidOperationTypeError):
            if context.bill is None:
                await self._spend(LEAST, context)
            raise

    async def _chosen(self, asked: Asked, context: Context, kinds: Iterable[OperationType]) -> Operation:
        operation = named(await self._found(asked, context), asked.operation_name)
        if operation.describes and not context.sees_schema:
            raise _refused(ErrorCode.INTROSPECTION_CLOSED)
        if operation.kind not in kinds:
            raise InvalidOperationTypeError(operation.kind)
        await self._spend(operation.cost(asked.variables), context)
        asks = context.gateway or context.client
        self._tally.count(asks.id if asks else "", operation.counted)
        return operation

    async def _found(self, asked: Asked, context: Context) -> Operations:
        """The document that is meant: a registered one, or free text where that is taken. Raises Unfit."""
        document_id = id_of(asked.query) if asked.query else asked.id or ""
        client = context.client.id if context.client else None
        if registered := self._registered.find(document_id, client):
            return registered
        if not context.takes_text:
            is_nobody = context.signed_in is None and context.client is None
            signing_in_helps = is_nobody and self._registered.knows(document_id)
            raise _refused(ErrorCode.UNAUTHENTICATED if signing_in_helps else ErrorCode.NOT_REGISTERED)
        if asked.id not in (None, document_id):
            raise Unfit([NoDocument("sha256Hash is not that of the query.")])
        return self._documents.known(document_id) or await self._read(document_id, asked.query, context)

    async def _read(self, document_id: str, text: str | None, context: Context) -> Operations:
        if text is None:
            # Apollo's clients send the text then, and the id beside it.
            raise _refused(ErrorCode.PERSISTED_QUERY_NOT_FOUND)
        await self._spend(max(LEAST, min(len(text), MOST_CHARACTERS) // READING), context)
        give_way()
        async with self._reading:
            if known := self._documents.known(document_id):
                # Another who sent the same had the turn before.
                return known
            try:
                return await self._documents.read(document_id, text, suggests=context.sees_schema)
            finally:
                await asyncio.sleep(REST_S + _read_of(text) * REST_S_A_CHARACTER)

    async def _admit(self, context: Context) -> None:
        if context.signed_in is not None:
            context.client = await self._clients.admit(context.signed_in.client)

    async def _spend(self, cost: int, context: Context) -> None:
        try:
            bill = await self._budgets.spend(context.signed_in, context.client, context.address, cost)
        except OverAllowance as over:
            text = f"This costs {cost}; the budget of this {over.budget.whose} holds {over.budget.most} in a minute."
            raise Unfit([TooMuch(text)]) from None
        before = context.bill.cost if context.bill else 0
        context.bill = replace(bill, cost=before + bill.cost)


def _who(context: Context) -> object:
    """By what a caller's requests are known to be his."""
    if (signed_in := context.signed_in) is None:
        # Those who come through a gateway are many, and the address is the gateway's.
        return object() if context.gateway else context.address
    return signed_in.client, signed_in.identity, signed_in.acting and signed_in.acting.identity


def _read_of(text: str) -> int:
    """Characters. Of what is too long none is looked at."""
    return len(text) if len(text) <= MOST_CHARACTERS else 0


def _refused(code: ErrorCode) -> Unfit:
    return Unfit([GraphQLError("", original_error=Refusal(code))])


def _told(result: ExecutionResult, context: Context) -> ExecutionResult:
    if result.errors and not context.sees_schema:
        result.errors = [closed(error) for error in result.errors]
    return result
