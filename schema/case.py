"""Cases."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

import strawberry

from domain.caller import Locale
from domain.case import Case as CaseValue
from domain.deadline import Deadline
from domain.event import Outcome, Stage
from domain.ids import Noun, public_id
from domain.page import Page, Place, cursor
from domain.platform import PlatformCard
from domain.standing import Ask as AskValue
from domain.standing import NextAction
from domain.times import moment
from domain.turns import in_turns
from resolvers.cases import CasePage
from schema.access import Disclosure, told
from schema.common import Federated, Node, PageInfo, Platform, card_of, federated
from schema.context import Context
from schema.deadline import CaseDeadline
from schema.event import MOST_EVENTS, CaseEvent
from schema.pages import rows_of
from schema.price import rows


@strawberry.type(description="The matter that was applied for.")
class ServiceItem:
    name: str = told("Its name, in the platform's own language.", Disclosure.STATUS)
    basic_code: str | None = told("Basic item code: the same for the same matter everywhere.", Disclosure.STATUS)
    implementation_code: str | None = told("Implementation item code: this authority's.", Disclosure.STATUS)
    handling_code: str | None = told("Code of the handling item, where there is one.", Disclosure.STATUS)


@strawberry.type(description="Who handles a case, and whom to call about it.")
class HandlingUnit:
    name: str | None = told("The unit's name, in the platform's own language.", Disclosure.STATUS)
    hotline: str = told("The unit's number for enquiries, or else its platform's.", Disclosure.STATUS)


@strawberry.type(description="Something the platform asks of the citizen and has not yet got.")
class Ask:
    action: NextAction = told("What to do about it.", Disclosure.STATUS)
    text: str = told("What exactly, in the platform's own words.", Disclosure.PERSONAL)
    since: datetime = told("When it was asked.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: AskValue) -> "Ask":
        return cls(action=value.action, text=value.text, since=value.since)


@strawberry.type(description="The handling of one application by one platform.")
class Case(Node):
    number: str = told("The platform's number of it: say it when you call.", Disclosure.PERSONAL)
    item: ServiceItem = told("What was applied for.", Disclosure.STATUS)
    applicant: str | None = told("In whose name.", Disclosure.PERSONAL)
    platform: Platform = told("Which platform handles it.", Disclosure.STATUS)
    handling_unit: HandlingUnit = told("Who handles it, and whom to call.", Disclosure.STATUS)
    stage: Stage = told("Where it stands.", Disclosure.STATUS)
    outcome: Outcome | None = told("How it ended; null until then.", Disclosure.STATUS)
    suspended: bool = told("A special procedure is under way; the clock stands still.", Disclosure.STATUS)
    next_action: NextAction = told("What the citizen does next.", Disclosure.STATUS)
    asks: list[Ask] = told(
        "What is asked of the citizen and still open, oldest first.", Disclosure.PERSONAL, size=rows(5)
    )
    events: list[CaseEvent] = told(
        "What happened, newest first, at most 50.", Disclosure.PERSONAL, size=rows(MOST_EVENTS)
    )
    promised_date: date | None = told(
        "By when the platform promised to be done when it accepted; deadline says what became of it.", Disclosure.STATUS
    )
    deadline: CaseDeadline | None = told(
        "By when it is due as of now; null where the platform states neither a limit nor a date.", Disclosure.STATUS
    )
    has_news: bool = told("Some notification about it is unread.", Disclosure.STATUS)
    updated_at: datetime = told("Time of the newest event, or of its receipt if that was earlier.", Disclosure.STATUS)
    observed_at: datetime = told("When the newest observation behind it was made.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: CaseValue, card: PlatformCard, locale: Locale, deadline: Deadline | None) -> "Case":
        facts, standing = value.facts, value.standing
        return cls(
            id=strawberry.ID(public_id(Noun.CASE, value.id)),
            number=facts.number,
            item=ServiceItem(
                name=facts.title,
                basic_code=facts.basic_code or None,
                implementation_code=facts.implementation_code or None,
                handling_code=facts.handling_code or None,
            ),
            applicant=facts.applicant or None,
            platform=Platform.of(card, locale),
            handling_unit=HandlingUnit(name=facts.unit or None, hotline=facts.hotline or card.hotline),
            stage=standing.stage,
            outcome=standing.outcome,
            suspended=standing.suspended,
            next_action=standing.next_action,
            asks=[Ask.of(ask) for ask in standing.asks],
            events=[CaseEvent.of(event) for event in reversed(value.events[-MOST_EVENTS:])],
            promised_date=facts.promised,
            deadline=CaseDeadline.of(deadline) if deadline else None,
            has_news=value.has_news,
            updated_at=moment(value.updated),
            observed_at=moment(value.observed),
        )


def shown_case(value: CaseValue, context: Context) -> Case:
    """A case as it is due now, to whoever asks."""
    use = context.use
    return Case.of(value, card_of(use.platforms, value.platform), context.locale, use.deadlines.of(value))


@strawberry.type(description="One case in a list.")
class CaseEdge:
    cursor: str = told("Give it as after to go on behind this one.", Disclosure.STATUS)
    node: Case = told("The case.", Disclosure.STATUS)


@strawberry.type(
    description="Cases, newest first. A case that moves between two pages while they are read may be missed until refetch."
)
class CaseConnection(Federated):
    edges: list[CaseEdge] = told("The page.", Disclosure.STATUS)
    page_info: PageInfo = told("Where it goes on.", Disclosure.STATUS)

    @classmethod
    async def of(
        cls,
        page: CasePage,
        wanted: Page,
        cards: Mapping[str, PlatformCard],
        locale: Locale,
        due: Callable[[CaseValue], Deadline | None],
    ) -> "CaseConnection":
        edges = [
            CaseEdge(
                cursor=cursor(Place(item.updated, item.id)),
                node=Case.of(item, card_of(cards, item.platform), locale, due(item)),
            )
            async for item in in_turns(page.items)
        ]
        info = PageInfo.of(wanted, [edge.cursor for edge in edges], page.more)
        return cls(edges=rows_of(edges), page_info=info, **federated(page.sources, page.total, cards, locale))
