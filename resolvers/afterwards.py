"""What comes after an answer: that those who listen hear when a platform's word came too late for it."""

import asyncio
import logging
from collections.abc import Iterable, Mapping

from domain.caller import Grant
from domain.source import Contact
from resolvers.intake import Intake
from store.database import StoreUnavailable

log = logging.getLogger(__name__)

TOGETHER_S = 0.25
"""Words that come within so long are told together: each of them has phones read their lists again."""


class Afterwards:
    """Follows questions whose asker did not wait for them."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._following: set[asyncio.Task[None]] = set()
        self._followed: set[asyncio.Task[None]] = set()

    def follow(
        self, grant: Grant, noun: str, before: Iterable[Contact], questions: "Mapping[str, asyncio.Task[None]]"
    ) -> None:
        """Tells, as these questions end, that the sources of the party's list have changed, if they say something new.

        `before`: what is remembered from before they were put. `questions`: by platform code; one that many readers have
        joined is followed once.
        """
        known = {contact.platform: contact for contact in before}
        new = {task: known.get(code, Contact(code)) for code, task in questions.items() if task not in self._followed}
        if not new:
            return
        for task in new:
            self._followed.add(task)
            task.add_done_callback(self._followed.discard)
        following = asyncio.create_task(self._follow(grant, noun, new), name="follow")
        self._following.add(following)
        following.add_done_callback(self._following.discard)

    async def drain(self, seconds: float) -> None:
        """Waits until what ended is told, and lets go of the rest: what they would ask is about to be closed."""
        if not self._following:
            return
        _, left = await asyncio.wait(self._following, timeout=seconds)
        for following in left:
            following.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _follow(self, grant: Grant, noun: str, left: "dict[asyncio.Task[None], Contact]") -> None:
        while left:
            await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            ended, _ = await asyncio.wait(left, timeout=TOGETHER_S)
            try:
                await self._tell(grant, noun, [left.pop(task) for task in ended])
            except StoreUnavailable:
                log.warning("the store does not answer: nobody hears that sources changed")

    async def _tell(self, grant: Grant, noun: str, before: list[Contact]) -> None:
        after = await self._intake.store.contacts.some(grant, noun, [contact.platform for contact in before])
        if any(_word(contact) != _word(after.get(contact.platform, contact)) for contact in before):
            await self._intake.sources_changed(grant.party_id, noun)


def _word(contact: Contact) -> object:
    """What a list says by a contact, but for its rows, which have messages of their own."""
    return contact.answered, contact.trouble, contact.is_behind
