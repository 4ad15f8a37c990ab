"""One kind of question to a platform: its pages, put together under one time limit and taken out of what the dialect brings."""

from typing import Any

from domain.assurance import UNVOUCHED, Vouched
from domain.identity import Identity
from integrations.asker import READER, Asker
from integrations.dialects.dialect import NOTHING, Ask
from integrations.form.connection import Limits
from integrations.form.operations import ACCOUNT, NUMBER, VOUCHED, Operation, Values, filled
from integrations.guard.guard import Call, Guard
from integrations.mapping.language import Language, reader
from integrations.mapping.values import number_of, rows_of, text_of, word_of
from integrations.paging import Page, Pages
from integrations.port import Drifted, Refused

MOST_PAGES_IN_ONE = 2
"""What an answer may hold of a platform that does not cut its pages where it was asked to. It bounds the work for each."""


class Exchange:
    """Asks about one noun, however many pages that takes. `ask` puts one question in the platform's dialect."""

    def __init__(self, ask: Ask, operation: Operation, language: Language, limits: Limits, guard: Guard) -> None:
        success, following, whose = operation.success, operation.next, operation.whose
        self._ask, self._operation, self._limits, self._guard = ask, operation, limits, guard
        values = [operation.total, success.at if success else None, following.place if following else None]
        self._read = reader(language, values, [operation.rows])
        self._whose = reader(language, [whose.at]) if whose else None

    async def rows(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> tuple[list[Any], bool]:
        """All rows; and whether there were more than the bounded paging takes. Raises PlatformTrouble."""
        async with self._guard.question(asker) as call:
            pages, about = Pages(self._operation), self._about(identity, vouched)
            for number in range(1, self._limits.pages + 1):
                if (place := pages.following()) is None:
                    break
                pages.add(await self._page(call, {**about, **self._place(number, len(pages.rows)), **place}))
            truncated = not pages.whole or pages.following() is not None
            return self._own(pages.rows, about), truncated

    def _about(self, identity: Identity, vouched: Vouched) -> Values:
        """What the placeholders stand for that say about whom a question is."""
        return {
            "{identity.type}": identity.type.value,
            NUMBER: identity.number,
            ACCOUNT: vouched.account,
            VOUCHED: vouched,
        }

    def _place(self, number: int, before: int) -> Values:
        """What the placeholders stand for when page `number` is asked for, and so many rows came before."""
        return {
            "{page.number}": number,
            "{page.index}": number - 1,
            "{page.size}": self._limits.page_size,
            "{page.offset}": before,
        }

    async def _page(self, call: Call, values: Values) -> Page:
        operation, answer = self._operation, await call(lambda: self._ask(values))
        if answer is NOTHING:
            return Page([], 0)
        total, word, following, found = self._read(answer)
        if self._says_nothing(word):
            return Page([], 0)
        if found is None and not operation.total:
            # A list that was renamed, or an error with status 200, would pass for a person who has nothing.
            raise Drifted(f"{operation.rows} is not there")
        rows = rows_of(found, operation.rows)
        promised = number_of(total, operation.total) if operation.total else None
        most = MOST_PAGES_IN_ONE * self._limits.page_size
        if len(rows) > most:
            raise Drifted(f"{operation.rows} has more rows than {MOST_PAGES_IN_ONE} pages of {self._limits.page_size}")
        if promised and not rows and values["{page.number}"] == 1:
            raise Drifted(f"{operation.rows} is empty, {operation.total} is not")
        return Page(rows, promised, following)

    def _says_nothing(self, word: Any) -> bool:
        """Whether the answer says that the platform holds nothing. Raises Refused if it says that it declines."""
        success = self._operation.success
        if success is None or (said := word_of(word, success.at)) == success.equals:
            return False
        if said not in success.empty:
            raise Refused(f"{success.at} is not {success.equals}")
        return True

    def _own(self, rows: list[Any], about: Values) -> list[Any]:
        """Those of the party, where a row says whose it is."""
        whose = self._operation.whose
        if whose is None or self._whose is None:
            return rows
        wanted = filled(whose.equals, about).casefold()
        return [row for row in rows if text_of(self._whose(row)[0], whose.at).strip().casefold() == wanted]
