"""What is still worth a push, and what the push then holds."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from domain.delivery import Delivery, Device
from domain.event import EventKind
from domain.notification import Notification
from domain.times import DAY, SECOND
from domain.transition import CATEGORY_OF, Category
from notifications.rules import MOST_ATTEMPTS, Drop, Reason, Send, decide
from tests.unit.notifications.samples import NOW, delivery, device, notification


def decided(
    one: Delivery | None = None,
    item: Notification | None = notification(),  # noqa: B008 - frozen
    phone: Device | None = device(),  # noqa: B008 - frozen
    channels: Collection[str] = ("memory",),
) -> Send | Drop:
    return decide(one or delivery(), item, phone, NOW, channels)


DROPPED: dict[Reason, dict[str, Any]] = {
    Reason.EXPIRED: {"one": delivery(expires=NOW)},
    Reason.READ: {"item": notification(read=NOW - 1)},
    Reason.NOTIFICATION_GONE: {"item": None},
    Reason.DEVICE_GONE: {"phone": None},
    Reason.DEVICE_REBOUND: {"phone": device(party_id=UUID(int=99))},
    Reason.CHANNEL_UNKNOWN: {"channels": ("other",)},
    Reason.ATTEMPTS_USED_UP: {"one": delivery(attempts=MOST_ATTEMPTS)},
}


@pytest.mark.parametrize(("reason", "case"), DROPPED.items(), ids=[reason.value for reason in DROPPED])
def test_each_reason_drops(reason: Reason, case: dict[str, Any]) -> None:
    """Each thing that makes a push pointless drops it, with its own word."""
    assert decided(**case) == Drop(reason)


def test_every_reason_is_tried_here() -> None:
    """No reason of the rules is without a test; the one left over follows from outcomes and not from rules."""
    assert set(Reason) - set(DROPPED) == {Reason.UNKNOWN_TOO_OFTEN}


def test_reasons_fit_their_column() -> None:
    """Every reason can be written into the delivery's row."""
    assert all(len(reason.value) <= 32 for reason in Reason)


def test_a_push_lives_until_its_delivery_expires() -> None:
    """The provider is told the seconds left, rounded down, so that nothing arrives after its age limit."""
    decision = decided(delivery(expires=NOW + 90 * SECOND + 1))
    assert isinstance(decision, Send)
    assert decision.push.ttl_s == 90


def test_less_than_a_second_is_expired() -> None:
    """A life of no whole second would mean "now or never" to a provider; it is not sent."""
    assert decided(delivery(expires=NOW + SECOND - 1)) == Drop(Reason.EXPIRED)


@pytest.mark.parametrize("kind", CATEGORY_OF)
def test_only_what_asks_something_is_urgent(kind: EventKind) -> None:
    """A phone is woken for what the citizen must do, and not for what can wait until it is looked at."""
    decision = decided(item=notification(kind))
    assert isinstance(decision, Send)
    assert decision.push.urgent == (CATEGORY_OF[kind] is Category.ACTION)


def test_a_push_points_and_tells_nothing() -> None:
    """A push holds ids and a wording key, and no argument of the notification."""
    item = notification(arguments={"item": "食品经营许可", "unit": "某局", "detail": "缺身份证复印件"})
    decision = decided(item=item)
    assert isinstance(decision, Send)
    assert decision.push.wording == "case.granted"
    assert decision.push.notification == f"notification_{item.id.hex}"
    assert not any(text in str(decision.push) for text in item.arguments.values())


def test_a_tag_is_the_transitions() -> None:
    """Two pushes of one transition carry one tag, those of two transitions two; each fits APNs' 64 bytes."""
    again, other = notification(created=NOW + DAY), notification(EventKind.REFUSED)
    tags = [
        decision.push.tag for item in (notification(), again, other) if isinstance(decision := decided(item=item), Send)
    ]
    assert tags[0] == tags[1] != tags[2]
    assert all(len(tag.encode()) <= 64 for tag in tags)


def test_a_token_is_not_shown() -> None:
    """A push that ends up in a log or a traceback does not show its token."""
    decision = decided()
    assert "token-1" not in repr(decision)
