"""Every field says who may read it and what it tells about a person; both stand in the published schema.

`told` declares a plain attribute, `asked` a field that does I/O. Only the latter checks a level: a plain field hangs below
one, and a test holds that it never declares a higher level than the fields that lead to it.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location

from domain.assurance import Assurance
from domain.client import Scope
from domain.errors import ErrorCode, Refusal
from schema.context import Context
from schema.enums import described
from schema.price import Cost, ListSize


class Level(Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    REAL_NAME = "real-name"


class Disclosure(Enum):
    NOTHING = "nothing"
    STATUS = "status"
    PERSONAL = "personal"


AccessLevel = described(
    Level,
    "AccessLevel",
    "What a caller must have shown before a field is answered.",
    {
        "PUBLIC": "Nothing.",
        "SIGNED_IN": "A valid token.",
        "REAL_NAME": "A valid token of real-name level 2 or higher.",
    },
)
DisclosureClass = described(
    Disclosure,
    "DisclosureClass",
    "What a field tells about a person.",
    {
        "NOTHING": "Nothing about any person.",
        "STATUS": "Where somebody's business stands, without saying whose.",
        "PERSONAL": "Who somebody is, or a text that may say so.",
    },
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="access",
    description="Who may read a field, and what it tells about a person.",
)
class Access:
    level: Level = strawberry.directive_field(name="level")
    discloses: Disclosure = strawberry.directive_field(name="discloses")
    scopes: list[Scope] | None = strawberry.directive_field(name="scopes", default=strawberry.UNSET)


class Enforce(FieldExtension):
    """Checks the declared level and scopes before anything is done."""

    def __init__(self, level: Level, scopes: Sequence[Scope] = ()) -> None:
        self.level, self.scopes = level, scopes

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        check(self.level, info.context, self.scopes)
        return await next_(source, info, **kwargs)


def check(level: Level, context: Context, scopes: Sequence[Scope] = ()) -> None:
    """Raises Refusal: UNAUTHENTICATED, OUT_OF_SCOPE or ASSURANCE_TOO_LOW."""
    if level is Level.PUBLIC:
        return
    if context.signed_in is None:
        raise Refusal(ErrorCode.UNAUTHENTICATED)
    permit(context, *scopes)
    if level is Level.REAL_NAME and context.signed_in.assurance < Assurance.MEDIUM:
        raise Refusal(ErrorCode.ASSURANCE_TOO_LOW)


def permit(context: Context, *scopes: Scope) -> None:
    """Raises Refusal, OUT_OF_SCOPE, unless the client was granted all of these."""
    if scopes and (context.client is None or not context.client.scopes.issuperset(scopes)):
        raise Refusal(ErrorCode.OUT_OF_SCOPE)


def told(description: str, discloses: Disclosure, level: Level = Level.REAL_NAME, size: ListSize | None = None) -> Any:
    """A plain attribute of a type; `size` where it is a list."""
    return strawberry.field(description=description, directives=_declared(level, discloses, size))


def asked(
    description: str,
    discloses: Disclosure = Disclosure.PERSONAL,
    level: Level = Level.REAL_NAME,
    size: ListSize | None = None,
    cost: Cost | None = None,
    scopes: Sequence[Scope] = (),
    name: str | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """A field that does I/O: its level is checked first, and it is null where that or anything else fails."""
    return lambda resolver: strawberry.field(
        name=name,
        resolver=resolver,
        description=description,
        directives=_declared(level, discloses, size, cost, scopes=scopes),
        extensions=[Enforce(level, scopes)],
    )


def _declared(
    level: Level, discloses: Disclosure, *priced: ListSize | Cost | None, scopes: Sequence[Scope] = ()
) -> list[object]:
    return [access(level, discloses, scopes), *(one for one in priced if one)]


def access(level: Level, discloses: Disclosure, scopes: Sequence[Scope] = ()) -> Access:
    """What a field declares."""
    return Access(level=level, discloses=discloses, scopes=list(scopes) or strawberry.UNSET)
