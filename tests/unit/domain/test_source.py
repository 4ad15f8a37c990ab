"""Sources and `isComplete`: true only if every connected platform's word is still good."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.source import Contact, Reason, Rows, Terms, is_fresh, source_of, sources_of
from domain.times import HOUR, MINUTE, SECOND

NOW = 1_790_000_000 * SECOND
TERMS = Terms(max_age=MINUTE, absence=HOUR)
GOOD = Contact("44", asked=NOW - SECOND, answered=NOW - SECOND, rows=2)


def judged(*contacts: Contact, waited=None, unconnected: int = 0):
    return sources_of([(contact, TERMS) for contact in contacts], unconnected, NOW, waited or {})


def test_every_platform_good_is_complete():
    """Rows are current, nobody is in trouble, and the answer's date is the question's."""
    sources = judged(GOOD)
    assert sources.is_complete
    (source,) = sources.shown
    assert (source.rows, source.reason, source.as_of, source.count) == (Rows.CURRENT, None, NOW - SECOND, 2)


def test_a_platform_never_asked_is_not_complete_and_is_shown():
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
    sources = judged(GOOD, replace(GOOD, platform="45", rows=0), unconnected=3)
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
    sources = judged(*contacts, unconnected=unconnected)
    for contact in contacts:
        if sources.is_complete:
            assert contact.answered and contact.trouble is None and not contact.truncated
        source = source_of(contact, TERMS, NOW, None)
        assert (source.rows is Rows.NONE) == (contact.rows == 0)
        assert source.rows is not Rows.CURRENT or source.reason is None
    assert len(sources.shown) + sources.quiet == len(contacts)
