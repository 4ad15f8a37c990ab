"""A push as an FCM message. mobile_contract/push/samples shows what goes over the wire."""

from firebase_admin import messaging

from domain.times import SECOND, Micros
from notifications.channel import Push
from notifications.wording import push_key

LONGEST_TTL_S = 28 * 24 * 3600
"""FCM keeps a message four weeks at most and refuses a longer life."""


def message_of(push: Push, now: Micros) -> messaging.Message:
    """The message for one phone: texts are keys that the app words itself, data is an id and the wording key."""
    ttl_s = max(0, min(push.ttl_s, LONGEST_TTL_S))
    message = messaging.Message(
        data={"notification": push.notification, "wording": push.wording},
        android=_android(push, ttl_s),
        apns=_apns(push, now // SECOND + ttl_s),
    )
    # As an argument it would warn at every message: Google now wants installation ids, and phones register tokens.
    message.token = push.token
    return message


def _android(push: Push, ttl_s: int) -> messaging.AndroidConfig:
    return messaging.AndroidConfig(
        collapse_key=push.tag,
        priority="high" if push.urgent else "normal",
        ttl=ttl_s,
        notification=messaging.AndroidNotification(
            title_loc_key=push_key(push.wording, "title"), body_loc_key=push_key(push.wording, "body"), tag=push.tag
        ),
    )


def _apns(push: Push, expiration_s: int) -> messaging.APNSConfig:
    alert = messaging.ApsAlert(title_loc_key=push_key(push.wording, "title"), loc_key=push_key(push.wording, "body"))
    # mutable-content lets the app's extension put the notification's own text in, once the phone is unlocked.
    aps = messaging.Aps(alert=alert, mutable_content=True, sound="default" if push.urgent else None)
    return messaging.APNSConfig(
        headers={
            "apns-collapse-id": push.tag,
            "apns-priority": "10" if push.urgent else "5",
            "apns-expiration": str(expiration_s),
        },
        payload=messaging.APNSPayload(aps=aps),
    )
