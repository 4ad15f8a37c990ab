"""Notifications: the inbox."""

from datetime import datetime

import strawberry

from domain.event import EventKind
from domain.ids import Noun, public_id
from domain.page import Page, Place, cursor
from domain.times import moment
from domain.transition import Category
from resolvers.inbox import InboxPage, Item
from schema.access import Disclosure, told
from schema.common import Node, PageInfo
from schema.pages import rows_of


@strawberry.type(description="An item of the inbox: one change of one case. A push only points at it.")
class Notification(Node):
    kind: EventKind = told("What happened.", Disclosure.STATUS)
    category: Category = told("What kind of news it is.", Disclosure.STATUS)
    title: str = told("In a few words, in the caller's language.", Disclosure.PERSONAL)
    body: str = told("In a sentence or two, in the caller's language.", Disclosure.PERSONAL)
    case_id: strawberry.ID = told("The case it is about; read it with case(id).", Disclosure.STATUS)
    happened_at: datetime = told("When it happened.", Disclosure.STATUS)
    created_at: datetime = told("When it came into the inbox.", Disclosure.STATUS)
    read_at: datetime | None = told("When it was marked as read; null while it is unread.", Disclosure.STATUS)

    @classmethod
    def of(cls, item: Item) -> "Notification":
        value = item.notification
        return cls(
            id=strawberry.ID(public_id(Noun.NOTIFICATION, value.id)),
            kind=value.kind,
            category=value.category,
            title=item.title,
            body=item.body,
            case_id=strawberry.ID(public_id(Noun.CASE, value.case_id)),
            happened_at=moment(value.happened),
            created_at=moment(value.created),
            read_at=None if value.read is None else moment(value.read),
        )


@strawberry.type(description="One notification in the inbox.")
class NotificationEdge:
    cursor: str = told("Give it as after to go on behind this one.", Disclosure.STATUS)
    node: Notification = told("The notification.", Disclosure.STATUS)


@strawberry.type(description="The inbox, newest first.")
class NotificationConnection:
    edges: list[NotificationEdge] = told("The page.", Disclosure.STATUS)
    page_info: PageInfo = told("Where it goes on.", Disclosure.STATUS)
    unread_count: int = told("How many notifications are unread in all, whatever this page shows.", Disclosure.STATUS)

    @classmethod
    def of(cls, page: InboxPage, wanted: Page) -> "NotificationConnection":
        edges = [
            NotificationEdge(
                cursor=cursor(Place(item.notification.created, item.notification.id)), node=Notification.of(item)
            )
            for item in page.items
        ]
        info = PageInfo.of(wanted, [edge.cursor for edge in edges], page.more)
        return cls(edges=rows_of(edges), page_info=info, unread_count=page.unread)
