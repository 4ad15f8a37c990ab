"""Types that several nouns share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode

from domain.caller import Locale
from domain.page import Page
from domain.platform import PlatformCard
from domain.source import Reason, Rows, Sources
from domain.source import Source as SourceValue
from domain.times import moment
from schema.access import Disclosure, Level, told
from schema.context import Context
from schema.price import rows

Selecting = FieldNode | FragmentDefinitionNode | InlineFragmentNode


@strawberry.interface(description="Anything with an id that node(id) can find again.")
class Node:
    id: strawberry.ID = told("Opaque and stable for ever.", Disclosure.STATUS)


@strawberry.type(description="Where a list goes on.")
class PageInfo:
    has_next_page: bool = told("Whether more follow.", Disclosure.STATUS)
    has_previous_page: bool = told(
        "Whether it follows on others: true if after was given. There is no way back; since 0.1.", Disclosure.STATUS
    )
    start_cursor: str | None = told(
        "The cursor of its first row; null for an empty page; since 0.1.", Disclosure.STATUS
    )
    end_cursor: str | None = told("Give it as after to go on; null for an empty page.", Disclosure.STATUS)

    @classmethod
    def of(cls, wanted: Page, cursors: Sequence[str], more: bool) -> "PageInfo":
        """Of the page that was asked for, with the cursors of its rows."""
        start, end = (cursors[0], cursors[-1]) if cursors else (None, None)
        return cls(has_next_page=more, has_previous_page=wanted.after is not None, start_cursor=start, end_cursor=end)


@strawberry.type(description="A system of some level of government that holds cases or licences.")
class Platform:
    code: strawberry.ID = told("Its code, never used for another.", Disclosure.NOTHING, Level.PUBLIC)
    name: str = told("Its name, in the caller's language.", Disclosure.NOTHING, Level.PUBLIC)
    hotline: str = told("Whom to call about it.", Disclosure.NOTHING, Level.PUBLIC)
    level: str = told(
        "national, provincial, city, county, town, village or departmental.", Disclosure.NOTHING, Level.PUBLIC
    )
    division: str | None = told(
        "Its administrative division (GB/T 2260), where it has one.", Disclosure.NOTHING, Level.PUBLIC
    )

    @classmethod
    def of(cls, card: PlatformCard, locale: Locale) -> "Platform":
        return cls(
            code=strawberry.ID(card.code),
            name=card.names[locale],
            hotline=card.hotline,
            level=card.level,
            division=card.division,
        )


def card_of(cards: Mapping[str, PlatformCard], code: str) -> PlatformCard:
    """What people are told of a platform; its code alone where its description is gone and what it said is still kept."""
    return cards.get(code) or PlatformCard(code, dict.fromkeys(Locale, code), hotline="", level="", division=None)


@strawberry.type(description="How one platform contributed to one answer.")
class Source:
    platform: Platform = told("The platform.", Disclosure.STATUS)
    rows: Rows = told("What its rows in the whole list are worth.", Disclosure.STATUS)
    reason: Reason | None = told(
        "Why it did not contribute what this answer asked of it; null if it did. Its rows may be recent nonetheless.",
        Disclosure.STATUS,
    )
    as_of: datetime | None = told(
        "When the question was put whose answer its rows are; null if never.", Disclosure.STATUS
    )
    count: int = told("How many rows of the whole list are its.", Disclosure.STATUS)
    truncated: bool = told("It has more rows than one answer takes: the oldest are missing.", Disclosure.STATUS)

    @classmethod
    def of(cls, value: SourceValue, card: PlatformCard, locale: Locale) -> "Source":
        return cls(
            platform=Platform.of(card, locale),
            rows=value.rows,
            reason=value.reason,
            as_of=moment(value.as_of) if value.as_of else None,
            count=value.count,
            truncated=value.truncated,
        )


@strawberry.interface(description="A list out of many platforms, which says what each contributed.")
class Federated:
    is_complete: bool = told(
        "True only if every connected platform that may know the caller answered recently enough and said everything.",
        Disclosure.STATUS,
    )
    sources: list[Source] = told(
        "The platforms that hold rows, are in trouble, or want a higher real-name level.",
        Disclosure.STATUS,
        size=rows(5),
    )
    quiet_sources: int = told("How many other connected platforms answered and hold nothing.", Disclosure.STATUS)
    unasked_sources: int = told(
        "How many other connected platforms were never asked, or so long ago that they may hold something by now. They are "
        "being asked, and sourcesChanged tells when that is done; but those that know the caller by an account of their own "
        "are not asked until the identity provider links it.",
        Disclosure.STATUS,
    )
    unconnected_sources: int = told(
        "How many known systems are not connected: nothing new of theirs is here.", Disclosure.STATUS
    )
    total: int = told(
        "How many rows there are on all pages, of those known: there may be more unless isComplete.", Disclosure.STATUS
    )


def federated(value: Sources, total: int | None, cards: Mapping[str, PlatformCard], locale: Locale) -> dict[str, Any]:
    """The fields of Federated. `total` may be None only where nobody asks for it."""
    return {
        "total": total,
        "is_complete": value.is_complete,
        "sources": [Source.of(source, card_of(cards, source.platform), locale) for source in value.shown],
        "quiet_sources": value.quiet,
        "unasked_sources": value.unasked + value.unlinked,
        "unconnected_sources": value.unconnected,
    }


def wants_total(info: strawberry.Info[Context, None]) -> bool:
    """Whether a federated list is asked for its total, which costs a statement of its own."""
    raw = info._raw_info
    return any(_selects("total", node, raw.fragments) for node in raw.field_nodes)


def _selects(name: str, node: Selecting, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    for one in node.selection_set.selections if node.selection_set else ():
        if isinstance(one, FieldNode):
            found = one.name.value == name
        elif isinstance(one, FragmentSpreadNode):
            found = _selects(name, fragments[one.name.value], fragments)
        else:
            found = isinstance(one, InlineFragmentNode) and _selects(name, one, fragments)
        if found:
            return True
    return False
