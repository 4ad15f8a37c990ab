"""The FCM channel: one firebase project for each client."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from domain.delivery import AttemptOutcome, Outcome
from domain.times import Micros
from notifications.channel import NO_ACCOUNT, Push
from notifications.channels.fcm.errors import EXPECTED, outcome_of
from notifications.channels.fcm.message import message_of
from notifications.channels.fcm.project import FcmAccount, Project
from notifications.metrics import ALARMS

NAME = "fcm"
BATCH = 500
"""Pushes in hand at once, over all clients."""

logger = logging.getLogger(__name__)


class FcmChannel:
    """Sends by FCM, with the account of each push's client, since devices belong to a client.

    Raises ValueError or OSError, when constructed, for a service account that cannot be read.
    """

    def __init__(self, accounts: Mapping[str, FcmAccount], clock: Callable[[], Micros]) -> None:
        self._clock = clock
        self._projects = {client: Project(client, account) for client, account in accounts.items()}

    @property
    def name(self) -> str:
        return NAME

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """One outcome for each push, in their order."""
        outcomes: list[Outcome] = []
        for start in range(0, len(pushes), BATCH):
            outcomes += await self._batch(pushes[start : start + BATCH])
        return outcomes

    async def close(self) -> None:
        """Closes every project; closing twice does nothing."""
        projects, self._projects = self._projects, {}
        await asyncio.gather(*(project.close() for project in projects.values()))

    async def _batch(self, pushes: Sequence[Push]) -> list[Outcome]:
        # A token is renewed minutes before it ends, so looking once for a batch is enough.
        clients = sorted({push.client for push in pushes})
        troubles = dict(zip(clients, await asyncio.gather(*map(self.trouble, clients)), strict=True))
        return await asyncio.gather(*(self._one(push, troubles[push.client]) for push in pushes))

    async def trouble(self, client: str) -> Outcome | None:
        """What stands against sending anything for a client."""
        if client not in self._projects:
            return Outcome(AttemptOutcome.REFUSED, NO_ACCOUNT)
        try:
            await self._projects[client].authorise()
        except EXPECTED as error:
            return self._told(client, error)
        return None

    async def _one(self, push: Push, trouble: Outcome | None) -> Outcome:
        if trouble is not None:
            return trouble
        try:
            message_id = await self._projects[push.client].send(message_of(push, self._clock()))
        except EXPECTED as error:
            return self._told(push.client, error)
        return Outcome(AttemptOutcome.ACCEPTED, message_id=message_id)

    def _told(self, client: str, error: Exception) -> Outcome:
        outcome, alarm = outcome_of(error, self._clock())
        if alarm:
            ALARMS.labels(NAME, outcome.code).inc()
            logger.error("fcm: %s for client %s", outcome.code, client)
        return outcome
