"""Events that a platform pushes: verified, parsed and read as its description says."""

from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import Counter

from domain.caller import LONGEST_ACCOUNT
from domain.identity import BadIdentity, identity
from domain.times import Micros
from integrations.form.events import EventForm
from integrations.form.times import Times
from integrations.mapping.cases import ObserveCase
from integrations.mapping.language import Language, Unreadable, reader
from integrations.mapping.licences import ObserveLicence
from integrations.mapping.values import number_of, rows_of, stamp_of, text_of, word_of
from integrations.port import Drifted, Envelope, NotParsable, Numbered, PlatformEvent
from integrations.signature import verify

LONGEST_ID = 128

# Apart from drift: of the answers to questions it says nothing, and the platform is as well as they are.
UNNUMBERED = Counter("tongban_events_unnumbered_total", "Events whose number in their series is none", ["platform"])


class EventReader:
    """Reads the events of one platform. `case` and `licence` read the rows in them; None of a noun that it does not have.

    `unnumbered` counts an event whose number in its series is none.
    """

    def __init__(
        self,
        form: EventForm,
        language: Language,
        times: Times,
        case: ObserveCase | None,
        licence: ObserveLicence | None,
        unnumbered: Callable[[], None],
    ) -> None:
        self._unnumbered = unnumbered
        self._form, self._language, self._times = form, language, times
        self._case, self._licence = case, licence
        self._id = reader(language, [form.id])
        head = [form.happened, form.identity_type, form.identity_number, form.account]
        self._rest = reader(language, head)
        self._case_rows, self._licence_rows = _rows_reader(language, form.cases), _rows_reader(language, form.licences)
        self._place = reader(language, [form.series.number, form.series.within]) if form.series else None

    def open(self, envelope: Envelope, secrets: Sequence[str]) -> PlatformEvent:
        """Verifies and reads an event. Raises EventRefused."""
        signed_at = verify(self._form.signature, envelope, secrets)
        return self.read(envelope.body, envelope.received, envelope.received - signed_at)

    def read(self, body: bytes, received: Micros, lag: Micros) -> PlatformEvent:
        """Reads an event; what cannot be read has a problem. Raises NotParsable for another kind of document."""
        try:
            document = self._language.document(body)
        except Unreadable as error:
            raise NotParsable(str(error)) from None
        event_id = ""
        try:
            event_id = self._id_of(document)
            return self._event(document, event_id, received, lag)
        except (Drifted, BadIdentity) as error:
            return PlatformEvent(event_id, received, problem=str(error))

    def _event(self, document: Any, event_id: str, received: Micros, lag: Micros) -> PlatformEvent:
        form = self._form
        at, *who = self._rest(document)
        happened = stamp_of(at, form.happened, self._times)
        cases, licences = self._case_rows(document), self._licence_rows(document)
        if happened is None or not (cases or licences):
            rows = " and ".join(place for place in (form.cases, form.licences) if place)
            raise Drifted(f"{form.happened} or all of {rows} is missing")
        # A stamp of second precision may mean any instant of that second; taken as its last, and by our clock, it cannot
        # lose against a question that was sent before it and did not see it yet.
        dated = min(happened.latest + lag, received)
        return PlatformEvent(
            event_id=event_id,
            happened=dated,
            **self._about(*who),
            cases=tuple(self._case(row, dated, False) for row in cases) if self._case else (),
            licences=tuple(self._licence(row, dated) for row in licences) if self._licence else (),
            numbered=self._numbered(document),
        )

    def _about(self, kind: Any, number: Any, account: Any) -> dict[str, Any]:
        """Whom it is about, as the platform knows people. Raises Drifted and BadIdentity."""
        form = self._form
        if form.account is None:
            return {"identity": identity(text_of(kind, form.identity_type), text_of(number, form.identity_number))}
        if len(named := word_of(account, form.account)) > LONGEST_ACCOUNT:
            raise Drifted(f"{form.account} is not an account of at most {LONGEST_ACCOUNT} characters")
        return {"account": named}

    def _numbered(self, document: Any) -> Numbered | None:
        """Its place in its series; None where it says none, or none that can be read. An event is no worse without."""
        series = self._form.series
        if series is None or self._place is None:
            return None
        try:
            number, within = self._place(document)
            said, named = text_of(number, series.number), text_of(within, series.within)
            return Numbered(number_of(said, series.number), named) if said and (named or not series.within) else None
        except Drifted:
            self._unnumbered()
            return None

    def _id_of(self, document: Any) -> str:
        (value,) = self._id(document)
        named = word_of(value, self._form.id)
        if not (named.isascii() and named.isprintable() and len(named) <= LONGEST_ID):
            raise Drifted(f"{self._form.id} is not an id of at most {LONGEST_ID} characters")
        return named


def _rows_reader(language: Language, place: str | None) -> Callable[[Any], list[Any]]:
    """A function that gives the rows at a place of an event; none where no place is declared."""
    if place is None:
        return lambda document: []
    read = reader(language, [], [place])
    return lambda document: rows_of(read(document)[0], place)
