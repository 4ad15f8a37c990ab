"""What can be listened to."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError

from domain.case import Case as CaseValue
from domain.client import Scope
from domain.ids import Noun, public_id
from domain.licence import KeptLicence
from domain.notification import Notification as NotificationValue
from domain.sequence import Mark, Strand, mark_text, parse_mark
from domain.source import FederatedList
from resolvers.inbox import worded
from resolvers.live import MOST_BEHIND, Told
from schema.access import Disclosure, Enforce, Level, access, check, told
from schema.case import Case, shown_case
from schema.context import Context
from schema.licence import Licence, shown_licence
from schema.notification import Notification
from schema.price import resumed

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
        return cls(
            cursor=mark_text(Strand.CASES, value.mark),
            refetch=value.refetch,
            id=strawberry.ID(public_id(Noun.CASE, value.id)) if value.id else None,
            case=shown_case(value.value, context) if value.value else None,
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


@strawberry.type(description="A licence changed. Without an id none did: the first message says only where you are.")
class LicenceChange:
    cursor: str = told(CURSOR, Disclosure.STATUS)
    refetch: bool = told(REFETCH, Disclosure.STATUS)
    id: strawberry.ID | None = told("Which licence changed.", Disclosure.STATUS)
    licence: Licence | None = told("The licence as it is now; null if it left the list.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: Told[KeptLicence], context: Context) -> "LicenceChange":
        return cls(
            cursor=mark_text(Strand.LICENCES, value.mark),
            refetch=value.refetch,
            id=strawberry.ID(public_id(Noun.LICENCE, value.id)) if value.id else None,
            licence=shown_licence(value.value, context) if value.value else None,
        )


@strawberry.type(
    description="The sources of a list are not what an answer before said of them. Without a list none changed: the first "
    "message says only where you are."
)
class SourcesChange:
    cursor: str = told(CURSOR, Disclosure.STATUS)
    refetch: bool = told(REFETCH, Disclosure.STATUS)
    list: FederatedList | None = told("Which list: read it with KNOWN to see what its sources say.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: Told[FederatedList]) -> "SourcesChange":
        return cls(cursor=mark_text(Strand.SOURCES, value.mark), refetch=value.refetch, list=value.value)


class EnforceFirst(Enforce):
    """Checks the declared level before anything is read, and lets the service check it again with each message.

    Says of what is raised later at which field it was.
    """

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        still = partial(check, self.level, info.context, self.scopes)
        still()
        info.context.still = still
        return _at(info.path.as_list(), next_(source, info, **kwargs))


async def _at(path: list[str | int], messages: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    async with aclosing(messages):
        try:
            async for message in messages:
                yield message
        except Exception as error:
            raise GraphQLError("", path=path, original_error=error) from error


def heard(
    description: str, *scopes: Scope, level: Level = Level.REAL_NAME, most: int = MOST_BEHIND
) -> Callable[[Callable[..., Any]], Any]:
    """A field that is listened to. It is null, and the subscription ends, where its level or anything else fails.

    `most`: messages that may come at once to whoever was away.
    """
    return lambda resolver: strawberry.subscription(
        resolver=resolver,
        description=description,
        directives=[access(level, Disclosure.PERSONAL, scopes), resumed(most)],
        extensions=[EnforceFirst(level, scopes)],
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


async def _licence_changed(info: Info, after: After = None) -> AsyncGenerator[LicenceChange | None, None]:
    live, caller = info.context.use.live, await info.context.caller()
    async with aclosing(live.licences(caller, after=_place(Strand.LICENCES, after))) as messages:
        async for message in messages:
            yield LicenceChange.of(message, info.context)


async def _sources_changed(info: Info, after: After = None) -> AsyncGenerator[SourcesChange | None, None]:
    live, caller = info.context.use.live, await info.context.caller()
    async with aclosing(live.sources(caller, after=_place(Strand.SOURCES, after))) as messages:
        async for message in messages:
            yield SourcesChange.of(message)


def _place(strand: Strand, after: str | None) -> Mark | None:
    return None if after is None else parse_mark(after, (strand, Strand.EVERYTHING), "after")


@strawberry.type(
    description="What can be listened to, over a socket. Each begins with a message that holds a cursor only."
)
class Subscription:
    case_changed: CaseChange | None = heard(
        "A case of the caller's changed: one message for each, with its newest state.",
        Scope.CASES,
    )(_case_changed)
    licence_changed: LicenceChange | None = heard(
        "A licence of the caller's changed: one message for each, with its newest state.",
        Scope.LICENCES,
    )(_licence_changed)
    sources_changed: SourcesChange | None = heard(
        "A platform answered too late for an answer, or recovered, or all platforms have been asked: a list of the "
        "caller's is more complete than it was said to be, or less.",
        Scope.CASES,
        Scope.LICENCES,
        most=len(FederatedList),
    )(_sources_changed)
    notification_added: NotificationAddition | None = heard(
        "A notification came into the caller's inbox.", Scope.NOTIFICATIONS
    )(_notification_added)
