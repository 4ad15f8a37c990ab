"""Whether a due delivery is still worth a push, decided at the moment of sending and from nothing but its arguments."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from domain.delivery import Delivery, Device
from domain.ids import Noun, public_id
from domain.notification import Notification
from domain.times import SECOND, Micros
from domain.transition import Category
from notifications.channel import Push

MOST_ATTEMPTS = 50
"""With the longest pause of an hour, jittered, this outlasts a provider's outage of a day."""


class Reason(StrEnum):
    """Why we gave a delivery up, as a closed list. The inbox keeps the notification in every case."""

    EXPIRED = "expired"
    READ = "already-read"
    NOTIFICATION_GONE = "notification-gone"
    DEVICE_GONE = "device-gone"
    DEVICE_REBOUND = "device-rebound"
    CHANNEL_UNKNOWN = "channel-unknown"
    ATTEMPTS_USED_UP = "attempts-used-up"
    UNKNOWN_TOO_OFTEN = "unknown-too-often"


@dataclass(frozen=True, slots=True)
class Send:
    """It is to be sent, as this."""

    push: Push


@dataclass(frozen=True, slots=True)
class Drop:
    """It is not to be sent."""

    reason: Reason


def decide(
    delivery: Delivery,
    notification: Notification | None,
    device: Device | None,
    now: Micros,
    channels: Collection[str],
) -> Send | Drop:
    """What becomes of a delivery. None stands for what is no longer there; `channels` are those that can be sent by."""
    if delivery.expires - now < SECOND:
        return Drop(Reason.EXPIRED)
    if notification is None:
        return Drop(Reason.NOTIFICATION_GONE)
    if notification.read is not None:
        return Drop(Reason.READ)
    if device is None:
        return Drop(Reason.DEVICE_GONE)
    if device.party_id != delivery.party_id:
        return Drop(Reason.DEVICE_REBOUND)
    if delivery.channel not in channels:
        return Drop(Reason.CHANNEL_UNKNOWN)
    if delivery.attempts >= MOST_ATTEMPTS:
        return Drop(Reason.ATTEMPTS_USED_UP)
    return Send(_push(delivery, notification, device, now))


def _push(delivery: Delivery, notification: Notification, device: Device, now: Micros) -> Push:
    return Push(
        token=device.token,
        client=device.client,
        notification=public_id(Noun.NOTIFICATION, notification.id),
        wording=notification.wording,
        tag=notification.id.hex,
        ttl_s=(delivery.expires - now) // SECOND,
        urgent=notification.category is Category.ACTION,
    )
