"""What every mutation has in common: its payload is never null, and why nothing was changed is data in it."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from domain.client import Scope
from domain.errors import ErrorCode, Refusal
from schema.access import Disclosure, Enforce, Level, access, told
from schema.context import Context
from schema.errors import code_for, message_of
from schema.price import CHANGE, Cost


@strawberry.type(description="Why a change was not made.")
class UserError:
    code: ErrorCode = told("The reason, for programs.", Disclosure.NOTHING, Level.PUBLIC)
    message: str = told("The reason, for people, in the caller's language.", Disclosure.NOTHING, Level.PUBLIC)
    field: str | None = told("Which input is meant.", Disclosure.NOTHING, Level.PUBLIC)


class ErrorsAsData(FieldExtension):
    """Answers with `refused(errors)` whatever is raised further in; what nobody foresaw is logged and tells nothing."""

    def __init__(self, refused: Callable[[list[UserError]], Any]) -> None:
        self.refused = refused

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        try:
            return await next_(source, info, **kwargs)
        except Exception as error:
            code, at = code_for(error, info.path.as_list()), error.at if isinstance(error, Refusal) else ""
            message = message_of(code, info.context.locale)
            return self.refused([UserError(code=code, message=message, field=at or None)])


def changed(
    description: str, refused: Callable[[list[UserError]], Any], scope: Scope, level: Level = Level.REAL_NAME
) -> Callable[[Callable[..., Any]], Any]:
    """A mutation. `refused` makes the payload that says why nothing was changed."""
    return lambda resolver: strawberry.mutation(
        resolver=resolver,
        description=description,
        directives=[access(level, Disclosure.STATUS, [scope]), Cost(weight=CHANGE)],
        # The last one is outermost: what the check of the level raises is data too.
        extensions=[Enforce(level, [scope]), ErrorsAsData(refused)],
    )
