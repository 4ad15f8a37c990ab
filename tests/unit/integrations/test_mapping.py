"""From a platform's rows to our words: by description, strictly, and never quoting what a platform said."""

from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.event import EventKind, Procedure
from domain.licence import LicenceState
from domain.limit import Limit, LimitUnit
from integrations.description import read_description
from integrations.form.mappings import CaseLimits, Choice, EventRule, LimitFields, Procedures
from integrations.form.times import Times
from integrations.mapping.cases import case_mapper
from integrations.mapping.licences import licence_mapper
from integrations.mapping.values import LONGEST_TEXT, clean, day_of, number_of, stamp_of, text_of
from integrations.port import Drifted
from integrations.registry import HOME

CHINA = timedelta(hours=8)
FORTY_FOUR = read_description(HOME / "44" / "platform.toml")
TIMES = Times(CHINA)
observe = case_mapper(FORTY_FOUR.language, FORTY_FOUR.cases, FORTY_FOUR.reads)
observe_licence = licence_mapper(FORTY_FOUR.language, FORTY_FOUR.licences, FORTY_FOUR.reads)

CASE: dict[str, Any] = {
    "ACCEPT": {"PROJECT_NO": "N1", "TASK_NAME": "food permit", "ACCEPT_ORG": "north", "APPLY_TIME": "20261101",
               "ACCEPT_DATE": "20261102T093000", "PROMISE_DATE": "20261130", "PROMISE_LIMIT": "20",
               "PROMISE_LIMIT_UNIT": "1", "LEGAL_LIMIT": 3, "LEGAL_LIMIT_UNIT": "3", "LEGAL_LIMIT_NOTE": "by law"},
    "PROCESS": [{"ROW_ID": "P1", "STEP_CODE": "SC", "START_TIME": "20261103093000", "STEP_NAME": "review"}],
    "SPECIAL": [{"ROW_ID": "S1", "SPECIAL_TYPE": "A", "START_TIME": "20261104",
                 "END_TIME": "20261105", "REASON": "survey", "RESULT": "done"}],
    "MATERIAL": [{"ROW_ID": "M1", "EXTRA": "1", "COLLECTED": "0", "TIME": "20261106", "NAME": "plan"}],
    "RESULT": [{"ROW_ID": "R1", "RESULT_TYPE": "1", "RESULT_DATE": "20261107T09:30:00", "LICENCE_NAME": "permit"}],
}  # fmt: skip
LICENCE: dict[str, Any] = {
    "ZZBH": "L1", "ZZMC": "permit", "STATE": "1", "UPDATE_TIME": "20261107", "ZZYXQQSRQ": "20261107", "ZZYXQJZRQ": None,
}  # fmt: skip


def changed(row: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The row with one place (A.0.B) set to a value."""
    row = deepcopy(row)
    *steps, last = place.split(".")
    at: Any = row
    for step in steps:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    return row


def test_a_case_is_read():
    """Facts, and of each table the events that its rows are."""
    seen = observe(CASE, 7, True)
    assert (seen.facts.number, seen.facts.title, seen.facts.unit, seen.facts.promised) == (
        "N1", "food permit", "north", date(2026, 11, 30),
    )  # fmt: skip
    assert seen.facts.promised_limit == Limit(20, LimitUnit.WORKING_DAYS)
    assert seen.facts.statutory_limit == Limit(3, LimitUnit.MONTHS, "by law")
    assert (seen.dated, seen.full) == (7, True)
    assert [(event.kind, event.row) for event in seen.events] == [
        (EventKind.RECEIVED, "ACCEPT:"), (EventKind.ACCEPTED, "ACCEPT:"), (EventKind.STEP_TAKEN, "PROCESS:P1"),
        (EventKind.SUSPENDED, "SPECIAL:S1"), (EventKind.RESUMED, "SPECIAL:S1"),
        (EventKind.MATERIAL_DEMANDED, "MATERIAL:M1"), (EventKind.GRANTED, "RESULT:R1"),
    ]  # fmt: skip
    procedures = {event.kind: event.procedure for event in seen.events if event.procedure}
    assert procedures == dict.fromkeys((EventKind.SUSPENDED, EventKind.RESUMED), Procedure.EXTENDED_APPROVAL)
    assert len({event.key for event in seen.events}) == 7
    assert all(event.at.utcoffset() == CHINA for event in seen.events)


@pytest.mark.parametrize("value", [None, ""])
def test_a_limit_without_a_number_is_none(value: str | None):
    """Whatever its unit says then; and a procedure without a word is not known."""
    row = changed(changed(CASE, "ACCEPT.LEGAL_LIMIT", value), "ACCEPT.LEGAL_LIMIT_UNIT", "?")
    assert observe(row, 7, True).facts.statutory_limit is None
    events = observe(changed(CASE, "SPECIAL.0.SPECIAL_TYPE", value), 7, True).events
    assert {event.procedure for event in events} == {None}


@pytest.mark.parametrize("code", ["31", "33", "44"])
def test_both_procedures_of_every_platform_are_known(code: str):
    """1 and 2, A and B, or words: what each platform calls them leads to the two that the standard has."""
    rules = read_description(HOME / code / "platform.toml").cases.events
    tables = [rule.procedure.table.values() for rule in rules if rule.procedure]
    assert [set(table) for table in tables] == [set(Procedure)] * 2


def test_a_procedure_belongs_to_suspensions_only():
    """Declared for a table of kinds, it is read of those that suspend; declared for another kind, it is an error."""
    table = {"1": EventKind.SUSPENDED, "2": EventKind.STEP_TAKEN}
    which = Procedures(by="WHICH", table={"A": Procedure.OTHER})
    rule = EventRule(rows="ROWS", key="ID", kind=Choice(by="KIND", table=table), at="AT", procedure=which)
    mapping = FORTY_FOUR.cases.model_copy(update={"events": (rule,)})
    rows = [{"ID": kind, "KIND": kind, "AT": "20261101", "WHICH": "A"} for kind in table]
    events = case_mapper(FORTY_FOUR.language, mapping, TIMES)(CASE | {"ROWS": rows}, 7, True).events
    assert [event.procedure for event in events] == [Procedure.OTHER, None]
    with pytest.raises(ValueError, match="expected procedure only where kind is suspended or resumed"):
        EventRule(rows="ROWS", kind=EventKind.ACCEPTED, at="AT", procedure=which)


def test_one_unit_may_be_said_for_all():
    """Where the platform writes numbers only."""
    fields = LimitFields(number="ACCEPT.LEGAL_LIMIT", unit=LimitUnit.CALENDAR_DAYS)
    mapping = FORTY_FOUR.cases.model_copy(update={"limits": CaseLimits(statutory=fields)})
    facts = case_mapper(FORTY_FOUR.language, mapping, TIMES)(CASE, 7, True).facts
    assert (facts.promised_limit, facts.statutory_limit) == (None, Limit(3, LimitUnit.CALENDAR_DAYS))


@pytest.mark.parametrize("value", [None, ""])
def test_a_row_without_a_time_has_not_happened(value: str | None):
    """A procedure that runs has no end, a case not accepted no acceptance."""
    kinds = [event.kind for event in observe(changed(CASE, "SPECIAL.0.END_TIME", value), 7, True).events]
    assert EventKind.SUSPENDED in kinds and EventKind.RESUMED not in kinds


@pytest.mark.parametrize("value", [None, "", "0", "2"])
def test_a_row_that_does_not_meet_its_conditions_is_no_event(value: str | None):
    """A material of the published list was demanded of nobody."""
    kinds = [event.kind for event in observe(changed(CASE, "MATERIAL.0.EXTRA", value), 7, True).events]
    assert EventKind.MATERIAL_DEMANDED not in kinds


def test_a_word_outside_the_table_is_otherwise_where_there_is_one():
    """A step that the platform invents is a step."""
    events = observe(changed(CASE, "PROCESS.0.STEP_CODE", "NEW"), 7, True).events
    assert events[2].kind is EventKind.STEP_TAKEN


@pytest.mark.parametrize("table", ["PROCESS", "SPECIAL", "MATERIAL", "RESULT"])
@pytest.mark.parametrize("value", [None, []])
def test_an_empty_table_has_no_events(table: str, value: Any):
    """Missing, null or empty."""
    row = changed(CASE, table, value)
    assert not [event for event in observe(row, 7, True).events if event.row.startswith(table)]
    assert observe({name: rows for name, rows in CASE.items() if name != table}, 7, True) == observe(row, 7, True)


SECRET = "secret-张三"


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        ("ACCEPT.PROJECT_NO", None, "ACCEPT.PROJECT_NO"),
        ("ACCEPT.PROJECT_NO", "", "ACCEPT.PROJECT_NO"),
        ("ACCEPT.PROJECT_NO", {"a": SECRET}, "ACCEPT.PROJECT_NO"),
        ("ACCEPT.TASK_NAME", [SECRET], "ACCEPT.TASK_NAME"),
        ("ACCEPT.APPLYER_NAME", True, "ACCEPT.APPLYER_NAME"),
        ("ACCEPT.PROMISE_DATE", SECRET, "ACCEPT.PROMISE_DATE"),
        ("ACCEPT.PROMISE_LIMIT", SECRET, "ACCEPT.PROMISE_LIMIT"),
        ("ACCEPT.PROMISE_LIMIT", "-1", "ACCEPT.PROMISE_LIMIT"),
        ("ACCEPT.PROMISE_LIMIT_UNIT", SECRET, "ACCEPT.PROMISE_LIMIT_UNIT"),
        ("ACCEPT.LEGAL_LIMIT_UNIT", None, "ACCEPT.LEGAL_LIMIT_UNIT"),
        ("ACCEPT.LEGAL_LIMIT_NOTE", [SECRET], "ACCEPT.LEGAL_LIMIT_NOTE"),
        ("SPECIAL.0.SPECIAL_TYPE", SECRET, "SPECIAL_TYPE"),
        ("ACCEPT.APPLY_TIME", "20261332", "APPLY_TIME"),
        ("ACCEPT", SECRET, "ACCEPT"),
        ("PROCESS", SECRET, "PROCESS"),
        ("PROCESS", [SECRET], "PROCESS"),
        ("PROCESS.0.ROW_ID", None, "ROW_ID"),
        ("PROCESS.0.STEP_CODE", None, "STEP_CODE"),
        ("RESULT.0.RESULT_TYPE", SECRET, "RESULT_TYPE"),
        ("RESULT.0.RESULT_DATE", SECRET, "RESULT_DATE"),
    ],
)
def test_drift_names_the_place_and_never_the_value(place: str, value: Any, named: str):
    """The operator is told where to look; what stands there may be about a person."""
    with pytest.raises(Drifted, match=named) as caught:
        observe(changed(CASE, place, value), 7, True)
    assert SECRET not in caught.value.detail
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("row", [None, "text", 7, [], [CASE]])
def test_a_row_that_is_no_row_is_drift(row: Any):
    """Whatever else a list may hold."""
    with pytest.raises(Drifted):
        observe(row, 7, True)
    with pytest.raises(Drifted):
        observe_licence(row, 7)


def test_a_licence_is_read():
    """No end stays no end."""
    licence = observe_licence(LICENCE, 7).licence
    assert (licence.number, licence.name, licence.state, licence.valid_from, licence.valid_to) == (
        "L1", "permit", LicenceState.VALID, date(2026, 11, 7), None,
    )  # fmt: skip
    assert licence.updated == 1_793_980_800_000_000


@pytest.mark.parametrize("value", ["6", SECRET, None, ""])
def test_an_unknown_state_is_drift(value: str | None):
    """Whether a licence holds is never guessed."""
    with pytest.raises(Drifted, match="STATE") as caught:
        observe_licence(changed(LICENCE, "STATE", value), 7)
    assert SECRET not in caught.value.detail


@pytest.mark.parametrize(
    ("value", "read"),
    [("a", "a"), (12, "12"), (1.5, "1.5"), (0, "0"), ("", ""), (None, ""), ("x" * 5000, "x" * LONGEST_TEXT)],
)
def test_texts(value: Any, read: str):
    """Numbers as written, nothing for null, and no text longer than we keep."""
    assert text_of(value, "A") == read


def test_times_and_days():
    """In the offset given, or None where there is none."""
    assert day_of("20261122T235959", "A", TIMES) == date(2026, 11, 22)
    assert day_of(None, "A", TIMES) is None and day_of("20261122", None, TIMES) is None
    assert stamp_of("", "A", TIMES) is None
    found = stamp_of("20261122", "A", TIMES)
    assert found is not None and found.at.utcoffset() == CHINA


@pytest.mark.parametrize(
    ("foreign", "kept"),
    [
        ("a\0b", "ab"), ("何\0", "何"), ("\ud83d\ude00", "😀"), ("a\ud83d", "a\ufffd"), ("\ude00a", "\ufffda"),
        ("\U00030edd", "\U00030edd"), ("\0", ""),
    ],
)  # fmt: skip
def test_cleaning(foreign: str, kept: str):
    """NUL goes, pairs of surrogates join, halves are replaced; rare characters stay."""
    assert clean(foreign) == kept


@given(st.text(st.characters() | st.sampled_from("\0\ud800\udc00\udbff\udfff"), max_size=20))
@settings(max_examples=150, deadline=None)
def test_a_cleaned_text_can_be_kept_and_sent(foreign: str):
    """As UTF-8, without NUL, and cleaning it again changes nothing."""
    kept = clean(foreign)
    assert "\0" not in kept and kept.encode("utf-8").decode() == kept
    assert clean(kept) == kept


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1", "20261122"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["ROW_ID", "STATE", "TIME"]), inner, max_size=2)
    ),
    max_leaves=6,
)
TABLES = ("PROCESS", "SPECIAL", "MATERIAL", "RESULT")
PLACES = [
    "ACCEPT",
    *(f"ACCEPT.{name}" for name in CASE["ACCEPT"]),
    *TABLES,
    *(f"{table}.0.{name}" for table in TABLES for name in CASE[table][0]),
]


@given(st.sampled_from(PLACES), JSON)
@settings(max_examples=120, deadline=None)
def test_whatever_stands_at_a_place_is_read_or_drift(place: str, value: Any):
    """No other exception, so that one platform's change never looks like a fault of ours."""
    try:
        seen = observe(changed(CASE, place, value), 7, True)
    except Drifted:
        return
    assert seen.facts.number and all(event.at.tzinfo for event in seen.events)


def test_the_sample_is_written_as_the_description_says():
    """Or the tests above would prove little: every place of the sample is one that is read."""
    assert Path(HOME / "44").is_dir()
    text_of_description = (HOME / "44" / "platform.toml").read_text("utf-8")
    assert all(place.split(".")[-1] in text_of_description for place in PLACES)


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "00010101", "99991231", "9999-12-31 23:59:59", "00000000"])
def test_a_placeholder_is_no_time(text: str):
    """Databases write "none" and "without end" so: as a time it could never be shown."""
    assert stamp_of(text, "AT", TIMES) is None


@pytest.mark.parametrize("code", [None, "", "440140709005", "4401407090"])
def test_a_code_has_one_of_the_declared_lengths_or_is_not_there(code: Any):
    """Older items keep a shorter one."""
    assert observe(changed(CASE, "ACCEPT.CATALOG_CODE", code), 0, True).facts.basic_code == (code or "")


def test_a_code_of_another_length_is_drift():
    """It would name no item anywhere: other columns stand there, or another form of code."""
    for place, code in (("CATALOG_CODE", "44014070900"), ("TASK_CODE", "440140709005")):
        with pytest.raises(Drifted, match=f"{place} is no code of a length that is declared"):
            observe(changed(CASE, f"ACCEPT.{place}", code), 0, True)


@pytest.mark.parametrize("text", ["9999年", "0001-garbage", "0000", "1899.12.30", "9999-12-31 23:59:59 or so"])
def test_what_only_begins_like_a_placeholder_is_drift(text: str):
    """A row without a time has not happened, and would be dropped in silence."""
    with pytest.raises(Drifted, match="AT is not a time"):
        stamp_of(text, "AT", TIMES)


@pytest.mark.parametrize("value", [None, "", "many", "1.5", "1" * 30, True, [], "٣", "--1", "-1", -1])
def test_what_is_no_number_is_drift(value: Any):
    """A total that cannot be read must not end the paging. Below zero means "unknown", and would pass for "none"."""
    with pytest.raises(Drifted, match="TOTAL"):
        number_of(value, "TOTAL")


@pytest.mark.parametrize(("value", "number"), [(3, 3), ("3", 3), ("003", 3), (0, 0)])
def test_numbers(value: Any, number: int):
    """As text or as number."""
    assert number_of(value, "TOTAL") == number
