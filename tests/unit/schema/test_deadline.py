"""The deadline of a case as an app reads it, through the shipped operation, while the clock goes on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from domain.assurance import Assurance
from domain.calendar import WorkingCalendar
from domain.caller import Locale
from domain.case import Case, case_of
from domain.client import Client
from domain.event import Event, EventKind, Procedure
from domain.ids import Noun, public_id
from domain.knowledge import CaseObservation, Facts, knowledge_of
from domain.limit import Limit, LimitUnit
from domain.platform import PlatformCard
from domain.times import micros
from mobile_contract.contract import operation
from resolvers.deadlines import Deadlines
from schema.context import Context
from schema.deadline import CaseDeadline
from schema.event import MOST_EVENTS
from schema.schema import schema_of

CHINA = timezone(timedelta(hours=8))
ID = UUID(int=44)
SCHEMA = schema_of()
FACTS = Facts(
    "N-1",
    "居住证签发",
    promised=date(2026, 3, 16),
    promised_limit=Limit(10, LimitUnit.WORKING_DAYS),
    statutory_limit=Limit(1, LimitUnit.MONTHS, "自受理之日起"),
)
ACCEPTED = Event("A", "A", EventKind.ACCEPTED, datetime(2026, 3, 2, 10, tzinfo=CHINA), "受理")
STOPPED = Event(
    "S:b", "S", EventKind.SUSPENDED, datetime(2026, 3, 5, 10, tzinfo=CHINA), procedure=Procedure.EXTENDED_APPROVAL
)
RESUMED = Event("S:e", "S", EventKind.RESUMED, datetime(2026, 3, 10, 2, tzinfo=UTC))
GRANTED = Event("G", "G", EventKind.GRANTED, datetime(2026, 3, 20, 10, tzinfo=CHINA))


def case(*events: Event, facts: Facts = FACTS) -> Case:
    return case_of(ID, "44", knowledge_of(CaseObservation(facts, events, 7, True)), 7, False)


class Clock:
    """Of the whole house: stands where it was put."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 12, tzinfo=CHINA)

    def __call__(self) -> int:
        return micros(self.now)


async def read(held: Case, clock: Clock) -> Any:
    """What CaseDetail says of the deadline."""

    async def one(caller: Any, case_id: UUID) -> Case:
        assert case_id == ID
        return held

    async def arrive(sign_in: Any) -> Any:
        return sign_in

    names = {Locale.ZH_HANS: "广东", Locale.EN: "Guangdong"}
    cards = {"44": PlatformCard("44", names, "12345", "provincial", None)}
    calendar = WorkingCalendar(frozenset(), frozenset(), date(2026, 12, 31))
    use = SimpleNamespace(cases=SimpleNamespace(one=one), platforms=cards, deadlines=Deadlines(calendar, cards, clock))
    context = Context(use, Locale.EN, SimpleNamespace(assurance=Assurance.HIGH), arrive)  # type: ignore[arg-type]
    context.client = Client("phone", "x", "x")
    variables = {"id": public_id(Noun.CASE, ID)}
    answer = await SCHEMA.execute(operation("CaseDetail"), variable_values=variables, context_value=context)
    assert answer.errors is None and answer.data
    return answer.data["case"]["deadline"]


def figures(deadline: Any, name: str = "promised") -> Sequence[Any]:
    due = deadline[name]
    return due["on"], due["daysLeft"], due["daysPaused"], due["lateBy"]


async def test_the_clock_runs_stands_goes_on_and_ends():
    """The same case day by day: nothing of it is kept, so each read says what holds then."""
    clock = Clock()
    assert figures(await read(case(ACCEPTED), clock)) == ("2026-03-16", 8, 0, 0)
    clock.now += timedelta(days=1)
    assert figures(await read(case(ACCEPTED), clock)) == ("2026-03-16", 7, 0, 0)
    clock.now += timedelta(days=4)
    seen = await read(case(ACCEPTED, STOPPED), clock)
    assert figures(seen) == (None, 7, 2, None)
    assert (seen["pausedSince"], seen["pausedFor"]) == ("2026-03-05T10:00:00+08:00", "EXTENDED_APPROVAL")
    clock.now += timedelta(days=2)
    seen = await read(case(ACCEPTED, STOPPED, RESUMED), clock)
    assert figures(seen) == ("2026-03-19", 6, 3, 0)
    assert (seen["pausedSince"], seen["pausedFor"]) == (None, None)
    clock.now += timedelta(days=9)
    assert figures(await read(case(ACCEPTED, STOPPED, RESUMED), clock)) == ("2026-03-19", 0, 3, 1)
    clock.now += timedelta(days=100)
    seen = await read(case(ACCEPTED, STOPPED, RESUMED, GRANTED), clock)
    assert figures(seen) == ("2026-03-19", None, 3, 1)
    assert [(row["kind"], row["procedure"]) for row in seen["proof"]] == [
        ("ACCEPTED", None), ("SUSPENDED", "EXTENDED_APPROVAL"), ("RESUMED", None), ("GRANTED", None),
    ]  # fmt: skip


async def test_the_limit_by_law_runs_beside_the_promise():
    """In its own unit, with what the platform says about it."""
    seen = await read(case(ACCEPTED, STOPPED, RESUMED), Clock())
    assert seen["promised"]["limit"] == {"number": 10, "unit": "WORKING_DAYS", "note": None}
    assert seen["statutory"]["limit"] == {"number": 1, "unit": "MONTHS", "note": "自受理之日起"}
    assert figures(seen, "statutory") == ("2026-04-07", 34, 5, 0)
    assert (seen["promised"]["provisional"], seen["statutory"]["provisional"]) == (False, False)


def test_each_case_is_read_by_the_days_of_its_platform():
    """At noon in China it is still yesterday evening eleven hours to the west; of a platform that is gone, China's days count."""
    names = dict.fromkeys(Locale, "x")
    west = PlatformCard("44", names, "12345", "provincial", None, offset=timedelta(hours=-9))
    calendar, clock = WorkingCalendar(frozenset(), frozenset(), date(2026, 12, 31)), Clock()
    ends = []
    for cards in ({"44": west}, {}):
        found = Deadlines(calendar, cards, clock).of(
            case(ACCEPTED, facts=Facts("N", "t", promised_limit=FACTS.promised_limit))
        )
        assert found and found.promised
        ends.append((found.promised.on, found.promised.days_left))
    assert ends == [(date(2026, 3, 13), 8), (date(2026, 3, 16), 8)]


async def test_a_platform_that_states_nothing_gets_null():
    """No limit, no date, no deadline."""
    assert await read(case(ACCEPTED, facts=Facts("N-1", "居住证签发")), Clock()) is None


def test_the_proof_is_bounded_and_keeps_the_beginning():
    """A platform that writes a thousand pauses gets fifty rows, the acceptance among them."""
    rows = [
        Event(f"{day}:{kind}", str(day), kind, datetime(2026, 3, 3, tzinfo=CHINA) + timedelta(days=day + more))
        for day in range(0, 200, 2)
        for more, kind in enumerate((EventKind.SUSPENDED, EventKind.RESUMED))
    ]
    clock = Clock()
    clock.now += timedelta(days=300)
    found = Deadlines(WorkingCalendar(frozenset(), frozenset(), date(2026, 12, 31)), {}, clock).of(
        case(ACCEPTED, *rows)
    )
    assert found is not None and len(found.proof) > MOST_EVENTS
    shown = CaseDeadline.of(found).proof
    assert (len(shown), shown[0].kind, shown[-1].at) == (MOST_EVENTS, EventKind.ACCEPTED, found.proof[-1].at)
