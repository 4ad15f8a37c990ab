"""A description in plain words, as `tongban platform show` prints it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.cells import cell_len, set_cell_size

from app.settings import variable
from domain.event import Event, EventKind
from domain.standing import standing_of
from integrations.description import Description
from integrations.form.connection import Assertion
from integrations.form.mappings import CaseMapping, Choice, EventRule, LicenceStates

WIDE = 36
"""Columns of a terminal for a word of the platform's; a Chinese character takes two."""


def page_of(description: Description, connected: bool) -> list[str]:
    """The lines of the page of one description. `connected`: whether the settings give access to it."""
    cases = ["", *_statuses(description.cases)] if description.cases else []
    licences = ["", *_states(description.licences.state)] if description.licences else []
    return [*_head(description, connected), *cases, *licences]


def _head(description: Description, connected: bool) -> Iterator[str]:
    limits, connection = description.limits, description.connection
    yield f"{description.code}  {description.name.zh_hans} / {description.name.en}"
    yield f"  {description.level}, division {description.division or 'none'}, hotline {description.hotline}"
    if contact := description.contact:
        yield f"  when it is down: {', '.join(said for said in (contact.office, contact.phone, contact.email) if said)}"
    yield f"  speaks {connection.dialect}; authentication: {connection.authentication.kind}"
    least = f", at level {description.person.least_level} or higher" if description.person.least_level else ""
    yield f"  knows a person by: {description.person.how}, kinds {', '.join(description.person.types)}{least}"
    yield (
        f"  limits: {limits.timeout_s:g} s a question, {limits.concurrency} at once, "
        f"{limits.calls_per_minute or 'any number of'} calls a minute, {limits.pages} pages of {limits.page_size}, "
        f"{limits.answer_bytes} bytes an answer"
    )
    yield f"  an answer is good for {limits.max_age_s:g} s, one without rows for {limits.absence_s:g} s"
    yield f"  changes: {_changes(description)}"
    yield f"  times: {', '.join(description.times) or 'the forms of GB/T 39046'}, at {description.offset} where none is named"
    yield f"  {'connected' if connected else 'not connected'}; its settings:"
    yield from (f"    {name}" for name in _settings(description))


def _changes(description: Description) -> str:
    events, poll_s = description.events, description.limits.poll_s
    pushed = [f"pushed, signed with {events.signature.scheme}"] if events else []
    return "; ".join([*pushed, *([f"polled every {poll_s:g} s"] if poll_s else [])])


def _settings(description: Description) -> Iterator[str]:
    at = ["platforms", description.code]
    yield variable([*at, "address"])
    for name in description.secrets:
        yield variable([*at, "secrets", name])
    if description.events:
        yield variable([*at, "event_secrets"])
    if isinstance(description.person, Assertion):
        yield from (variable(["assertion_keys"]), variable(["assertion_issuer"]))


def _statuses(cases: CaseMapping) -> Iterator[str]:
    """Each of the platform's words for what happens to a case, and where a case stands on which it happened last."""
    yield "What it says of a case, and what that means (stage, outcome, what the citizen does next):"
    for rule in cases.events:
        for word, kind in _words(rule):
            yield f"  {set_cell_size(word, max(WIDE, cell_len(word)))} {kind:20} {_meaning(kind)}"


def _words(rule: EventRule) -> Iterator[tuple[str, EventKind]]:
    place = "" if rule.rows in "@." else f"{rule.rows}."
    if not isinstance(rule.kind, Choice):
        yield f"{place}{rule.at}" + "".join(f", {one.field} {one.equals}" for one in rule.when), rule.kind
        return
    for word, kind in rule.kind.table.items():
        yield f"{place}{rule.kind.by} {word}", kind
    if rule.kind.otherwise:
        yield f"{place}{rule.kind.by}, any other", rule.kind.otherwise


def _meaning(kind: EventKind) -> str:
    standing = standing_of([Event(kind, kind, kind, datetime.fromtimestamp(0, UTC))])
    outcome = f" {standing.outcome}" if standing.outcome else ""
    suspended = " suspended" if standing.suspended else ""
    return f"{standing.stage.name.lower()}{outcome}{suspended}, {standing.next_action}"


def _states(state: LicenceStates) -> Iterator[str]:
    yield "What it says of a licence:"
    for word, meaning in state.table.items():
        yield f"  {set_cell_size(f'{state.by} {word}', WIDE)} {meaning}"
