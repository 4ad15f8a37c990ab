"""A delivery, its notification and its device, to vary in tests."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.delivery import Delivery, Device
from domain.event import EventKind
from domain.notification import Notification, notification_of
from domain.times import DAY, SECOND, Micros
from domain.transition import Transition

NOW: Micros = 1_790_000_000 * SECOND
PARTY = UUID(int=1)


def notification(kind: EventKind = EventKind.GRANTED, at: Micros = NOW, **changes: Any) -> Notification:
    """News of one case that happened at `at`."""
    return replace(notification_of(Transition(UUID(int=44), kind, "row 1", at), at, {}), **changes)


def device(**changes: Any) -> Device:
    """A phone of the party."""
    return replace(Device(UUID(int=3), PARTY, "app", "memory", "token-1", "zh-Hans", NOW), **changes)


def delivery(**changes: Any) -> Delivery:
    """The duty to bring the one to the other, leased."""
    whole = Delivery(
        id=UUID(int=2),
        notification_id=notification().id,
        device_id=UUID(int=3),
        party_id=PARTY,
        channel="memory",
        attempts=0,
        expires=NOW + 7 * DAY,
        lease="one",
        lease_until=NOW + 60 * SECOND,
    )
    return replace(whole, **changes)
