"""Where the rows of one question end, by what its answers say, and how the next page is asked for."""

from dataclasses import dataclass, field
from typing import Any

from integrations.dialects.dialect import LINK
from integrations.form.operations import CURSOR, TURNING, Next, Operation, Values
from integrations.mapping.values import is_true, text_of


@dataclass(frozen=True)
class Page:
    """One page: its rows, how many there are on all pages (if it says so), and what stands at the place of `next`."""

    rows: list[Any]
    total: int | None = None
    next: Any = None


@dataclass
class Pages:
    """The pages of one question so far. `whole`: nothing says that a row was missed between two of them."""

    operation: Operation
    rows: list[Any] = field(default_factory=list)
    whole: bool = True
    _last: Page | None = None

    def add(self, page: Page) -> None:
        """Takes in the next page."""
        # A list that grew or shrank between two pages may have moved a row past us.
        if self._last is not None and self.operation.total:
            self.whole = self.whole and page.total == self._last.total and bool(page.rows)
        self.rows += page.rows
        self._last = page

    def following(self) -> Values | None:
        """What asks for the page after the last one; None if there is none. Raises Drifted."""
        page, operation = self._last, self.operation
        if page is None:
            return {CURSOR: None}
        if operation.next:
            return _next(operation.next, page.next)
        if operation.total:
            more = len(self.rows) < (page.total or 0)
        else:
            # Not by a page that is not full: a platform that cuts its pages shorter than it was asked to would lose rows.
            more = operation.holds(*TURNING) and bool(page.rows)
        return {CURSOR: None} if more else None


def _next(form: Next, value: Any) -> Values | None:
    if form.more:
        return {CURSOR: None} if is_true(value, form.more) else None
    told = "" if value is False else text_of(value, form.place)
    return {CURSOR if form.cursor else LINK: told} if told else None
