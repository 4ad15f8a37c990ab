"""JSON over HTTP POST: numbered pages, a word of success in the answer, signed events pushed to us."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp

from domain.identity import BadIdentity, Identity, identity
from domain.knowledge import CaseObservation
from domain.licence import LicenceObservation
from domain.source import Terms
from domain.times import Micros
from integrations.description import Description, Operation
from integrations.guard import Guard
from integrations.http import post_json
from integrations.mapping import case_mapper, licence_mapper, path, stamp, text
from integrations.port import Answer, Drifted, Envelope, NotParsable, PlatformEvent, Refused
from integrations.signature import verify

T = TypeVar("T")
LONGEST_EVENT_ID = 128


class RestPlatform:
    """A platform of this dialect, as its description says. Satisfies integrations.port.Platform."""

    def __init__(
        self,
        description: Description,
        address: str,
        secrets: Mapping[str, str],
        event_secrets: Sequence[str],
        session: aiohttp.ClientSession,
        clock: Callable[[], Micros],
    ) -> None:
        authentication = description.connection.authentication
        self.description = description
        self._address = address.rstrip("/")
        self._headers = {authentication.header: secrets[authentication.secret.setting]}
        self._event_secrets = event_secrets
        self._session = session
        self._clock = clock
        self._guard = Guard(description.limits.timeout_s, description.limits.concurrency)
        self._case = case_mapper(description.cases, description.utc_offset)
        self._licence = licence_mapper(description.licences, description.utc_offset)

    @property
    def code(self) -> str:
        return self.description.code

    @property
    def terms(self) -> Terms:
        return self.description.limits.terms

    @property
    def timeout_s(self) -> float:
        return self.description.limits.timeout_s

    @property
    def poll_every(self) -> Micros | None:
        return self.description.limits.poll_every

    def knows(self, identity: Identity) -> bool:
        return identity.type in self.description.person.types

    async def cases(self, identity: Identity) -> Answer[CaseObservation]:
        sent = self._clock()
        rows, truncated = await self._ask(self.description.operations.cases, identity)
        return _answer((self._case(row, sent, True) for row in rows), lambda item: item.facts.number, sent, truncated)

    async def licences(self, identity: Identity) -> Answer[LicenceObservation]:
        sent = self._clock()
        rows, truncated = await self._ask(self.description.operations.licences, identity)
        return _answer((self._licence(row, sent) for row in rows), lambda item: item.licence.number, sent, truncated)

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        signed_at = verify(self.description.events.signature, envelope, self._event_secrets)
        return self.read_event(envelope.body, envelope.received, envelope.received - signed_at)

    def read_event(self, body: bytes, received: Micros, lag: Micros = 0) -> PlatformEvent:
        data = _parsed(body, NotParsable)
        event_id = ""
        try:
            event_id = _event_id(data, self.description.events.id)
            return self._event(data, event_id, received, lag)
        except (Drifted, BadIdentity) as error:
            return PlatformEvent(event_id, received, problem=str(error))

    def _event(self, data: Any, event_id: str, received: Micros, lag: Micros) -> PlatformEvent:
        form = self.description.events
        happened = stamp(form.happened, self.description.utc_offset)(data)
        case, licence = path(form.cases)(data), path(form.licences)(data)
        if happened is None or (case is None and licence is None):
            raise Drifted(f"{form.happened} or both of {form.cases} and {form.licences} are missing")
        # A stamp of second precision may mean any instant of that second; taken as its last, and by our clock, it cannot
        # lose against a question that was sent before it and did not see it yet.
        dated = min(happened.latest + lag, received)
        return PlatformEvent(
            event_id=event_id,
            happened=dated,
            identity=identity(text(form.identity_type)(data), text(form.identity_number)(data)),
            cases=() if case is None else (self._case(case, dated, False),),
            licences=() if licence is None else (self._licence(licence, dated),),
        )

    async def _ask(self, operation: Operation, identity: Identity) -> tuple[list[Any], bool]:
        """All rows, page by page under one time limit; and whether there were more than the bounded paging takes."""
        async with self._guard.call():
            limits = self.description.limits
            rows, promised = await self._page(operation, identity, 1)
            whole = True
            for number in range(2, limits.pages + 1):
                if len(rows) >= promised:
                    break
                page, total = await self._page(operation, identity, number)
                rows += page
                # A list that grew or shrank between two pages may have moved a row past us.
                whole = whole and total == promised and bool(page)
            return rows, not whole or len(rows) < promised

    async def _page(self, operation: Operation, identity: Identity, number: int) -> tuple[list[Any], int]:
        values: dict[str, Any] = {
            "{identity.type}": identity.type.value,
            "{identity.number}": identity.number,
            "{page.number}": number,
            "{page.size}": self.description.limits.page_size,
        }
        body = {name: values.get(form, form) for name, form in operation.body.items()}
        most = self.description.limits.answer_bytes
        raw = await post_json(self._session, self._address + operation.path, self._headers, body, most)
        return _rows_of(operation, _parsed(raw, Drifted))


def _answer(observed: Iterable[T], number: Callable[[T], str], sent: Micros, truncated: bool) -> Answer[T]:
    """An answer that names something twice moved while it was paged: then something else may have slipped past us."""
    listed = list(observed)
    distinct = {number(item): item for item in listed}
    return Answer(tuple(distinct.values()), sent, truncated or len(distinct) < len(listed))


def _event_id(data: Any, at: str) -> str:
    named = text(at, required=True)(data)
    if not (named.isascii() and named.isprintable() and len(named) <= LONGEST_EVENT_ID):
        raise Drifted(f"{at} is not an id of at most {LONGEST_EVENT_ID} characters")
    return named


def _rows_of(operation: Operation, answer: Any) -> tuple[list[Any], int]:
    word = text(operation.success.at, required=True)(answer)
    if word != operation.success.equals:
        raise Refused(f"{operation.success.at} is not {operation.success.equals}")
    rows, total = path(operation.rows)(answer), path(operation.total)(answer)
    if not isinstance(rows, list):
        raise Drifted(f"{operation.rows} is not a list")
    try:
        return rows, max(0, int(total))
    except (TypeError, ValueError, OverflowError):
        raise Drifted(f"{operation.total} is not a number") from None


def _parsed(raw: bytes, otherwise: type[Exception]) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise otherwise("not JSON") from None
