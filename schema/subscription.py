"""What can be listened to."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError

from domain.case import Case as CaseValue
from domain.ids import Noun, public_id
from domain.notification import Notification as NotificationValue
from domain.sequence import Mark, Strand, mark_text, parse_mark
from resolvers.inbox import worded
from resolvers.live import Told
from schema.access import Access, Disclosure, Enforce, Level, check, told
from schema.case import Case
from schema.common import card_of
from schema.context import Context
from schema.notification import Notification

Info = strawberry.Info[Context, None]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last message of this subscription, or of changesSince: what follows it is wanted."
    ),
]

CURSOR = "Keep it; give it as after when you listen again."
REFETCH = (
    "Too much changed to tell it one by one, or the cursor is of another time: read the lists again. Goes on from now."
)


@strawberry.type(description="A case changed. Without an id nothing did: the first message says only where you are.")
class CaseChange:
    cursor: str = told(CURSOR, Disclosure.STATUS)
    refetch: bool = told(REFETCH, Disclosure.STATUS)
    id: strawberry.ID | None = told("Which case changed.", Disclosure.STATUS)
    case: Case | None = told("The case as it is now; null if it left the list.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: Told[CaseValue], context: Context) -> "CaseChange":
        case, use = value.value, context.use
        return cls(
            cursor=mark_text(Strand.CASES, value.mark),
            refetch=value.refetch,
            id=strawberry.ID(public_id(Noun.CASE, value.id)) if value.id else None,
            case=Case.of(case, card_of(use.platforms, case.platform), context.locale, use.deadlines.of(case))
            if case
            else None,
        )


@strawberry.type(
    description="A notification came into the inbox. Without an id none did: the first message says only where you are."
)
class NotificationAddition:
    cursor: str = told(CURSOR, Disclosure.STATUS)
    refetch: bool = told(REFETCH, Disclosure.STATUS)
    id: strawberry.ID | None = told("Which notification came.", Disclosure.STATUS)
    notification: Notification | None = told("The notification.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: Told[NotificationValue], context: Context) -> "NotificationAddition":
        found = value.value
        return cls(
            cursor=mark_text(Strand.NOTIFICATIONS, value.mark),
            refetch=value.refetch,
            id=strawberry.ID(public_id(Noun.NOTIFICATION, value.id)) if value.id else None,
            notification=Notification.of(worded(found, context.locale)) if found else None,
        )


class EnforceFirst(Enforce):
    """Checks the declared level before anything is read, and says of what is raised later at which field it was."""

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        check(self.level, info.context)
        return _at(info.path.as_list(), next_(source, info, **kwargs))


async def _at(path: list[str | int], messages: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    async with aclosing(messages):
        try:
            async for message in messages:
                yield message
        except Exception as error:
            raise GraphQLError("", path=path, original_error=error) from error


def heard(description: str, level: Level = Level.REAL_NAME) -> Callable[[Callable[..., Any]], Any]:
    """A field that is listened to. It is null, and the subscription ends, where its level or anything else fails."""
    return lambda resolver: strawberry.subscription(
        resolver=resolver,
        description=description,
        directives=[Access(level=level, discloses=Disclosure.PERSONAL)],
        extensions=[EnforceFirst(level)],
    )


async def _case_changed(info: Info, after: After = None) -> AsyncGenerator[CaseChange | None, None]:
    live, caller = info.context.use.live, await info.context.caller()
    async with aclosing(live.cases(caller, after=_place(Strand.CASES, after))) as messages:
        async for message in messages:
            yield CaseChange.of(message, info.context)


async def _notification_added(info: Info, after: After = None) -> AsyncGenerator[NotificationAddition | None, None]:
    live, caller = info.context.use.live, await info.context.caller()
    async with aclosing(live.notifications(caller, after=_place(Strand.NOTIFICATIONS, after))) as messages:
        async for message in messages:
            yield NotificationAddition.of(message, info.context)


def _place(strand: Strand, after: str | None) -> Mark | None:
    return None if after is None else parse_mark(after, (strand, Strand.EVERYTHING), "after")


@strawberry.type(
    description="What can be listened to, over a socket. Each begins with a message that holds a cursor only."
)
class Subscription:
    case_changed: CaseChange | None = heard(
        "A case of the caller's changed: one message for each, with its newest state."
    )(_case_changed)
    notification_added: NotificationAddition | None = heard("A notification came into the caller's inbox.")(
        _notification_added
    )
