"""Licences."""

from collections.abc import Mapping
from datetime import date, datetime

import strawberry

from domain.caller import Locale
from domain.ids import Noun, public_id
from domain.licence import IdentifierCheck, KeptLicence, LicenceState
from domain.page import Page, Place, cursor
from domain.platform import PlatformCard
from domain.times import moment
from resolvers.licences import LicencePage
from schema.access import Disclosure, told
from schema.common import Federated, Node, PageInfo, Platform, card_of, federated
from schema.context import Context
from schema.pages import rows_of


@strawberry.type(description="An electronic licence (data names after GB/T 36903).")
class Licence(Node):
    number: str = told("Its number.", Disclosure.PERSONAL)
    name: str = told("What kind of licence it is.", Disclosure.STATUS)
    state: LicenceState = told("Whether it holds, as its platform says.", Disclosure.STATUS)
    holder: str | None = told("In whose name.", Disclosure.PERSONAL)
    identifier: str | None = told("Its national identifier (GB/T 36904).", Disclosure.PERSONAL)
    identifier_check: IdentifierCheck = told("What the identifier's check character says.", Disclosure.STATUS)
    type_code: str | None = told("Code of its kind.", Disclosure.STATUS)
    issuer: str | None = told("Who issued it.", Disclosure.STATUS)
    issuer_code: str | None = told("Credit code of who issued it.", Disclosure.STATUS)
    issued_date: date | None = told("When it was issued.", Disclosure.PERSONAL)
    valid_from: date | None = told("From which day it holds.", Disclosure.PERSONAL)
    valid_to: date | None = told("Until which day it holds; null for no end.", Disclosure.PERSONAL)
    platform: Platform = told("Which platform says so.", Disclosure.STATUS)
    updated_at: datetime = told(
        "When the platform last changed it, or of receipt if that was earlier.", Disclosure.STATUS
    )
    observed_at: datetime = told("When the newest observation behind it was made.", Disclosure.STATUS)

    @classmethod
    def of(cls, kept: KeptLicence, card: PlatformCard, locale: Locale) -> "Licence":
        value = kept.licence
        return cls(
            id=strawberry.ID(public_id(Noun.LICENCE, kept.id)),
            number=value.number,
            name=value.name,
            state=value.state,
            holder=value.holder or None,
            identifier=value.identifier or None,
            identifier_check=value.identifier_check,
            type_code=value.type_code or None,
            issuer=value.issuer or None,
            issuer_code=value.issuer_code or None,
            issued_date=value.issued,
            valid_from=value.valid_from,
            valid_to=value.valid_to,
            platform=Platform.of(card, locale),
            updated_at=moment(kept.updated),
            observed_at=moment(kept.dated),
        )


def shown_licence(kept: KeptLicence, context: Context) -> Licence:
    """A licence, to whoever asks."""
    return Licence.of(kept, card_of(context.use.platforms, kept.platform), context.locale)


@strawberry.type(description="One licence in a list.")
class LicenceEdge:
    cursor: str = told("Give it as after to go on behind this one.", Disclosure.STATUS)
    node: Licence = told("The licence.", Disclosure.STATUS)


@strawberry.type(description="Licences, newest first.")
class LicenceConnection(Federated):
    edges: list[LicenceEdge] = told("The page.", Disclosure.STATUS)
    page_info: PageInfo = told("Where it goes on.", Disclosure.STATUS)

    @classmethod
    def of(
        cls, page: LicencePage, wanted: Page, cards: Mapping[str, PlatformCard], locale: Locale
    ) -> "LicenceConnection":
        edges = [
            LicenceEdge(
                cursor=cursor(Place(item.updated, item.id)),
                node=Licence.of(item, card_of(cards, item.platform), locale),
            )
            for item in page.items
        ]
        info = PageInfo.of(wanted, [edge.cursor for edge in edges], page.more)
        return cls(edges=rows_of(edges), page_info=info, **federated(page.sources, page.total, cards, locale))
