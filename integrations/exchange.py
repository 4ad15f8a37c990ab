"""One kind of question to a platform: its pages, put together under one time limit and taken out of what the dialect brings."""

from typing import Any

from domain.identity import Identity
from integrations.asker import READER, Asker
from integrations.dialects.dialect import Ask
from integrations.form.connection import Limits
from integrations.form.operations import Operation
from integrations.guard.guard import Call, Guard
from integrations.mapping.language import Language, reader
from integrations.mapping.values import number_of, rows_of, word_of
from integrations.port import Drifted, Refused

MOST_PAGES_IN_ONE = 2
"""What an answer may hold of a platform that does not cut its pages where it was asked to. It bounds the work for each."""

Page = tuple[list[Any], int]
"""The rows of one page, and how many there are on all pages."""


class Exchange:
    """Asks about one noun, however many pages that takes. `ask` puts one question in the platform's dialect."""

    def __init__(self, ask: Ask, operation: Operation, language: Language, limits: Limits, guard: Guard) -> None:
        success = operation.success
        self._ask, self._operation, self._limits, self._guard = ask, operation, limits, guard
        self._read = reader(language, [operation.total, success.at if success else None], [operation.rows])

    async def rows(self, identity: Identity, asker: Asker = READER) -> tuple[list[Any], bool]:
        """All rows; and whether there were more than the bounded paging takes. Raises PlatformTrouble."""
        async with self._guard.question(asker) as call:
            rows, promised = await self._page(call, identity, 1)
            whole = True
            for number in range(2, self._limits.pages + 1):
                if len(rows) >= promised:
                    break
                page, total = await self._page(call, identity, number)
                rows += page
                # A list that grew or shrank between two pages may have moved a row past us.
                whole = whole and total == promised and bool(page)
            return rows, not whole or len(rows) < promised

    async def _page(self, call: Call, identity: Identity, number: int) -> Page:
        size = self._limits.page_size
        values = {
            "{identity.type}": identity.type.value,
            "{identity.number}": identity.number,
            "{page.number}": number,
            "{page.size}": size,
            "{page.offset}": (number - 1) * size,
        }
        answer = await call(lambda: self._ask(values))
        total, word, found = self._read(answer)
        success = self._operation.success
        if success and word_of(word, success.at) != success.equals:
            raise Refused(f"{success.at} is not {success.equals}")
        rows, promised = rows_of(found, self._operation.rows), number_of(total, self._operation.total)
        if len(rows) > MOST_PAGES_IN_ONE * size:
            raise Drifted(f"{self._operation.rows} has more rows than {MOST_PAGES_IN_ONE} pages of {size}")
        if promised and number == 1 and not rows:
            raise Drifted(f"{self._operation.rows} is empty, {self._operation.total} is not")
        return rows, promised
