"""From domain values to what a client sees, without GraphQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from domain.caller import Locale
from domain.case import Case as CaseValue
from domain.event import Event, EventKind, Outcome, Procedure, Stage
from domain.ids import Noun, parse_id
from domain.knowledge import Facts
from domain.licence import IdentifierCheck, KeptLicence, LicenceState
from domain.licence import Licence as LicenceValue
from domain.page import Page, Place, cursor
from domain.platform import PlatformCard
from domain.source import Reason, Rows, Sources
from domain.source import Source as SourceValue
from domain.standing import Ask, NextAction, Standing
from domain.times import micros
from resolvers.cases import CasePage
from resolvers.licences import LicencePage
from schema.case import MOST_EVENTS, Case, CaseConnection
from schema.common import Platform, Source, card_of
from schema.licence import Licence, LicenceConnection

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 3, 1, 9, 30, tzinfo=CHINA)
ID = UUID("0b1f64bc-42aa-5c4f-8a5e-0f4d3b1c2d3e")
CARD = PlatformCard("44", {Locale.ZH_HANS: "广东", Locale.EN: "Guangdong"}, "12345", "provincial", "440000")
EVENT = Event("k", "r", EventKind.VISIT_DEMANDED, AT, "现场核验", "请到大厅", "越秀大厅", Procedure.OTHER)
CASE = CaseValue(
    id=ID,
    platform="44",
    facts=Facts(
        number="N-1",
        title="居住证签发",
        applicant="林晓岚",
        basic_code="basic",
        implementation_code="implementation",
        handling_code="handling",
        unit="越秀公安",
        hotline="020-110",
        promised=date(2026, 3, 9),
        channel="counter",
    ),
    events=(EVENT,),
    standing=Standing(Stage.APPROVAL, None, True, (Ask(NextAction.VISIT, "请到大厅", AT),), NextAction.VISIT),
    updated=micros(AT),
    observed=micros(AT) + 1,
    has_news=True,
)
LICENCE = KeptLicence(
    id=ID,
    platform="44",
    licence=LicenceValue(
        number="L-1",
        name="居住证",
        state=LicenceState.SUSPENDED,
        holder="林晓岚",
        identifier="something",
        type_code="type",
        issuer="越秀公安",
        issuer_code="issuer",
        issued=date(2026, 1, 1),
        valid_from=date(2026, 1, 2),
        valid_to=date(2027, 1, 1),
    ),
    updated=micros(AT),
    dated=micros(AT) + 1,
)


def test_a_case_shows_everything_that_is_known():
    """Each field from its own place: no two of them have the same value here, so that none can be taken for another."""
    shown = Case.of(CASE, CARD, Locale.EN, None)
    assert parse_id(shown.id) == (Noun.CASE, ID)
    assert (shown.number, shown.applicant) == ("N-1", "林晓岚")
    item = shown.item
    assert (item.name, item.basic_code, item.implementation_code, item.handling_code) == (
        "居住证签发",
        "basic",
        "implementation",
        "handling",
    )
    assert (shown.platform.code, shown.platform.name) == ("44", "Guangdong")
    assert (shown.handling_unit.name, shown.handling_unit.hotline) == ("越秀公安", "020-110")
    assert (shown.stage, shown.outcome, shown.suspended) == (Stage.APPROVAL, None, True)
    assert shown.next_action is NextAction.VISIT
    assert [(ask.action, ask.text, ask.since) for ask in shown.asks] == [(NextAction.VISIT, "请到大厅", AT)]
    assert [(one.kind, one.at, one.title, one.detail, one.unit, one.procedure) for one in shown.events] == [
        (EventKind.VISIT_DEMANDED, AT, "现场核验", "请到大厅", "越秀大厅", Procedure.OTHER)
    ]
    assert (shown.promised_date, shown.has_news) == (date(2026, 3, 9), True)
    assert shown.updated_at == AT
    assert shown.observed_at == AT + timedelta(microseconds=1)


def test_every_field_of_a_case_is_covered():
    """A new field fails here until the test above knows it, or test_deadline.py for the deadline."""
    assert len(Case.__strawberry_definition__.fields) == 17


def test_what_a_platform_does_not_say_is_null():
    """Never an empty string, which an app would show as a gap; the platform's hotline stands in for the unit's."""
    bare = replace(
        CASE, facts=Facts(number="N-1", title="居住证签发"), events=(Event("k", "r", EventKind.RECEIVED, AT),)
    )
    shown = Case.of(bare, CARD, Locale.EN, None)
    assert (shown.applicant, shown.handling_unit.name, shown.promised_date) == (None, None, None)
    assert (shown.item.basic_code, shown.item.implementation_code, shown.item.handling_code) == (None, None, None)
    assert (shown.events[0].title, shown.events[0].detail, shown.events[0].unit) == (None, None, None)
    assert shown.handling_unit.hotline == "12345"


def test_a_completed_case_shows_how_it_ended():
    """The outcome is there exactly then."""
    standing = Standing(Stage.COMPLETION, Outcome.REFUSED, False, (), NextAction.NOTHING)
    shown = Case.of(replace(CASE, standing=standing), CARD, Locale.EN, None)
    assert (shown.stage, shown.outcome, shown.asks) == (Stage.COMPLETION, Outcome.REFUSED, [])


def test_events_are_the_newest_ones_first():
    """At most fifty, and it is the oldest that are left out."""
    many = tuple(replace(EVENT, key=str(day), at=AT + timedelta(days=day)) for day in range(MOST_EVENTS + 5))
    shown = Case.of(replace(CASE, events=many), CARD, Locale.EN, None).events
    assert [one.at for one in shown] == [AT + timedelta(days=day) for day in range(MOST_EVENTS + 4, 4, -1)]


@pytest.mark.parametrize(("locale", "name"), [(Locale.ZH_HANS, "广东"), (Locale.EN, "Guangdong")])
def test_a_platform_is_named_in_the_callers_language(locale, name):
    """And its other facts are the same in both."""
    shown = Platform.of(CARD, locale)
    assert (shown.code, shown.name, shown.hotline, shown.level, shown.division) == (
        "44",
        name,
        "12345",
        "provincial",
        "440000",
    )


def test_a_licence_shows_everything_that_is_known():
    """Each field from its own place."""
    shown = Licence.of(LICENCE, CARD, Locale.EN)
    assert parse_id(shown.id) == (Noun.LICENCE, ID)
    assert (shown.number, shown.name, shown.state, shown.holder) == ("L-1", "居住证", LicenceState.SUSPENDED, "林晓岚")
    assert (shown.identifier, shown.identifier_check) == ("something", IdentifierCheck.NON_NATIONAL_FORM)
    assert (shown.type_code, shown.issuer, shown.issuer_code) == ("type", "越秀公安", "issuer")
    assert (shown.issued_date, shown.valid_from, shown.valid_to) == (
        date(2026, 1, 1),
        date(2026, 1, 2),
        date(2027, 1, 1),
    )
    assert shown.platform.code == "44"
    assert (shown.updated_at, shown.observed_at) == (AT, AT + timedelta(microseconds=1))
    assert len(Licence.__strawberry_definition__.fields) == 16


def test_a_licence_that_says_little_shows_nulls():
    """Never an empty string."""
    bare = replace(LICENCE, licence=LicenceValue(number="L-1", name="居住证", state=LicenceState.VALID))
    shown = Licence.of(bare, CARD, Locale.EN)
    assert {shown.holder, shown.identifier, shown.type_code, shown.issuer, shown.issuer_code, shown.valid_to} == {None}


def test_a_source_says_what_its_platform_contributed():
    """With the time as a moment with a zone, and null for never."""
    value = SourceValue("44", Rows.STALE, Reason.TIMEOUT, micros(AT), 7, truncated=True)
    shown = Source.of(value, CARD, Locale.EN)
    assert (shown.rows, shown.reason, shown.count, shown.truncated) == (Rows.STALE, Reason.TIMEOUT, 7, True)
    assert shown.as_of == AT
    assert shown.as_of.utcoffset() is not None
    assert Source.of(replace(value, as_of=None), CARD, Locale.EN).as_of is None


SOURCES = Sources(
    shown=(SourceValue("44", Rows.CURRENT, None, 1, 1, False),), quiet=3, unasked=4, unconnected=2, is_complete=False
)
FIRST = Page(20, None)


async def test_a_page_says_where_it_goes_on_and_what_it_is_worth():
    """The last row's place is where the next page begins; others came before, since it has an after; the sources are those of the
    whole list."""
    other = replace(CASE, id=UUID(int=1), updated=CASE.updated - 1)
    place = Place(CASE.updated + 1, UUID(int=2))
    shown = await CaseConnection.of(
        CasePage([CASE, other], True, SOURCES), Page(2, place), {"44": CARD}, Locale.EN, lambda case: None
    )
    assert [edge.cursor for edge in shown.edges] == [cursor(Place(one.updated, one.id)) for one in (CASE, other)]
    info = shown.page_info
    assert (info.has_previous_page, info.has_next_page) == (True, True)
    assert (info.start_cursor, info.end_cursor) == (shown.edges[0].cursor, shown.edges[1].cursor)
    assert (shown.is_complete, shown.quiet_sources, shown.unasked_sources, shown.unconnected_sources) == (
        False,
        3,
        4,
        2,
    )
    assert [source.platform.code for source in shown.sources] == ["44"]


async def test_an_empty_page_has_no_end():
    """There is nothing to go on behind."""
    shown = await CaseConnection.of(CasePage([], False, SOURCES), FIRST, {"44": CARD}, Locale.EN, lambda case: None)
    info = shown.page_info
    assert (shown.edges, info.has_previous_page, info.has_next_page) == ([], False, False)
    assert (info.start_cursor, info.end_cursor) == (None, None)


def test_times_keep_the_platforms_offset_or_are_utc():
    """What a platform said keeps its zone; what was measured here is UTC."""
    shown = Case.of(CASE, CARD, Locale.EN, None)
    assert shown.events[0].at.utcoffset() == timedelta(hours=8)
    assert shown.updated_at.tzinfo is UTC


async def test_a_platform_whose_description_is_gone():
    """Its rows are still shown, under its code: one such row must not blank a list."""
    shown = await CaseConnection.of(CasePage([CASE], False, SOURCES), FIRST, {}, Locale.EN, lambda case: None)
    assert shown.edges[0].node.platform == Platform.of(card_of({}, "44"), Locale.EN)
    assert shown.sources[0].platform.name == "44"
    licences = LicenceConnection.of(LicencePage([LICENCE], False, SOURCES), FIRST, {}, Locale.ZH_HANS)
    platform = licences.edges[0].node.platform
    assert (platform.code, platform.name, platform.hotline, platform.level, platform.division) == (
        "44",
        "44",
        "",
        "",
        None,
    )
