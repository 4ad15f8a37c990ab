"""Long work leaves turns to others."""

import asyncio

import pytest

from domain.turns import in_turns


@pytest.mark.parametrize(("count", "rests"), [(0, 0), (1, 0), (3, 0), (4, 1), (7, 2), (9, 2)])
async def test_others_are_served_between_two_pieces(count: int, rests: int):
    """All items come, in their order, and after each three of them, but not at the end, whoever is there has a turn."""
    seen: list[object] = []

    async def other() -> None:
        while True:
            seen.append("other")
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    try:
        async for item in in_turns(range(count), at_once=3):
            seen += [item]
    finally:
        beside.cancel()
    assert [one for one in seen if one != "other"] == list(range(count))
    together = "".join("." if one == "other" else "x" for one in seen)
    assert len([piece for piece in together.split(".") if piece]) == (rests + 1 if count else 0)
