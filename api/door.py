"""What every door to the schema does: who asks, until when, in which language; and from what is asked to its results."""

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import cast

from graphql import GraphQLError
from strawberry import Schema
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.asked import Asked
from domain.caller import Caller, Locale, SignIn
from domain.errors import ErrorCode, Refusal
from domain.times import Micros
from resolvers.arrivals import Arrivals
from schema.context import Context, UseCases

DEADLINE_MS = 1500


ANSWERED = (OperationType.QUERY, OperationType.MUTATION)
STREAMED = (*ANSWERED, OperationType.SUBSCRIPTION)
"""The kinds of operations that have one result, and those that a stream takes."""


class Door:
    """The schema, and those who come in."""

    def __init__(self, schema: Schema, use: UseCases, arrivals: Arrivals, clock: Callable[[], Micros]) -> None:
        self._schema, self._use, self._arrivals, self._clock = schema, use, arrivals, clock

    def now(self) -> Micros:
        return self._clock()

    async def signed_in(self, authorization: str | None) -> SignIn | None:
        """None without credentials: then only public fields answer. Raises Refusal: bad ones are turned away."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal(ErrorCode.UNAUTHENTICATED)
        return await self._arrivals.sign_in(token.strip(), self.now())

    def context(self, signed_in: SignIn | None, locale: Locale, wait_ms: int = DEADLINE_MS) -> Context:
        """Of one operation that comes in now, and waits for platforms so long."""
        now = self.now()
        deadline = get_running_loop().time() + wait_ms / 1000

        async def arrive(sign_in: SignIn) -> Caller:
            return await self._arrivals.caller(sign_in, locale=locale, now=now, deadline=deadline)

        return Context(self._use, locale, signed_in, arrive)

    async def result(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType] = ANSWERED
    ) -> ExecutionResult:
        """The one result of an operation. Raises InvalidOperationTypeError, and has not run it, if it is of no kind of these."""
        return await self._schema.execute(
            asked.query,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=context,
            allowed_operation_types=kinds,
        )

    async def stream(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType] = STREAMED
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation; one, unless it subscribes. Close it. Before the first it raises what `result` raises."""
        try:
            results = await self._schema.stream(
                asked.query,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=context,
                allowed_operation_types=kinds,
            )
            async with aclosing(results):
                async for result in results:
                    # Incremental delivery is off: there are no other frames.
                    yield cast(ExecutionResult, result)
        except InvalidOperationTypeError:
            raise
        except GraphQLError as error:
            # The library raises what is wrong with the text of a document, where `result` gets it as a result.
            yield ExecutionResult(data=None, errors=[error])
        except Exception as error:
            yield ExecutionResult(data=None, errors=[GraphQLError("", original_error=error)])
