"""The kept form of domain values: what is sealed is what was known, exactly."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.event import Event, EventKind, Procedure
from domain.knowledge import CaseObservation, Facts, Knowledge, knowledge_of, learn
from domain.licence import Licence, LicenceState
from domain.limit import Limit, LimitUnit
from store.codec import knowledge_from_json, knowledge_to_json, licence_from_json, licence_to_json
from tests.doubles.knowledge import Said, histories

TEXT = st.text(max_size=8)
LIMITS = st.none() | st.builds(Limit, st.integers(0, 2**62), st.sampled_from(LimitUnit), TEXT)
FACTS = st.builds(
    Facts,
    *(TEXT, TEXT, TEXT),
    unit=TEXT,
    promised=st.none() | st.dates(),
    promised_limit=LIMITS,
    statutory_limit=LIMITS,
)
LICENCES = st.builds(
    Licence,
    TEXT,
    TEXT,
    st.sampled_from(LicenceState),
    issued=st.none() | st.dates(),
    updated=st.integers(-(2**62), 2**62),
)


@given(histories(most=3), FACTS)
@settings(max_examples=30, deadline=None)
def test_knowledge_comes_back_as_it_was(history: tuple[list[Said], list[Said]], facts: Facts):
    """Every register with its date, offsets of times included, through JSON."""
    known: Knowledge | None = None
    for said in history[0]:
        for observation in said.observations:
            known = knowledge_of(observation) if known is None else learn(known, observation)
    if known is not None:
        known = Knowledge(type(known.facts)(facts, known.facts.dated), known.events, known.full_at)
        back = knowledge_from_json(json.loads(json.dumps(knowledge_to_json(known))))
        assert back == known
        assert [repr(event) for event in back.live()] == [repr(event) for event in known.live()]


@pytest.mark.parametrize("procedure", [None, *Procedure])
def test_an_event_keeps_its_procedure(procedure: Procedure | None):
    """And one without has none."""
    event = Event("k", "r", EventKind.SUSPENDED, datetime(2026, 3, 1, tzinfo=UTC), procedure=procedure)
    known = knowledge_of(CaseObservation(Facts("N", "t"), (event,), 7, True))
    assert knowledge_from_json(json.loads(json.dumps(knowledge_to_json(known)))) == known


def test_what_was_kept_before_limits_were_known_of_opens():
    """A row as version 0.1 wrote it before: its facts have no limits, its events no procedure."""
    names = ("applicant", "basic_code", "implementation_code", "handling_code", "unit", "hotline", "channel")
    row = {
        "facts": {"number": "N", "title": "t", **dict.fromkeys(names, ""), "promised": "2026-03-09"},
        "facts_dated": 7,
        "events": [["k", "r", "suspended", "2026-03-01T00:00:00+00:00", "", "", "", 7]],
        "full_at": 7,
    }
    event = Event("k", "r", EventKind.SUSPENDED, datetime(2026, 3, 1, tzinfo=UTC))
    expected = knowledge_of(CaseObservation(Facts("N", "t", promised=date(2026, 3, 9)), (event,), 7, True))
    assert knowledge_from_json(row) == expected


@given(LICENCES)
@settings(max_examples=30, deadline=None)
def test_a_licence_comes_back_as_it_was(licence: Licence):
    """Days, state and all, through JSON."""
    assert licence_from_json(json.loads(json.dumps(licence_to_json(licence)))) == licence
