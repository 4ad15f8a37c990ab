"""Taking observations in, one claim at a time: what the properties say in general, in the cases people ask about."""

from dataclasses import replace

import pytest

from domain.event import EventKind, Outcome, Stage
from domain.knowledge import CaseObservation, Facts
from domain.licence import Licence, LicenceObservation, LicenceState
from domain.merge import merge_cases, merge_licences, news_of
from domain.source import Contact
from domain.times import HOUR
from domain.transition import BASELINE_AGE, Category, Transition
from tests.doubles.index import MemoryIndex
from tests.doubles.knowledge import NOW, PLATFORM, Said, case_id, licence_id, row

FACTS = Facts("C1", "licence")
CASE = case_id("C1")

ACCEPTED = row(1, EventKind.ACCEPTED, 0)
STEP = row(2, EventKind.STEP_TAKEN, 1)
GRANTED = row(3, EventKind.GRANTED, 2)
ANNULLED = row(4, EventKind.ANNULLED, 3)
AGAIN = row(5, EventKind.GRANTED, 4)


def listed(at: int, *rows, facts: Facts = FACTS) -> Said:
    return Said(NOW - at * HOUR, (("C1", facts, rows),), listed=True)


def nothing(at: int) -> Said:
    return Said(NOW - at * HOUR, (), listed=True)


def event(at: int, *rows, facts: Facts = FACTS) -> Said:
    return Said(NOW - at * HOUR, (("C1", facts, rows),), listed=False)


def told(*said: Said) -> MemoryIndex:
    index = MemoryIndex()
    for item in said:
        index.hear(item)
    return index


def news(index: MemoryIndex) -> set[tuple[EventKind, str]]:
    """Kind and cause of what was told of C1, each told once."""
    found = {(item.kind, item.cause) for item in index.told}
    assert len(found) == len(index.told)
    return found


def test_an_old_answer_after_an_event_undoes_nothing():
    """An answer asked for before an event, and late to arrive, takes neither the event nor the facts back."""
    changed = replace(FACTS, unit="north")
    index = told(listed(9, ACCEPTED), event(5, GRANTED, facts=changed), listed(6, ACCEPTED))
    seen = index.visible()["C1"]
    assert seen is not None
    assert (seen.facts, seen.events, seen.standing.outcome) == (changed, (ACCEPTED, GRANTED), Outcome.GRANTED)


def test_an_answer_between_keeps_what_an_event_said_again():
    """An event that says nothing new still dates what it says: an answer from before it cannot retire that."""
    index = told(listed(9, ACCEPTED, STEP), event(5, STEP), listed(7, ACCEPTED))
    seen = index.visible()["C1"]
    assert seen is not None and seen.events == (ACCEPTED, STEP)


def test_a_missing_case_is_retired_and_holds_again_when_heard_of():
    """Retired by the later full answer, kept, and back with all its rows when any later word speaks of it."""
    index = told(listed(9, ACCEPTED), nothing(8))
    assert index.visible() == {"C1": None}
    assert index.kept[CASE].known.live() == (ACCEPTED,)
    index.hear(event(7, STEP))
    seen = index.visible()["C1"]
    assert seen is not None and seen.events == (ACCEPTED, STEP)


def test_a_case_first_heard_of_in_an_answer_that_a_later_one_denies_is_retired_at_once():
    """The later full answer is known already; the row is kept, and never seen."""
    assert told(nothing(5), listed(6, ACCEPTED)).visible() == {"C1": None}


def test_the_same_answer_again_dates_what_it_says():
    """Nothing is written for it, and yet an event dated before it can bring nothing that it did not have."""
    index = told(listed(9, ACCEPTED), listed(5, ACCEPTED), event(7, STEP))
    seen = index.visible()["C1"]
    assert seen is not None and seen.events == (ACCEPTED,)


def test_an_answer_that_a_newer_event_outdates_is_not_taken_as_the_last_word():
    """The same answer after it must be read: it may take back what the event said."""
    index = told(event(5, GRANTED), listed(6, ACCEPTED), listed(4, ACCEPTED))
    seen = index.visible()["C1"]
    assert seen is not None and seen.events == (ACCEPTED,)


def test_a_truncated_answer_retires_nothing():
    """A case that it does not hold may stand on the page that was not read."""
    index = told(listed(9, ACCEPTED), replace(nothing(8), truncated=True))
    assert index.visible()["C1"] is not None


def test_a_result_that_vanishes_is_a_reopening():
    """The platform gives no row for it; the case is open again and that is told, caused by the row that went."""
    index = told(listed(9, ACCEPTED, STEP), listed(8, ACCEPTED, STEP, GRANTED), listed(7, ACCEPTED, STEP))
    seen = index.visible()["C1"]
    assert seen is not None and seen.standing.stage is Stage.APPROVAL and seen.standing.outcome is None
    assert news(index) == {(EventKind.GRANTED, "R:3"), (EventKind.REOPENED, "R:3")}


def test_a_result_that_comes_back_is_not_told_again():
    """Its transition key was used, whatever hour the platform gives it now."""
    index = told(listed(9, ACCEPTED, GRANTED), listed(8, ACCEPTED), listed(7, ACCEPTED, GRANTED))
    before = list(index.told)
    index.hear(listed(6, ACCEPTED))
    index.hear(listed(5, ACCEPTED, row(3, EventKind.GRANTED, 7)))
    assert index.told == before


def test_annulment_and_granting_again_are_told_each():
    """A row of its own, a transition of its own."""
    index = told(
        listed(9, ACCEPTED, GRANTED),
        listed(8, ACCEPTED, GRANTED, ANNULLED),
        listed(7, ACCEPTED, GRANTED, ANNULLED, AGAIN),
    )
    assert news(index) == {(EventKind.ANNULLED, "R:4"), (EventKind.GRANTED, "R:5")}
    seen = index.visible()["C1"]
    assert seen is not None and seen.standing.outcome is Outcome.GRANTED


def test_the_first_answer_is_a_baseline():
    """However much it brings, nobody is notified; what comes after it is news."""
    index = told(listed(9, ACCEPTED, STEP, GRANTED))
    assert index.told == []
    index.hear(listed(8, ACCEPTED, STEP, GRANTED, ANNULLED))
    assert news(index) == {(EventKind.ANNULLED, "R:4")}


def test_the_first_answer_about_a_case_that_only_events_spoke_of_is_a_baseline():
    """It brings what happened before them."""
    index = told(event(9, STEP), listed(8, ACCEPTED, STEP))
    assert news(index) == {(EventKind.STEP_TAKEN, "R:2")}


def test_what_follows_an_answer_that_only_repeated_an_event_is_news():
    """That answer was the baseline, though it changed nothing to be seen."""
    index = told(event(9, STEP), listed(8, STEP), listed(7, STEP, GRANTED))
    assert news(index) == {(EventKind.STEP_TAKEN, "R:2"), (EventKind.GRANTED, "R:3")}


@pytest.mark.parametrize(("age", "told_"), [(BASELINE_AGE - 1, 1), (BASELINE_AGE, 0), (BASELINE_AGE + 1, 0)])
def test_a_case_first_heard_of_by_an_event_is_news_for_72_hours(age: int, told_: int):
    """And then of its newest row only; from 72 hours on it is a baseline."""
    observation = CaseObservation(FACTS, (ACCEPTED, STEP), NOW - age, full=False)
    (change,) = merge_cases({}, PLATFORM, [observation], mint=case_id, full_at=0, whole=None, received=NOW)
    found = news_of(change, NOW - age, NOW)
    assert [item.kind for item in found] == [EventKind.STEP_TAKEN] * told_


def test_a_retired_case_is_no_news():
    """Neither when it goes nor when an old word about it arrives."""
    index = told(listed(9, ACCEPTED), nothing(7))
    index.hear(event(8, GRANTED))
    assert index.told == []


def test_what_only_says_the_same_does_not_move_a_case_up_its_list():
    """Its place depends on what happened, not on when we heard it last."""
    observation = CaseObservation(FACTS, (), NOW - 9, full=True)
    (first,) = merge_cases({}, PLATFORM, [observation], mint=case_id, full_at=0, whole=NOW - 9, received=NOW)
    again = replace(observation, dated=NOW - 5, full=False)
    (second,) = merge_cases(
        {CASE: first.after}, PLATFORM, [again], mint=case_id, full_at=NOW - 9, whole=None, received=NOW + HOUR
    )
    assert second.after.updated == first.after.updated == NOW


def test_a_platforms_clock_sorts_first_only_until_receipt():
    """`updated` is the newest live event's time, clamped to receipt and to 1970: a cursor must hold it."""
    ahead = CaseObservation(FACTS, (row(1, EventKind.ACCEPTED, 10**6),), NOW, full=True)
    before_1970 = CaseObservation(FACTS, (row(1, EventKind.ACCEPTED, -(10**6)),), NOW, full=True)
    for observation, updated in ((ahead, NOW), (before_1970, 0)):
        (change,) = merge_cases({}, PLATFORM, [observation], mint=case_id, full_at=0, whole=NOW, received=NOW)
        assert change.after.updated == updated


def test_licences_keep_the_date_of_an_event_that_said_the_same():
    """So that a list from before it, arriving late, cannot retire the licence."""
    licence = Licence("L1", "", LicenceState.VALID)
    kept, full_at = {}, 0
    for at, whole, seen in ((1, 1, [licence]), (5, None, [licence]), (3, 3, [])):
        observed = [LicenceObservation(item, at) for item in seen]
        changes = merge_licences(kept, PLATFORM, observed, mint=licence_id, full_at=full_at, whole=whole, received=NOW)
        kept |= {change.after.id: change.after for change in changes}
        full_at = max(full_at, whole or 0)
    assert [item.retired for item in kept.values()] == [False]


def test_age_limits_of_each_category():
    """Older news goes to the inbox and not to the phone: 14 days for a demand, 7 for a result, 72 hours for progress."""
    limits = {
        EventKind.VISIT_DEMANDED: (Category.ACTION, 14 * 24),
        EventKind.GRANTED: (Category.RESULT, 7 * 24),
        EventKind.STEP_TAKEN: (Category.PROGRESS, 72),
    }
    for kind, (category, hours) in limits.items():
        transition = Transition(CASE, kind, "R:1", NOW)
        assert (transition.category, transition.push_until()) == (category, NOW + hours * HOUR)


def test_a_blank_contact_has_no_full_answer():
    """The first answer's horizon is its own date."""
    assert Contact(PLATFORM).full_at == 0
