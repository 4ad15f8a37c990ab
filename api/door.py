"""What every door to the schema does: who asks, until when, in which language; and from what is asked to its results."""

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import ExitStack

from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.places import Places
from domain.caller import Caller, Locale, SignIn
from domain.errors import ErrorCode, Refusal
from domain.times import SECOND, Micros
from resolvers.arrivals import Arrivals
from schema.asked import Asked
from schema.context import Context, UseCases
from schema.deferring import Deferred
from schema.service import ANSWERED, STREAMED, Service

DEADLINE_MS = 1500
NOBODY_S = 60.0
"""How long a client that has not signed in may stay after something was last run for it."""
_LONGEST_S = 365 * 86_400.0


class Door:
    """The schema, those who come in, and places for those who stay. `opened`: whether anybody may see the schema."""

    def __init__(
        self,
        service: Service,
        use: UseCases,
        arrivals: Arrivals,
        places: Places,
        clock: Callable[[], Micros],
        opened: bool,
    ) -> None:
        self._service, self._use, self._arrivals, self._clock, self._opened = service, use, arrivals, clock, opened
        self._places = places

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

    def seconds_left(self, signed_in: SignIn | None) -> float:
        """Until the token ends, or the patience with somebody who has none."""
        if signed_in is None:
            return NOBODY_S
        return min(max(0.0, (signed_in.expires - self.now()) / SECOND), _LONGEST_S)

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
        return await self._service.result(asked, context, kinds)

    async def result_or_parts(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType], places: ExitStack
    ) -> ExecutionResult | Deferred:
        """The same, for whoever takes what a query defers when it is there; then `places` holds its place. Raises Full."""

        def stay() -> None:
            places.enter_context(self._places.one())
            places.enter_context(self._places.among_its_party(context.signed_in))

        return await self._service.result_or_parts(asked, context, kinds, stay)

    def stream(
        self, asked: Asked, context: Context, kinds: Iterable[OperationType] = STREAMED
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation; one, unless it subscribes. Close it. Before the first it raises what `result` raises."""
        return self._service.stream(asked, context, kinds)
