"""The inbox: reading notifications and marking them read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.caller import Caller, Locale
from domain.errors import ErrorCode, Refusal
from domain.notification import Notification
from domain.page import LARGEST_PAGE, Page, Place
from notifications.wording import inbox_text
from resolvers.watch import noticed
from store.store import Store


@dataclass(frozen=True, slots=True)
class Item:
    """A notification, worded in the caller's language."""

    notification: Notification
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of the inbox, whether more follow, and how many are unread in all."""

    items: list[Item]
    more: bool
    unread: int


@dataclass(frozen=True)
class Inbox:
    store: Store

    async def list_for(self, caller: Caller, *, page: Page, unread: bool | None) -> InboxPage:
        """The caller's notifications, newest first; only the unread or only the read ones if `unread` says so."""
        items, more = await self.store.notifications.page(caller.grant, page, unread)
        return InboxPage(
            [worded(item, caller.locale) for item in items], more, await self.store.parties.unread(caller.grant)
        )

    async def one(self, caller: Caller, *, notification_id: UUID) -> Item | None:
        """The notification, or None if there is none or it is another party's; the latter is counted."""
        found = noticed("notification", *await self.store.notifications.one(caller.grant, notification_id))
        return worded(found, caller.locale) if found else None

    async def mark_read(self, caller: Caller, *, ids: Sequence[UUID]) -> int:
        """Marks these as read and gives how many were unread. Raises Refusal: BAD_INPUT for more than a page of ids."""
        if len(ids) > LARGEST_PAGE:
            raise Refusal(ErrorCode.BAD_INPUT, "ids")
        return await self.store.notifications.mark_read(caller.grant, ids, caller.now)

    async def mark_read_up_to(self, caller: Caller, *, notification_id: UUID) -> int:
        """Marks this one and all older ones, and gives how many were unread. Raises Refusal: NOT_FOUND."""
        last = noticed("notification", *await self.store.notifications.one(caller.grant, notification_id))
        if last is None:
            raise Refusal(ErrorCode.NOT_FOUND, "upTo")
        return await self.store.notifications.mark_read_up_to(caller.grant, Place(last.created, last.id), caller.now)

    async def unread(self, caller: Caller) -> int:
        """How many notifications of the caller are unread."""
        return await self.store.parties.unread(caller.grant)


def worded(notification: Notification, locale: Locale) -> Item:
    """A notification in a language."""
    title, body = inbox_text(notification, locale)
    return Item(notification, title, body)
