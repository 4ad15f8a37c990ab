"""Transitions: what is news between two states of a case, and the key by which it is told once."""

from uuid import uuid4

from hypothesis import given, settings

from domain.assurance import Assurance
from domain.caller import Caller, Grant, Ground, Locale, Party
from domain.delivery import purpose_key
from domain.event import OUTCOME_OF, UNDOING, EventKind
from domain.identity import Identity, IdentityType
from domain.notification import notification_of
from domain.standing import standing_of
from domain.times import micros
from domain.transition import CATEGORY_OF, Transition, first_transitions, transitions_between
from tests.doubles.knowledge import NOW, row, rows

CASE = uuid4()


def test_the_key_is_of_case_kind_and_cause_alone():
    """Not of when it was learned: so one transition is told once by whichever way it comes."""
    one = Transition(CASE, EventKind.GRANTED, "RESULT:1", 1)
    assert one.key == Transition(CASE, EventKind.GRANTED, "RESULT:1", 2).key
    others = [
        Transition(uuid4(), EventKind.GRANTED, "RESULT:1", 1),
        Transition(CASE, EventKind.REFUSED, "RESULT:1", 1),
        Transition(CASE, EventKind.GRANTED, "RESULT:2", 1),
    ]
    assert len({one.key, *(other.key for other in others)}) == 4


def test_the_notification_and_its_purpose_follow_from_the_key():
    """A second notification of one transition, or a second duty towards one phone, cannot be."""
    transition, device = Transition(CASE, EventKind.GRANTED, "RESULT:1", NOW), uuid4()
    one, two = notification_of(transition, NOW, {}), notification_of(transition, NOW + 1, {})
    assert one.id == two.id
    assert purpose_key(transition.key, "fcm", device) == purpose_key(transition.key, "fcm", device)
    assert purpose_key(transition.key, "fcm", device) != purpose_key(transition.key, "fcm", uuid4())


@given(rows(), rows())
@settings(max_examples=150, deadline=None)
def test_news_is_what_is_new_and_what_no_longer_holds(before, after):
    """Each new row of a kind that is told, dated no later than now; and, if nothing else says so, that the case is open again."""
    found = transitions_between(CASE, before, after, NOW)
    old, new = {event.key for event in before}, {event.key for event in after}
    told = [(item.kind, item.cause) for item in found]
    came = [(event.kind, event.row) for event in after if event.key not in old and event.kind in CATEGORY_OF]
    gone = [(EventKind.REOPENED, event.row) for event in before if event.kind in OUTCOME_OF and event.key not in new]
    said = standing_of(after).outcome or any(kind in UNDOING for kind, _ in came)
    assert told == (came if said else came + gone)
    assert [item.quiet for item in found] == [False] * len(came) + [True] * (len(found) - len(came))
    assert all(item.at <= NOW for item in found)


@given(rows())
@settings(max_examples=50, deadline=None)
def test_the_same_state_is_no_news(events):
    """Whatever else was learned."""
    assert transitions_between(CASE, events, events, NOW) == []


def test_a_corrected_result_is_told_as_it_now_is():
    """Not as a reopening: the case is closed, only otherwise."""
    granted, refused = row(1, EventKind.GRANTED, 1), row(1, EventKind.REFUSED, 1)
    found = transitions_between(CASE, (granted,), (refused,), NOW)
    assert [(item.kind, item.quiet) for item in found] == [(EventKind.REFUSED, False)]


def test_a_result_that_vanished_is_not_pushed():
    """It may be an answer that lags behind its platform's own event: the inbox says it, the phone does not ring."""
    (found,) = transitions_between(CASE, (row(1, EventKind.GRANTED, 1),), (), NOW)
    assert (found.kind, found.push_until() <= NOW) == (EventKind.REOPENED, True)


def test_an_event_from_the_future_is_told_as_of_now():
    """A platform's clock may be ahead; its age limit must not be longer for it."""
    ahead = row(1, EventKind.GRANTED, 10**6)
    assert micros(ahead.at) > NOW
    assert [item.at for item in transitions_between(CASE, (), (ahead,), NOW)] == [NOW]


def test_a_case_first_heard_of_by_an_event_tells_its_newest_row_only():
    """What led up to it is seen in the case."""
    events = (row(1, EventKind.ACCEPTED, 0), row(2, EventKind.STEP_TAKEN, 1))
    assert [item.cause for item in first_transitions(CASE, events, NOW, NOW)] == ["R:2"]
    assert first_transitions(CASE, (), NOW, NOW) == []


def test_the_grant_says_on_what_ground():
    """Own, or acting for an organisation; the party is the caller's and no other."""
    party = Party(uuid4(), "key", "name", Identity(IdentityType.RESIDENT, "number"))
    for acting, ground in ((False, Ground.OWN), (True, Ground.ACTING_FOR)):
        caller = Caller(party, "app", Assurance.HIGH, acting, Locale.EN, NOW, 0.0)
        assert caller.grant == Grant(party.id, ground)
        assert not any(secret in repr(caller) for secret in ("'key'", "'name'", "'number'"))
