"""Sources and `isComplete`: true only if every connected platform's word is still good."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.source import (
    Contact,
    Footprint,
    Reason,
    Rows,
    Sources,
    Terms,
    answered,
    is_fresh,
    is_wanted,
    scope_of,
    source_of,
    sources_of,
)
from domain.times import HOUR, MINUTE, SECOND

NOW = 1_790_000_000 * SECOND
TERMS = Terms(max_age=MINUTE, absence=HOUR)
GOOD = Contact("44", asked=NOW - SECOND, answered=NOW - SECOND, rows=2)


def judged(*contacts: Contact, waited=None, unconnected: int = 0, quiet: int = 0, others: int = 0) -> Sources:
    """A footprint of these contacts, of whose scope everyone was asked, and that has so many others in it."""
    scope = scope_of(dict.fromkeys([*(one.platform for one in contacts), *map(str, range(others))], TERMS))
    return sources_of(Footprint(contacts, quiet, scope.key), scope, unconnected, NOW, waited or {})


def test_every_platform_good_is_complete():
    """Rows are current, nobody is in trouble, and the answer's date is the question's."""
    sources = judged(GOOD)
    assert sources.is_complete
    (source,) = sources.shown
    assert (source.rows, source.reason, source.as_of, source.count) == (Rows.CURRENT, None, NOW - SECOND, 2)


def test_a_platform_heard_of_and_never_asked_is_not_complete_and_is_shown():
    """Absence of knowledge is not knowledge of absence."""
    sources = judged(GOOD, Contact("45"))
    assert not sources.is_complete
    assert [(item.platform, item.rows, item.reason, item.as_of) for item in sources.shown[1:]] == [
        ("45", Rows.NONE, Reason.NOT_ASKED, None)
    ]


@pytest.mark.parametrize("trouble", [reason for reason in Reason if reason is not Reason.NOT_ASKED])
def test_a_platform_whose_last_question_failed_is_not_complete(trouble: Reason):
    """Even if its word was good: its rows are stale then, and the reason is said."""
    sources = judged(replace(GOOD, trouble=trouble))
    assert not sources.is_complete
    assert (sources.shown[0].rows, sources.shown[0].reason) == (Rows.STALE, trouble)


def test_an_answer_cut_short_is_not_complete():
    """There was more than the bounded paging takes."""
    sources = judged(replace(GOOD, truncated=True))
    assert not sources.is_complete and sources.shown[0].truncated


@pytest.mark.parametrize(
    ("rows", "age", "complete"),
    [
        (1, MINUTE, True), (1, MINUTE + 1, False),
        (0, MINUTE + 1, True), (0, HOUR, True), (0, HOUR + 1, False),
    ],
)  # fmt: skip
def test_how_long_a_word_is_good(rows: int, age: int, complete: bool):
    """Rows for max-age; a proof that there are none for the absence time. To the microsecond."""
    sources = judged(replace(GOOD, rows=rows, answered=NOW - age))
    assert sources.is_complete is complete
    assert bool(sources.quiet) == (complete and not rows)


def test_absence_is_good_at_least_as_long_as_rows_are():
    """A platform may declare a max-age longer than its absence time."""
    contact = replace(GOOD, rows=0, answered=NOW - HOUR)
    assert is_fresh(contact, Terms(max_age=2 * HOUR, absence=0), NOW)


def test_a_platform_that_holds_nothing_is_counted_and_not_shown():
    """And so are the known systems that are not connected; those do not make an answer incomplete."""
    sources = judged(GOOD, unconnected=3, quiet=1, others=1)
    assert (len(sources.shown), sources.quiet, sources.unconnected, sources.is_complete) == (1, 1, 3, True)


def test_no_platform_at_all_is_complete():
    """There is nothing that could be missing."""
    assert judged(unconnected=2).is_complete


def test_what_this_answer_went_without_is_the_reason_given():
    """A platform not waited for says so, before what its last question met."""
    sources = judged(replace(GOOD, trouble=Reason.REFUSED), waited={"44": Reason.TIMEOUT})
    assert sources.shown[0].reason is Reason.TIMEOUT


CONTACTS = st.builds(
    Contact,
    st.just("44"),
    answered=st.sampled_from([0, NOW - 2 * HOUR, NOW - 30 * MINUTE, NOW, NOW + SECOND]),
    trouble=st.none() | st.sampled_from(Reason),
    rows=st.integers(0, 2),
    truncated=st.booleans(),
)


@given(st.lists(CONTACTS, max_size=4), st.integers(0, 2))
@settings(max_examples=100, deadline=None)
def test_what_completeness_promises(contacts: list[Contact], unconnected: int):
    """Complete means: each answered, none in trouble, none cut short. Every platform is shown or counted, once."""
    named = [replace(one, platform=f"p{place}") for place, one in enumerate(contacts)]
    sources = judged(*named, unconnected=unconnected, quiet=1, others=2)
    for contact in named:
        if sources.is_complete:
            assert contact.answered and contact.trouble is None and not contact.truncated
        source = source_of(contact, TERMS, NOW, None)
        assert (source.rows is Rows.NONE) == (contact.rows == 0)
        assert source.rows is not Rows.CURRENT or source.reason is None
    assert len(sources.shown) + sources.quiet + sources.unasked == len(contacts) + 2


def test_who_was_never_asked_is_counted_and_not_complete():
    """So is a platform whose proof that it holds nothing is over: nobody says which it is."""
    sources = judged(GOOD, quiet=2, others=3)
    assert (len(sources.shown), sources.quiet, sources.unasked, sources.is_complete) == (1, 2, 1, False)
    assert judged(GOOD, quiet=3, others=3).is_complete


def test_what_was_asked_of_another_scope_is_not_complete():
    """As many platforms, but one of them a newcomer, or with a shorter absence time: the numbers alone would not show it."""
    before = scope_of({"44": TERMS, "45": TERMS})
    footprint = Footprint((GOOD,), 1, before.key)
    assert sources_of(footprint, before, 0, NOW, {}).is_complete
    for terms in ({"44": TERMS, "46": TERMS}, {"44": TERMS, "45": Terms(MINUTE, MINUTE)}):
        sources = sources_of(footprint, scope_of(terms), 0, NOW, {})
        assert (sources.is_complete, sources.unasked) == (False, 1)


def test_a_scope_is_the_same_in_any_order():
    """Two processes that read the same settings agree on whether everyone was asked."""
    assert scope_of({"44": TERMS, "45": TERMS}).key == scope_of({"45": TERMS, "44": TERMS}).key


def test_a_platform_that_is_no_longer_connected_is_shown_with_its_rows():
    """Stale for good; it makes the answer no less complete than any other system that is not connected."""
    scope = scope_of({"44": TERMS})
    gone = replace(GOOD, platform="45"), replace(GOOD, platform="46", rows=0, trouble=Reason.REFUSED)
    sources = sources_of(Footprint((GOOD, *gone), 0, scope.key), scope, 2, NOW, {})
    assert [(one.platform, one.rows, one.reason) for one in sources.shown[1:]] == [("45", Rows.STALE, Reason.NOT_ASKED)]
    assert sources.is_complete


@pytest.mark.parametrize(("rows", "said"), [(2, Rows.STALE), (0, Rows.NONE)])
def test_a_platform_that_wants_more_to_be_vouched_for_is_shown_and_not_asked(rows: int, said: Rows):
    """Whether it was asked before, at a higher level, or never was: what it holds now nobody knows."""
    scope = scope_of({"44": TERMS}, frozenset({"45"}))
    footprint = Footprint((GOOD, *([replace(GOOD, platform="45")] if rows else ())), 0, scope.key)
    sources = sources_of(footprint, scope, 0, NOW, {})
    (other,) = (one for one in sources.shown if one.platform == "45")
    assert (other.rows, other.reason, other.count) == (said, Reason.NOT_ASKED, rows)
    assert (sources.is_complete, sources.unasked) == (False, 0)


def test_a_newcomer_that_was_not_waited_for_is_shown():
    """The first question to it is still under way: nothing is remembered of it yet."""
    scope = scope_of({"44": TERMS, "45": TERMS})
    sources = sources_of(Footprint((GOOD,), 0, ""), scope, 0, NOW, {"45": Reason.TIMEOUT})
    assert [(one.platform, one.rows, one.reason) for one in sources.shown[1:]] == [("45", Rows.NONE, Reason.TIMEOUT)]
    assert not sources.is_complete


@pytest.mark.parametrize(
    ("contact", "wanted"),
    [
        (GOOD, False),
        (replace(GOOD, answered=NOW - MINUTE - 1), True),
        (replace(GOOD, trouble=Reason.REFUSED), True),
        (Contact("44"), True),
        (Contact("44", asked=NOW - SECOND, trouble=Reason.TIMEOUT), False),
        (Contact("44", asked=NOW - MINUTE, trouble=Reason.TIMEOUT), False),
        (Contact("44", asked=NOW - MINUTE - 1, trouble=Reason.TIMEOUT), True),
    ],
)
def test_whom_a_reader_waits_for(contact: Contact, wanted: bool):
    """Whose word is not good; but one of which nothing is known and that just failed holds nobody up again."""
    assert is_wanted(contact, TERMS, NOW, waits=True) is wanted


@pytest.mark.parametrize(
    ("contact", "wanted"),
    [
        (GOOD, False),
        (replace(GOOD, answered=NOW - MINUTE - 1), True),
        (replace(GOOD, asked=NOW - MINUTE, trouble=Reason.BREAKER_OPEN), False),
        (replace(GOOD, asked=NOW - MINUTE - 1, trouble=Reason.BREAKER_OPEN), True),
        (Contact("44", asked=NOW - SECOND, trouble=Reason.TIMEOUT), False),
    ],
)
def test_whom_a_reader_has_asked_who_does_not_wait(contact: Contact, wanted: bool):
    """Whose word is not good, and who did not just fail: another word of that would only have the reader read again."""
    assert is_wanted(contact, TERMS, NOW, waits=False) is wanted


def test_an_answer_says_until_when_nothing_is_believed_to_be_held():
    """By the newest of them; never while a later question is in trouble, nor where an answer was cut short."""
    first = answered(Contact("44"), NOW, "f", False, TERMS)
    assert (first.answered, first.full_at, first.absent) == (NOW, NOW, NOW + HOUR)
    assert answered(first, NOW - SECOND, "", False, TERMS).absent == NOW + HOUR
    assert answered(first, NOW + SECOND, "", True, TERMS).absent == 0
    assert answered(replace(first, asked=NOW + SECOND, trouble=Reason.TIMEOUT), NOW, "", False, TERMS).absent == 0
