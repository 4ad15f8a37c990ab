"""What both doors to the schema do: who asks, until when, in which language, and whether a request is one."""

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Callable
from typing import Any

from strawberry import Schema

from domain.caller import Caller, Locale, SignIn
from domain.errors import ErrorCode, Refusal
from domain.times import Micros
from resolvers.arrivals import Arrivals
from schema.context import Context, UseCases

DEADLINE_MS = 1500


class BadRequest(Exception):
    """The request is not one of GraphQL over HTTP. Says what is wrong, in words for a developer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


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

    async def stream(self, asked: dict[str, Any], context: Context) -> AsyncGenerator[Any, None]:
        """The results of an operation of any kind; one, unless it is a subscription. Close it."""
        return await self._schema.stream(
            asked["query"],
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            context_value=context,
        )


def checked(asked: object) -> dict[str, Any]:
    """The parameters of an operation. Raises BadRequest."""
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str) or not asked["query"]:
        raise BadRequest(400, "Send an object with a query, which is a string.")
    for name in ("variables", "extensions"):
        if not isinstance(asked.get(name), dict | None):
            raise BadRequest(400, f"{name} is an object.")
    if not isinstance(asked.get("operationName"), str | None):
        raise BadRequest(400, "operationName is a string.")
    return asked


def no_number(word: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(word)
