"""What can be asked."""

from typing import Annotated

import strawberry

from domain.caller import Freshness
from domain.client import Scope
from domain.event import Stage
from domain.ids import Noun
from domain.page import page
from domain.sequence import Strand, parse_mark
from schema.access import Disclosure, Level, asked, permit, told
from schema.case import Case, CaseConnection, shown_case
from schema.changes import Changes
from schema.common import Node, wants_total
from schema.context import Context
from schema.inputs import any_id, id_of
from schema.licence import Licence, LicenceConnection, shown_licence
from schema.notification import Notification, NotificationConnection
from schema.platform import PlatformStatus
from schema.price import PAGE, rows

Info = strawberry.Info[Context, None]
First = Annotated[int, strawberry.argument(description="How many, from 0 to 100.")]
After = Annotated[str | None, strawberry.argument(description="A cursor of this list: what follows it is wanted.")]
FreshnessArgument = Annotated[
    Freshness, strawberry.argument(description="How much to wait for platforms. Only the first page asks them.")
]
StageArgument = Annotated[Stage | None, strawberry.argument(description="Only cases at this stage.")]
UnreadArgument = Annotated[
    bool | None, strawberry.argument(description="true: only unread ones; false: only read ones; null: all.")
]
Since = Annotated[
    str | None,
    strawberry.argument(description="The cursor that this query gave last; null: nothing but a cursor is wanted."),
]
Id = Annotated[strawberry.ID, strawberry.argument(description="An id of this service.")]


async def _cases(
    info: Info,
    first: First = 20,
    after: After = None,
    stage: StageArgument = None,
    freshness: FreshnessArgument = Freshness.RECENT,
) -> CaseConnection | None:
    use, caller = info.context.use, await info.context.caller()
    wanted = page(first, after)
    found = await use.cases.list_for(caller, page=wanted, stage=stage, freshness=freshness, counted=wants_total(info))
    return await CaseConnection.of(found, wanted, use.platforms, info.context.locale, use.deadlines.of)


async def _licences(
    info: Info, first: First = 20, after: After = None, freshness: FreshnessArgument = Freshness.RECENT
) -> LicenceConnection | None:
    use, caller = info.context.use, await info.context.caller()
    wanted = page(first, after)
    found = await use.licences.list_for(caller, page=wanted, freshness=freshness, counted=wants_total(info))
    return LicenceConnection.of(found, wanted, use.platforms, info.context.locale)


async def _notifications(
    info: Info, first: First = 20, after: After = None, unread: UnreadArgument = None
) -> NotificationConnection | None:
    caller, wanted = await info.context.caller(), page(first, after)
    found = await info.context.use.inbox.list_for(caller, page=wanted, unread=unread)
    return NotificationConnection.of(found, wanted)


@strawberry.type(description="The party as which the caller is signed in: a person, or the organisation acted for.")
class Viewer:
    display_name: str = told("What to call the party.", Disclosure.PERSONAL, Level.SIGNED_IN)
    cases: CaseConnection | None = asked(
        "The party's cases at every platform, newest first.", size=PAGE, scopes=[Scope.CASES]
    )(_cases)
    licences: LicenceConnection | None = asked(
        "The party's licences at every platform, newest first.", size=PAGE, scopes=[Scope.LICENCES]
    )(_licences)
    notifications: NotificationConnection | None = asked(
        "The party's inbox, newest first.", size=PAGE, scopes=[Scope.NOTIFICATIONS]
    )(_notifications)


async def _viewer(info: Info) -> Viewer | None:
    caller = await info.context.caller()
    return Viewer(display_name=caller.party.name)


async def _case(info: Info, id: Id) -> Case | None:
    use, caller = info.context.use, await info.context.caller()
    found = await use.cases.one(caller, case_id=id_of(Noun.CASE, id))
    return shown_case(found, info.context) if found else None


async def _licence(info: Info, id: Id) -> Licence | None:
    use, caller = info.context.use, await info.context.caller()
    found = await use.licences.one(caller, licence_id=id_of(Noun.LICENCE, id))
    return shown_licence(found, info.context) if found else None


async def _notification(info: Info, id: Id) -> Notification | None:
    caller = await info.context.caller()
    found = await info.context.use.inbox.one(caller, notification_id=id_of(Noun.NOTIFICATION, id))
    return Notification.of(found) if found else None


_NODES = {
    Noun.CASE: (Scope.CASES, _case),
    Noun.LICENCE: (Scope.LICENCES, _licence),
    Noun.NOTIFICATION: (Scope.NOTIFICATIONS, _notification),
}
_EVERY = [Scope.CASES, Scope.LICENCES, Scope.NOTIFICATIONS]


async def _node(info: Info, id: Id) -> Node | None:
    noun, _ = any_id(id)
    if noun not in _NODES:
        return None
    scope, find = _NODES[noun]
    permit(info.context, scope)
    return await find(info, id)


async def _changes_since(info: Info, cursor: Since = None) -> Changes | None:
    after = None if cursor is None else parse_mark(cursor, (Strand.EVERYTHING,), "cursor")
    return Changes.of(await info.context.use.live.since(await info.context.caller(), after=after), info.context)


async def _platforms(info: Info) -> list[PlatformStatus] | None:
    report = await info.context.use.statuses.report()
    return [PlatformStatus.of(status, report.at, info.context.locale) for status in report.statuses]


@strawberry.type(description="What can be asked.")
class Query:
    viewer: Viewer | None = asked("As whom the caller is signed in.", level=Level.SIGNED_IN)(_viewer)
    case: Case | None = asked("One case of the caller's; null if there is none with this id.", scopes=[Scope.CASES])(
        _case
    )
    licence: Licence | None = asked(
        "One licence of the caller's; null if there is none with this id.", scopes=[Scope.LICENCES]
    )(_licence)
    node: Node | None = asked(
        "Anything of the caller's that has an id; null if there is none with this id. Each kind wants its scope: "
        "CASES, LICENCES or NOTIFICATIONS."
    )(_node)
    changes_since: Changes | None = asked("What of the caller's changed behind a cursor.", scopes=_EVERY)(
        _changes_since
    )
    platforms: list[PlatformStatus] | None = asked(
        "Every known platform, connected or not, and how it is doing; at most five seconds old.",
        Disclosure.NOTHING,
        Level.PUBLIC,
        size=rows(50),
    )(_platforms)
