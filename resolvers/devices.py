"""Phones: registering and unregistering."""

from dataclasses import dataclass
from uuid import UUID

from domain.caller import Caller
from domain.delivery import Device
from domain.errors import ErrorCode, Refusal
from store.store import Store

LONGEST_TOKEN = 4096


@dataclass(frozen=True)
class Devices:
    store: Store
    channels: frozenset[str]

    async def register(self, caller: Caller, *, channel: str, token: str) -> Device:
        """Binds a channel's token to the caller and client, anew each time. Raises Refusal: BAD_INPUT."""
        if channel not in self.channels:
            raise Refusal(ErrorCode.BAD_INPUT, "channel")
        if not (0 < len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable() and " " not in token):
            raise Refusal(ErrorCode.BAD_INPUT, "token")
        return await self.store.devices.register(
            caller.grant, caller.client, channel, token, caller.locale.value, caller.now
        )

    async def unregister(self, caller: Caller, *, device_id: UUID) -> bool:
        """Ends a binding of the caller and client; whether there was one."""
        return await self.store.devices.unregister(caller.grant, caller.client, device_id)
