"""What changed since: for clients that can only poll, and for those that were away."""

from collections.abc import Iterable
from uuid import UUID

import strawberry

from domain.ids import Noun, public_id
from domain.page import LARGEST_PAGE
from domain.sequence import Strand, mark_text
from domain.source import FederatedList
from resolvers.live import Changes as ChangesValue
from schema.access import Disclosure, told
from schema.case import Case, shown_case
from schema.context import Context
from schema.licence import Licence, shown_licence
from schema.notification import Notification
from schema.price import rows

ALL = rows(LARGEST_PAGE)


@strawberry.type(
    description="What of the caller's changed behind a cursor, each row once and as it is now. No platform is asked for it."
)
class Changes:
    cursor: str = told("Give it the next time, or as after to a subscription.", Disclosure.STATUS)
    has_more: bool = told("Whether more changed: ask again at once, with this cursor.", Disclosure.STATUS)
    refetch: bool = told(
        "The cursor is of another time: read the lists again, then go on from this one.", Disclosure.STATUS
    )
    cases: list[Case] = told("Cases that changed and are still in the list, at most 100.", Disclosure.STATUS, size=ALL)
    licences: list[Licence] = told(
        "Licences that changed and are still in the list, at most 100.", Disclosure.STATUS, size=ALL
    )
    notifications: list[Notification] = told("Notifications that came, at most 100.", Disclosure.STATUS, size=ALL)
    sources: list[FederatedList] = told(
        "Lists whose sources changed: read them again to see what they say of isComplete.",
        Disclosure.STATUS,
        size=rows(2),
    )
    removed_ids: list[strawberry.ID] = told("Cases and licences that left their lists.", Disclosure.STATUS, size=ALL)
    unread_count: int = told("How many notifications are unread in all.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: ChangesValue, context: Context) -> "Changes":
        return cls(
            cursor=mark_text(Strand.EVERYTHING, value.mark),
            has_more=value.more,
            refetch=value.refetch,
            cases=[shown_case(one, context) for one in value.cases],
            licences=[shown_licence(one, context) for one in value.licences],
            notifications=[Notification.of(one) for one in value.notifications],
            sources=value.sources,
            removed_ids=_ids(Noun.CASE, value.gone_cases) + _ids(Noun.LICENCE, value.gone_licences),
            unread_count=value.unread,
        )


def _ids(noun: Noun, values: Iterable[UUID]) -> list[strawberry.ID]:
    return [strawberry.ID(public_id(noun, value)) for value in values]
