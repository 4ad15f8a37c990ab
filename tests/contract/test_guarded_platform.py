"""A described platform over real HTTP, in its bad moments: which of them nobody notices, and how it is left alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from domain.health import BreakerState, PlatformState, health_of, state_of
from domain.identity import identity
from integrations.guard import breaker as breakers
from integrations.guard.breaker import LEAST_CALLS
from integrations.guard.hedge import LEAST_ANSWERS
from integrations.port import (
    BreakerOpen,
    Overloaded,
    PlatformTrouble,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unreachable,
)
from integrations.registry import Access, connect, read_descriptions
from store.shared.memory import MemoryQuotas

CITIZEN = identity("111", "11010519491231002X")
NOTHING = {"code": "0000", "data": {"TOTAL": 0, "LIST": []}}


class Moody:
    """Answers well, but for the first requests as `moods` says: a status, with a header Retry-After, `drop` or `hang`."""

    def __init__(self) -> None:
        self.moods: list[int | str | tuple[int, str]] = []
        self.always: int | str | None = None
        self.asked = self.left = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        await request.read()
        mood = self.always or (self.moods.pop(0) if self.moods else 200)
        if mood == "drop":
            assert request.transport
            request.transport.abort()
        if mood == "hang":
            await self._hang()
        status, headers = (mood[0], {"Retry-After": mood[1]}) if isinstance(mood, tuple) else (mood, {})
        return web.json_response(NOTHING, status=status if isinstance(status, int) else 200, headers=headers)

    async def _hang(self) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.left += 1
            raise


@pytest.fixture
async def moody() -> Moody:
    return Moody()


@pytest.fixture
async def platform(moody: Moody) -> AsyncIterator[Any]:
    """It, as its description with a time limit of 1 s reaches it."""
    description = read_descriptions()["44"]
    quick = description.model_copy(update={"limits": description.limits.model_copy(update={"timeout_s": 1.0})})
    app = web.Application()
    app.router.add_post(description.operations.cases.path, moody.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    access = Access(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", {"app_key": "k"}, ["s"])  # type: ignore[union-attr]
    async with aiohttp.ClientSession() as session:
        yield connect({"44": quick}, {"44": access}, session, lambda: 1, bytes, MemoryQuotas()).connected["44"]
    await runner.cleanup()


async def asked(platform: Any, times: int) -> list[Any]:
    return await asyncio.gather(*(platform.cases(CITIZEN) for _ in range(times)), return_exceptions=True)


@pytest.mark.parametrize("moods", [[503], [502, 504], ["drop"], ["drop", 503]])
async def test_a_bad_moment_is_not_noticed(platform: Any, moody: Moody, moods: list[Any]) -> None:
    """The call is made again, within the same time limit."""
    moody.moods = list(moods)
    assert (await platform.cases(CITIZEN)).observations == ()
    assert moody.asked == len(moods) + 1
    assert health_of([platform.figures(0)]).error_rate == 0.0


@pytest.mark.parametrize(
    ("mood", "trouble", "tries"),
    [
        (503, Overloaded, 3),
        ("drop", Unreachable, 3),
        (500, ServerFailed, 1),
        (429, RateLimited, 1),
        ("hang", TimedOut, 1),
    ],
)
async def test_what_lasts_is_said(
    platform: Any, moody: Moody, mood: Any, trouble: type[PlatformTrouble], tries: int
) -> None:
    """After three tries where another may help, else after one."""
    moody.always = mood
    with pytest.raises(trouble):
        await platform.cases(CITIZEN)
    assert moody.asked == tries


@pytest.mark.parametrize(("status", "trouble"), [(429, RateLimited), (503, Overloaded)])
async def test_a_wish_to_be_left_alone_is_granted(
    platform: Any, moody: Moody, status: int, trouble: type[PlatformTrouble]
) -> None:
    """Nobody calls until Retry-After is over; then it is asked again."""
    moody.moods = [(status, "1")]
    with pytest.raises(trouble):
        await platform.cases(CITIZEN)
    for ended in await asked(platform, 5):
        assert isinstance(ended, RateLimited)
    assert moody.asked == 1
    await asyncio.sleep(1.05)
    assert (await platform.cases(CITIZEN)).observations == ()


async def test_a_slow_call_is_overtaken(platform: Any, moody: Moody) -> None:
    """By a second one; the platform sees that the first is given up."""
    for _ in range(LEAST_ANSWERS):
        await platform.cases(CITIZEN)
    moody.asked, moody.moods = 0, ["hang"]
    assert (await platform.cases(CITIZEN)).observations == ()
    async with asyncio.timeout(5):
        while not moody.left:
            await asyncio.sleep(0.01)
    assert (moody.asked, moody.left) == (2, 1)


@pytest.mark.parametrize("mood", [500, "drop", "hang"])
async def test_one_that_is_down_is_left_alone_until_it_is_back(
    platform: Any, moody: Moody, mood: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it failed ten questions it is asked no more; one question finds out when it is well, and all go on."""
    monkeypatch.setattr(breakers, "PROBE_EVERY_S", 0.3)
    moody.always = mood
    await asked(platform, LEAST_CALLS)
    assert platform.figures(0).breaker is BreakerState.OPEN
    before = moody.asked
    assert {type(ended) for ended in await asked(platform, 20)} == {BreakerOpen}
    assert moody.asked == before
    await asyncio.sleep(0.35)
    assert not isinstance((await asked(platform, 1))[0], BreakerOpen)
    moody.always = None
    await asyncio.sleep(0.35)
    assert (await platform.cases(CITIZEN)).observations == ()
    assert platform.figures(0).breaker is BreakerState.CLOSED
    assert not any(isinstance(ended, Exception) for ended in await asked(platform, 20))


async def test_one_that_declines_is_not_left_alone_and_helps_nobody(platform: Any, moody: Moody) -> None:
    """As with a key that has run out: it is up, and people are told that it does not work. Its faults are counted once."""
    moody.always = 403
    assert {type(ended) for ended in await asked(platform, LEAST_CALLS)} == {Refused}
    health = health_of([platform.figures(0)])
    assert (health.declined, health.failed, health.breaker) == (LEAST_CALLS, 0, BreakerState.CLOSED)
    assert state_of(health) is PlatformState.FAILING
    moody.always = 500
    await asked(platform, 1)
    assert health_of([platform.figures(0)]).declined == LEAST_CALLS


async def test_callers_who_hang_up_close_nobody(platform: Any, moody: Moody) -> None:
    """Many questions are given up while it hangs; then it is asked as before."""
    moody.always = "hang"
    callers = [asyncio.create_task(platform.cases(CITIZEN)) for _ in range(30)]
    await asyncio.sleep(0.3)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    moody.always = None
    assert (await platform.cases(CITIZEN)).observations == ()
    assert platform.figures(0).breaker is BreakerState.CLOSED
