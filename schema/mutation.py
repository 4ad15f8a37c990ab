"""What can be changed. Payloads are never null; what went wrong for the user is in `errors`."""

from enum import Enum
from typing import Annotated

import strawberry

from domain.client import Scope
from domain.errors import ErrorCode, Refusal
from domain.ids import Noun, public_id
from schema.access import Disclosure, Level, told
from schema.change import UserError, changed
from schema.context import Context
from schema.enums import described
from schema.inputs import id_of
from schema.price import rows

Info = strawberry.Info[Context, None]


class Channel(Enum):
    FCM = "fcm"


described(Channel, "Channel", "A way to a phone.", {"FCM": "Firebase Cloud Messaging."})


@strawberry.input(description="A phone that wants to be told.")
class RegisterDeviceInput:
    channel: Channel = strawberry.field(description="How to reach it.")
    token: str = strawberry.field(description="The channel's address of this phone and app; at most 4096 characters.")


@strawberry.type(description="What became of a registration.")
class RegisterDevicePayload:
    id: strawberry.ID | None = told(
        "The device's id, for unregisterDevice; null if there are errors.", Disclosure.STATUS
    )
    errors: list[UserError] = told(
        "Why nothing was changed; empty if it was.", Disclosure.NOTHING, Level.PUBLIC, size=rows(1)
    )

    @classmethod
    def refused(cls, errors: list[UserError]) -> "RegisterDevicePayload":
        return cls(id=None, errors=errors)


@strawberry.input(description="A phone that wants to be told no more.")
class UnregisterDeviceInput:
    id: strawberry.ID = strawberry.field(description="The id that registerDevice gave.")


@strawberry.type(description="What became of an unregistration.")
class UnregisterDevicePayload:
    removed: bool = told("Whether the device was registered for this caller and client.", Disclosure.STATUS)
    errors: list[UserError] = told(
        "Why nothing was changed; empty otherwise.", Disclosure.NOTHING, Level.PUBLIC, size=rows(1)
    )

    @classmethod
    def refused(cls, errors: list[UserError]) -> "UnregisterDevicePayload":
        return cls(removed=False, errors=errors)


@strawberry.input(description="What was read: give either ids or upTo.")
class MarkNotificationsReadInput:
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These notifications, at most 100.")
    up_to: strawberry.ID | None = strawberry.field(default=None, description="This notification and every older one.")


@strawberry.type(description="What became of marking as read.")
class MarkNotificationsReadPayload:
    marked: int = told("How many were unread until now.", Disclosure.STATUS)
    unread_count: int | None = told("How many are unread now; null if there are errors.", Disclosure.STATUS)
    errors: list[UserError] = told(
        "Why nothing was changed; empty otherwise.", Disclosure.NOTHING, Level.PUBLIC, size=rows(1)
    )

    @classmethod
    def refused(cls, errors: list[UserError]) -> "MarkNotificationsReadPayload":
        return cls(marked=0, unread_count=None, errors=errors)


async def _register_device(
    info: Info, input: Annotated[RegisterDeviceInput, strawberry.argument(description="The phone.")]
) -> RegisterDevicePayload:
    use, caller = info.context.use, await info.context.caller()
    device = await use.devices.register(caller, channel=input.channel.value, token=input.token)
    return RegisterDevicePayload(id=strawberry.ID(public_id(Noun.DEVICE, device.id)), errors=[])


async def _unregister_device(
    info: Info, input: Annotated[UnregisterDeviceInput, strawberry.argument(description="The phone.")]
) -> UnregisterDevicePayload:
    use, caller = info.context.use, await info.context.caller()
    removed = await use.devices.unregister(caller, device_id=id_of(Noun.DEVICE, input.id))
    return UnregisterDevicePayload(removed=removed, errors=[])


async def _mark_notifications_read(
    info: Info, input: Annotated[MarkNotificationsReadInput, strawberry.argument(description="What was read.")]
) -> MarkNotificationsReadPayload:
    marked = await _mark(info, input)
    unread = await info.context.use.inbox.unread(await info.context.caller())
    return MarkNotificationsReadPayload(marked=marked, unread_count=unread, errors=[])


async def _mark(info: Info, input: MarkNotificationsReadInput) -> int:
    caller, inbox = await info.context.caller(), info.context.use.inbox
    if (input.ids is None) == (input.up_to is None):
        raise Refusal(ErrorCode.BAD_INPUT, "ids")
    if input.ids is not None:
        return await inbox.mark_read(caller, ids=[id_of(Noun.NOTIFICATION, text, "ids") for text in input.ids])
    up_to = id_of(Noun.NOTIFICATION, input.up_to or "", "upTo")
    return await inbox.mark_read_up_to(caller, notification_id=up_to)


@strawberry.type(description="What can be changed.")
class Mutation:
    register_device: RegisterDevicePayload = changed(
        "Have this phone told of changes. Do it at every start of the app: it keeps the registration alive.",
        RegisterDevicePayload.refused,
        Scope.DEVICES,
    )(_register_device)
    unregister_device: UnregisterDevicePayload = changed(
        "Have this phone told no more: do it when signing out.", UnregisterDevicePayload.refused, Scope.DEVICES
    )(_unregister_device)
    mark_notifications_read: MarkNotificationsReadPayload = changed(
        "Mark notifications as read.", MarkNotificationsReadPayload.refused, Scope.NOTIFICATIONS
    )(_mark_notifications_read)
