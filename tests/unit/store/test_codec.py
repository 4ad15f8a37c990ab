"""The kept form of domain values: what is sealed is what was known, exactly."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.knowledge import Facts, Knowledge, knowledge_of, learn
from domain.licence import Licence, LicenceState
from store.codec import knowledge_from_json, knowledge_to_json, licence_from_json, licence_to_json
from tests.doubles.knowledge import Said, histories

TEXT = st.text(max_size=8)
FACTS = st.builds(Facts, TEXT, TEXT, TEXT, unit=TEXT, promised=st.none() | st.dates())
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


@given(LICENCES)
@settings(max_examples=30, deadline=None)
def test_a_licence_comes_back_as_it_was(licence: Licence):
    """Days, state and all, through JSON."""
    assert licence_from_json(json.loads(json.dumps(licence_to_json(licence)))) == licence
