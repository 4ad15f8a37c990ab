"""Decision 4 as a property: what is known follows from what was said, not from the order or number of times it was said."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.knowledge import CaseObservation, Facts, Knowledge, confirm, join, knowledge_of, learn
from domain.licence import KeptLicence, Licence, LicenceObservation, LicenceState
from domain.merge import merge_licences
from tests.doubles.index import MemoryIndex
from tests.doubles.knowledge import NOW, PLATFORM, Said, dates, expected, histories, licence_id, rows


@given(histories())
@settings(max_examples=100, deadline=None)
def test_any_order_and_any_repetition_ends_in_what_was_said(history: tuple[list[Said], list[Said]]):
    """Live cases, facts, events, standing and retirement are those that follow from the set of sayings."""
    said, shuffled = history
    index = MemoryIndex()
    for item in shuffled:
        index.hear(item)
    assert index.visible() == expected(said)


@given(histories())
@settings(max_examples=40, deadline=None)
def test_a_saying_repeated_at_once_changes_nothing(history: tuple[list[Said], list[Said]]):
    """The same answer or event delivered twice writes no row the second time and is no news."""
    index = MemoryIndex()
    for item in history[0]:
        index.hear(item)
        told = list(index.told)
        assert index.hear(item) == []
        assert index.told == told


@given(histories())
@settings(max_examples=100, deadline=None)
def test_nothing_is_told_twice(history: tuple[list[Said], list[Said]]):
    """One row of a case is news of one kind once, at whatever hour it is dated when it comes again."""
    index = MemoryIndex()
    for item in history[1]:
        index.hear(item)
    causes = [(item.case_id, item.kind, item.cause) for item in index.told]
    assert len(causes) == len(set(causes))


@given(histories())
@settings(max_examples=40, deadline=None)
def test_the_same_list_later_writes_no_row(history: tuple[list[Said], list[Said]]):
    """A list that is the newest word, asked for again later, only moves the platform's freshness."""
    index = MemoryIndex()
    for item in history[0]:
        index.hear(item)
    answer = Said(NOW - 2, history[0][0].content, listed=True)
    index.hear(answer)
    written = index.written
    index.hear(replace(answer, dated=NOW - 1))
    assert index.written == written


def knowledge() -> st.SearchStrategy[Knowledge]:
    facts = st.sampled_from(["licence", "permit"]).map(lambda title: Facts("C1", title))
    observation = st.builds(CaseObservation, facts, rows(), dates(), st.booleans())
    return st.lists(observation, min_size=1, max_size=3).map(
        lambda taught: knowledge_of(taught[0]) if len(taught) == 1 else learn(knowledge_of(taught[0]), taught[1])
    )


@given(knowledge(), knowledge(), knowledge())
@settings(max_examples=100, deadline=None)
def test_join_is_commutative_associative_and_idempotent(one: Knowledge, two: Knowledge, three: Knowledge):
    """Knowledge is a semilattice: that is why order and repetition cannot matter."""
    assert join(one, two) == join(two, one)
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(one, one) == one


@given(knowledge(), dates())
@settings(max_examples=40, deadline=None)
def test_confirming_is_hearing_the_same_in_full_again(known: Knowledge, at: int):
    """`confirm` comes to what a full answer with exactly the live rows would teach."""
    if at >= known.dated:
        again = CaseObservation(known.facts.value, known.live(), at, full=True)
        assert confirm(known, at) == learn(known, again)


@st.composite
def licence_histories(draw: st.DrawFn) -> tuple[list[Said], list[Said]]:
    """Lists and events about up to three licences: as `Said`, with the licence's state in place of facts."""
    one = st.tuples(st.integers(1, 3), st.sampled_from(LicenceState))
    content = st.lists(one, max_size=3, unique_by=lambda pair: pair[0]).map(tuple)
    told = draw(st.lists(content, min_size=1, max_size=2))
    lists = st.builds(Said, dates(), st.sampled_from(told), st.just(True))
    events = st.builds(Said, dates(), one.map(lambda pair: (pair,)), st.just(False))
    said = draw(st.lists(lists | events, min_size=1, max_size=7))
    again = draw(st.lists(st.sampled_from(said), max_size=5))
    return said, list(draw(st.permutations(said + again)))


@given(licence_histories())
@settings(max_examples=100, deadline=None)
def test_licences_too_follow_from_what_was_said(history):
    """Of each licence the newest word holds, and it is retired exactly when a later full answer left it out."""
    said, shuffled = history
    kept: dict[object, KeptLicence] = {}
    full_at = 0
    for item in shuffled:
        seen = [LicenceObservation(Licence(f"L{number}", "", state), item.dated) for number, state in item.content]
        changes = merge_licences(kept, PLATFORM, seen, mint=licence_id, full_at=full_at, whole=item.whole, received=NOW)
        kept |= {change.after.id: change.after for change in changes}
        full_at = max(full_at, item.whole or 0)
    assert {key: None if item.retired else item.licence for key, item in kept.items()} == _expected(said)


def _expected(said: list[Said]) -> dict[object, Licence | None]:
    full_at = max((item.whole for item in said if item.whole), default=0)
    newest: dict[object, tuple[int, str, Licence]] = {}
    for item in said:
        for number, state in item.content:
            licence = Licence(f"L{number}", "", state)
            key = licence_id(licence.number)
            newest[key] = max(newest.get(key, (0, "", licence)), (item.dated, repr(licence), licence))
    return {key: licence if dated >= full_at else None for key, (dated, _, licence) in newest.items()}
