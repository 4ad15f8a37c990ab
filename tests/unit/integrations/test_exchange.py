"""The pages of one question: what they promise is held against what is on them."""

from collections.abc import Mapping
from typing import Any

import pytest

from domain.identity import Identity, IdentityType
from integrations.exchange import MOST_PAGES_IN_ONE, Exchange
from integrations.form.connection import Limits
from integrations.form.operations import Next, Operation, Success
from integrations.guard.guard import Guard
from integrations.mapping.json_paths import JsonPaths
from integrations.port import Drifted

SIZE = 10
WHO = Identity(IdentityType.RESIDENT, "number")


CODED = Success(at="code", equals="0", empty=("1404",))


def exchange(rows: int, total: Any) -> Exchange:
    """With a platform that answers every page with so many rows, and says that there are `total`."""
    operation = Operation(path="/list", rows="rows", total="total")
    return answering({"rows": [{"n": number} for number in range(rows)], "total": total}, operation)


def answering(answer: Any, operation: Operation) -> Exchange:
    """With a platform that answers every question with this."""

    async def ask(values: Mapping[str, Any]) -> Any:
        return answer

    return Exchange(
        ask, operation, JsonPaths(), Limits(timeout_s=5, concurrency=1, page_size=SIZE), Guard("x", 5, 1, lambda: 0.5)
    )


async def test_a_platform_that_does_not_cut_its_pages_is_read():
    """As long as one page does not hold much more than was asked for."""
    rows, truncated = await exchange(MOST_PAGES_IN_ONE * SIZE, MOST_PAGES_IN_ONE * SIZE).rows(WHO)
    assert (len(rows), truncated) == (MOST_PAGES_IN_ONE * SIZE, False)


@pytest.mark.parametrize("total", [MOST_PAGES_IN_ONE * SIZE + 1, 1, 1000])
async def test_far_more_rows_than_were_asked_for_are_drift(total: int):
    """Whatever total is said: the work for one answer has a bound."""
    with pytest.raises(Drifted, match=f"rows has more rows than {MOST_PAGES_IN_ONE} pages of {SIZE}"):
        await exchange(MOST_PAGES_IN_ONE * SIZE + 1, total).rows(WHO)


@pytest.mark.parametrize("total", [-1, "-1", None])
async def test_nothing_out_of_an_unknown_number_is_drift(total: Any):
    """Taken for a whole answer it would retire all that is known of the person."""
    with pytest.raises(Drifted, match="total is not a number"):
        await exchange(0, total).rows(WHO)


async def test_nothing_out_of_nothing_is_a_whole_answer():
    """As most people are unknown at most platforms."""
    assert await exchange(0, 0).rows(WHO) == ([], False)


@pytest.mark.parametrize("following", [Next(cursor="cursor"), Next(more="more"), None])
@pytest.mark.parametrize("answer", [{"code": "0", "list": [{"n": 1}]}, {"code": "0", "rows": None}])
async def test_a_list_that_was_renamed_is_drift_although_the_platform_calls_it_a_success(
    following: Next | None, answer: Any
):
    """Where no total contradicts, it would be a full answer without rows, and retire every case."""
    operation = Operation(path="/list", rows="rows", success=CODED, next=following)
    with pytest.raises(Drifted, match="rows is not there"):
        await answering(answer, operation).rows(WHO)


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"code": "1404"}, "rows"),
        ({"code": "0", "rows": []}, "rows"),
        ({"code": "0"}, "rows || `[]`"),
    ],
)
async def test_a_platform_may_say_that_there_is_no_list(answer: Any, place: str):
    """By its word for it, by an empty list, or by leaving it out where the description allows that."""
    assert await answering(answer, Operation(path="/list", rows=place, success=CODED)).rows(WHO) == ([], False)


async def test_a_total_of_nothing_needs_no_list():
    """It says by itself that there is nothing to be missed."""
    operation = Operation(path="/list", rows="rows", total="total", success=CODED)
    assert await answering({"code": "0", "total": 0}, operation).rows(WHO) == ([], False)
