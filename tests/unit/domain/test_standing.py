"""Where a case stands: a total function of its events, and the stage rule of the national exchange."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.event import OUTCOME_OF, RECEPTION_KINDS, UNDOING, Event, EventKind, Outcome, Stage
from domain.standing import NextAction, standing_of
from domain.transition import CATEGORY_OF
from tests.doubles.knowledge import row


def case(*kinds: EventKind | tuple[EventKind, int]) -> list[Event]:
    """Events one hour apart; a pair names its row."""
    named = [kind if isinstance(kind, tuple) else (kind, place) for place, kind in enumerate(kinds)]
    return [row(place, kind, hour) for hour, (kind, place) in enumerate(named)]


@given(st.lists(st.tuples(st.sampled_from(EventKind), st.integers(1, 3)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_every_sequence_has_one_standing(named: list[tuple[EventKind, int]]):
    """Whatever happened in whatever order: an outcome exactly at completion, and nothing asked of a citizen after it."""
    standing = standing_of(case(*named))
    assert (standing.outcome is None) == (standing.stage is not Stage.COMPLETION)
    if standing.stage is Stage.COMPLETION:
        assert standing.asks == () and not standing.suspended
        assert standing.next_action in (NextAction.COLLECT, NextAction.NOTHING)
    asked = {ask.action for ask in standing.asks}
    assert standing.stage is Stage.COMPLETION or standing.next_action in (asked or {NextAction.WAIT})


@given(st.lists(st.sampled_from(EventKind), max_size=8))
@settings(max_examples=100, deadline=None)
def test_the_stage_rule(kinds: list[EventKind]):
    """A result that holds is completion; else anything handled is approval; else it is reception."""
    undone = max((place for place, kind in enumerate(kinds) if kind in UNDOING), default=-1)
    if any(kind in OUTCOME_OF for kind in kinds[undone + 1 :]):
        expected = Stage.COMPLETION
    elif any(kind not in RECEPTION_KINDS for kind in kinds):
        expected = Stage.APPROVAL
    else:
        expected = Stage.RECEPTION
    assert standing_of(case(*kinds)).stage is expected


@pytest.mark.parametrize(("kind", "outcome"), OUTCOME_OF.items())
def test_each_result_has_its_outcome(kind: EventKind, outcome: Outcome):
    """Granted, refused, withdrawn, lapsed."""
    assert standing_of(case(EventKind.ACCEPTED, kind)).outcome is outcome


@pytest.mark.parametrize("undoing", sorted(UNDOING))
def test_annulled_or_reopened_is_approval_again_until_a_new_result(undoing: EventKind):
    """Earlier results no longer count; a later one does."""
    events = [EventKind.ACCEPTED, EventKind.GRANTED, undoing]
    assert standing_of(case(*events)).stage is Stage.APPROVAL
    assert standing_of(case(*events, EventKind.REFUSED)).outcome is Outcome.REFUSED


def test_what_was_collected_before_an_annulment_leaves_the_new_result_to_collect():
    """Granted again, there is something to collect again."""
    events = [EventKind.GRANTED, EventKind.COLLECTED, EventKind.ANNULLED, EventKind.GRANTED]
    assert standing_of(case(*events)).next_action is NextAction.COLLECT
    assert standing_of(case(*events, EventKind.COLLECTED)).next_action is NextAction.NOTHING


@pytest.mark.parametrize("kind", [EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.LAPSED])
def test_nothing_is_collected_of_what_was_not_granted(kind: EventKind):
    """Nothing is left to do."""
    assert standing_of(case(kind)).next_action is NextAction.NOTHING


@pytest.mark.parametrize(
    ("demand", "answer", "action"),
    [
        (EventKind.CORRECTION_DEMANDED, EventKind.CORRECTION_RECEIVED, NextAction.CORRECT),
        (EventKind.VISIT_DEMANDED, EventKind.STEP_TAKEN, NextAction.VISIT),
    ],
)
def test_a_demand_is_open_until_its_answer(demand: EventKind, answer: EventKind, action: NextAction):
    """Only an answer that comes after closes it; a new demand opens anew."""
    assert standing_of(case(answer, demand)).next_action is action
    assert standing_of(case(demand, answer)).next_action is NextAction.WAIT
    assert len(standing_of(case(demand, answer, demand)).asks) == 1


def test_a_material_is_answered_by_its_own_row():
    """Another material handed over leaves this one open."""
    demanded, own, other = EventKind.MATERIAL_DEMANDED, EventKind.MATERIAL_RECEIVED, EventKind.MATERIAL_RECEIVED
    assert standing_of(case((demanded, 1), (other, 2))).next_action is NextAction.SUPPLY_MATERIAL
    assert standing_of(case((demanded, 1), (own, 1))).next_action is NextAction.WAIT


def test_the_first_of_several_demands_is_the_next_action():
    """Correct before visit before supply; all three stay listed with text and date."""
    events = case(EventKind.MATERIAL_DEMANDED, EventKind.VISIT_DEMANDED, EventKind.CORRECTION_DEMANDED)
    standing = standing_of([replace(event, detail=event.key) for event in events])
    assert standing.next_action is NextAction.CORRECT
    assert [(ask.text, ask.since) for ask in standing.asks] == [(event.key, event.at) for event in events]


def test_a_demand_without_detail_is_worded_by_its_title():
    """The text is what the platform gave."""
    (demand,) = case(EventKind.VISIT_DEMANDED)
    assert standing_of([replace(demand, title="visit")]).asks[0].text == "visit"


def test_suspended_until_the_same_procedure_ends():
    """Beginning and end of a special procedure are paired by their row."""
    suspended, resumed = EventKind.SUSPENDED, EventKind.RESUMED
    assert standing_of(case((suspended, 1))).suspended
    assert not standing_of(case((suspended, 1), (resumed, 1))).suspended
    assert standing_of(case((suspended, 1), (resumed, 2))).suspended


def test_every_kind_is_news_but_what_the_citizen_did():
    """A kind added later must be put in a category or left out on purpose."""
    assert set(EventKind) - CATEGORY_OF.keys() == {EventKind.MATERIAL_RECEIVED, EventKind.VISIT_MADE}
