"""Firebase Cloud Messaging, HTTP v1, by Google's own client.

Measured on firebase-admin 7.7: about ten times the CPU of a hand-made HTTP/2 sender. It is the reference; a bulk sender
would be a second channel that passes the same suite and sends the same bytes (mobile_contract/push/samples).
"""

from notifications.channels.fcm.channel import FcmChannel
from notifications.channels.fcm.project import FcmAccount

__all__ = ["FcmAccount", "FcmChannel"]
