"""What every door to the schema does: who asks, until when, in which language; and from what is asked to its results."""

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Callable, Iterable

from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.asked import Asked
from domain.caller import Caller, Locale, SignIn
from domain.errors import ErrorCode, Refusal
from domain.times import Micros
from resolvers.arrivals import Arrivals
from schema.context import Context, UseCases
from schema.service import ANSWERED, STREAMED, Service

DEADLINE_MS = 1500


class Door:
    """The schema, and those who come in. `opened`: whether anybody may see the schema."""

    def __init__(
        self, service: Service, use: UseCases, arrivals: Arrivals, clock: Callable[[], Micros], opened: bool
    ) -> None:
        self._service, self._use, self._arrivals, self._clock, self._opened = service, use, arrivals, clock, opened

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

    def context(self, signed_in: SignIn | None, locale: Locale, address: str, wait_ms: int = DEADLINE_MS) -> Context:
        """Of one operation that comes in now, from that address, and waits for platforms so long."""
        now = self.now()
        deadline = get_running_loop().time() + wait_ms / 1000

        async def arrive(sign_in: SignIn) -> Caller:
            return await self._arrivals.caller(sign_in, locale=locale, now=now, deadline=deadline)

        return Context(self._use, locale, signed_in, arrive, address=address, opened=self._opened)

    async def result(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType] = ANSWERED
    ) -> ExecutionResult:
        """The one result of an operation, which was not run if this raises: schema.service says what."""
        return await self._service.result(asked.query, asked.operation_name, asked.variables, context, kinds)

    def stream(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType] = STREAMED
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation; one, unless it subscribes. Close it. Before the first it raises what `result` raises."""
        return self._service.stream(asked.query, asked.operation_name, asked.variables, context, kinds)
