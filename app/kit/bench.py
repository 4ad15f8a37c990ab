"""The bench: one platform under test, the test persons it is asked about, and what was seen so far."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp

from app.kit.check import NotRecorded, skipped
from app.kit.door import Door
from app.kit.switches import Switches
from app.kit.tape import Fixed, Replayed, Take, Tape, Watched, rewired
from domain.assurance import Assurance, Vouched
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation
from domain.licence import LicenceObservation
from domain.times import Micros
from integrations.authentication.assertion import Asserter
from integrations.authentication.identify import Fixed as SameHeaders
from integrations.described import DIALECTS
from integrations.description import Description
from integrations.dialects.dialect import NOTHING, Wire
from integrations.form.authentication import NoAuthentication
from integrations.form.operations import ACCOUNT, NUMBER
from integrations.http import Response
from integrations.mapping.language import reader
from integrations.mapping.values import rows_of
from integrations.port import Answer, Drifted, Platform, PlatformTrouble
from integrations.registry import Access, connect
from store.shared.memory import MemoryQuotas

Observation = CaseObservation | LicenceObservation

BLANK = dict.fromkeys(
    ("{identity.type}", NUMBER, ACCOUNT, "{page.number}", "{page.index}", "{page.size}", "{page.offset}"), 1
)
"""What the placeholders stand for in a question whose answer is known beforehand."""


SAMPLES = {
    IdentityType.RESIDENT: Identity(IdentityType.RESIDENT, "11010519491231002X"),
    IdentityType.ORGANISATION: Identity(IdentityType.ORGANISATION, "91350100M000100Y43"),
}
"""The numbers printed as examples in GB 11643 and GB 32100: no platform holds anything of them."""

NOBODY, NO_AUTHENTICATION = SameHeaders({}), NoAuthentication(kind="none")
"""How we name ourselves where nobody is asked."""


def number_of(item: Observation) -> str:
    """The platform's own number of a case or licence."""
    return item.facts.number if isinstance(item, CaseObservation) else item.licence.number


@dataclass
class Bench:
    """`persons`: whom to ask about; where the platform knows people by accounts, the number of each is its account.

    `kind` is Replayed where answers come out of a cassette; `more` is what that wire needs.

    `seen`: the answers that the first check had, by noun and number of the person; `troubles`: why it had none. `door`: where the
    platform's test system pushes to; `switches`: those that it offers. `asserter` speaks about people, where the platform takes
    assertions.
    """

    description: Description
    access: Access
    persons: Sequence[Identity]
    session: aiohttp.ClientSession
    clock: Callable[[], Micros]
    entropy: Callable[[int], bytes]
    kind: type[Watched] = Watched
    more: dict[str, Any] = field(default_factory=dict)
    tape: Tape = field(default_factory=Tape)
    seen: dict[tuple[str, int], Answer[Any]] = field(default_factory=dict)
    troubles: dict[tuple[str, int], PlatformTrouble | NotRecorded] = field(default_factory=dict)
    door: Door | None = None
    switches: Switches | None = None
    asserter: Asserter | None = None

    @property
    def nouns(self) -> tuple[str, ...]:
        return tuple(self.description.operations.declared)

    @property
    def is_replay(self) -> bool:
        return self.kind is Replayed

    def platform(
        self,
        *,
        limits: dict[str, Any] | None = None,
        access: Access | None = None,
        asserter: Asserter | None = None,
        **wire: Any,
    ) -> Platform:
        """The platform, connected anew, so that no check suffers from what an earlier one did to its guard.

        `limits` replace some of the description's. `wire` changes what is asked or answered: see Watched.
        """
        # The pace is kept in `ask`: a question that waits for its turn inside its own time limit would seem slow.
        limited = self.description.limits.model_copy(update={**(limits or {}), "calls_per_minute": None})
        described = self.description.model_copy(update={"limits": limited})
        registry = connect(
            {described.code: described},
            {described.code: access or self.access},
            self.session,
            self.clock,
            self.entropy,
            MemoryQuotas(),
            through=partial(self._wire, **wire),
            asserter=asserter or self.asserter,
        )
        return registry.connected[described.code]

    def _wire(self, wire: Wire, kind: type[Watched] | None = None, **more: Any) -> Wire:
        return rewired(wire, kind or self.kind, tape=self.tape, **more, **({} if kind else self.more))

    async def ask(self, check: str, noun: str, person: int | Identity, **how: Any) -> Answer[Any]:
        """Puts one question, about a person given by number or otherwise. Raises PlatformTrouble and NotRecorded."""
        who = self.persons[person] if isinstance(person, int) else person
        self.tape.question, self.tape.noun = f"{check}/{person if isinstance(person, int) else 'nobody'}", noun
        before = len(self.tape.takes)
        platform = self.platform(**how)
        try:
            put = platform.cases if noun == "cases" else platform.licences
            return await put(who, vouched=self._vouched(who))
        finally:
            await self._rest(len(self.tape.takes) - before)

    def _vouched(self, who: Identity) -> Vouched:
        """No more than the platform says that it wants: with less it is never asked, so that this must do."""
        least, account = self.description.person.least_level, who.number if self.description.by_account else ""
        return Vouched(Assurance(least) if least else None, account=account)

    async def _rest(self, calls: int) -> None:
        """Waits as long as so many calls take by the pace that the platform allows."""
        pace = self.description.limits.calls_per_minute
        if pace and not self.is_replay:
            await asyncio.sleep(calls * 60 / pace)

    async def everything(self) -> dict[tuple[str, int], Answer[Any]]:
        """The answer for each noun and person; each is asked once. Why others have none stands in `troubles`."""
        for noun, person in self.questions():
            if (noun, person) not in self.seen and (noun, person) not in self.troubles:
                try:
                    self.seen[noun, person] = await self.ask("happy", noun, person)
                except (PlatformTrouble, NotRecorded) as trouble:
                    self.troubles[noun, person] = trouble
        return self.seen

    def questions(self) -> list[tuple[str, int]]:
        """Each noun with the number of each person that the platform can be asked about."""
        known = self.description.person.types
        return [(noun, n) for noun in self.nouns for n, who in enumerate(self.persons) if who.type in known]

    async def richest(self, noun: str) -> tuple[int, Answer[Any]]:
        """The number of the person who has most rows, and what they are. Ends the check if nobody has any."""
        held = [(len(answer.observations), -n) for (one, n), answer in (await self.everything()).items() if one == noun]
        most, person = max(held, default=(0, 0))
        if not most:
            raise skipped(f"needs a test person who holds {noun}: --person 111:NUMBER")
        return -person, self.seen[noun, -person]

    async def document(self, noun: str, answer: Response) -> Any:
        """What an answer is to its dialect: a document of JSON or an element, or None where it says that there is nothing.

        Raises PlatformTrouble.
        """
        connection, operation = self.description.connection, self.description.operations.declared[noun]
        session, entropy = self.session, self.entropy
        wire = Fixed(session, "http://nowhere", {}, self.clock, entropy, len(answer.body), NOBODY, given=answer)
        plain = connection.model_copy(update={"authentication": NO_AUTHENTICATION})
        found = await DIALECTS[connection.dialect](plain, operation, wire)({**BLANK, "{page.cursor}": None})
        return None if found is NOTHING else found

    async def documents(self, noun: str, check: str = "happy") -> list[tuple[Take, Any]]:
        """Each answer to a check, and what it is to its dialect. Those that cannot be read or hold nothing are left out."""
        found: list[tuple[Take, Any]] = []
        for take in self.tape.of(noun, check):
            with suppress(PlatformTrouble):
                if (document := await self.document(noun, take.answer)) is not None:
                    found.append((take, document))
        return found

    async def rows(self, noun: str, check: str = "happy") -> list[Any]:
        """All rows that the answers to a check held, as the platform writes them. Answers that cannot be read have none."""
        return [row for _, document in await self.documents(noun, check) for row in self.rows_in(noun, document)]

    def rows_in(self, noun: str, document: Any) -> list[Any]:
        """The rows of one document; none where something else stands in their place."""
        with suppress(Drifted):
            (listed,) = reader(self.description.language, [], [self.description.operations.declared[noun].rows])(
                document
            )
            return rows_of(listed, noun)
        return []
