"""Long pages are completed a few rows at a time; nobody can tell from the answer."""

import asyncio

import pytest
import strawberry

from schema.pages import WHOLE, rows_of


@strawberry.type
class Row:
    number: int


@strawberry.type
class Query:
    @strawberry.field
    def rows(self, count: int) -> list[Row]:
        return rows_of([Row(number=number) for number in range(count)])


SCHEMA = strawberry.Schema(Query)


@pytest.mark.parametrize(("count", "shared"), [(0, False), (WHOLE, False), (WHOLE + 1, True), (100, True)])
async def test_others_have_turns_while_a_long_page_is_completed(count: int, shared: bool):
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await asyncio.sleep(0)
    before = turns
    answer = await SCHEMA.execute("query ($count: Int!) { rows(count: $count) { number } }", {"count": count})
    beside.cancel()
    assert answer.errors is None
    assert answer.data == {"rows": [{"number": number} for number in range(count)]}
    assert (turns - before > 1) is shared


def test_it_is_a_list_to_whoever_reads_it():
    """Equal, sliced and counted as one."""
    rows = list(range(WHOLE + 1))
    assert rows_of(rows) == rows
    assert rows_of(rows)[0] == 0
