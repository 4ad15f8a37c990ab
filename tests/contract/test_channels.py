"""The suite that every channel passes: the dispatcher relies on each claim here and on nothing else of a channel."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import pytest

from domain.delivery import AttemptOutcome, Outcome
from domain.times import SECOND
from notifications.channel import NO_ACCOUNT, QUOTA, STOPPING, Channel, Push
from notifications.channels.fcm import FcmAccount, FcmChannel
from tests.contract.fcm_double import FcmDouble, fcm_double
from tests.doubles.channel import MemoryChannel
from tests.live import eventually

NUMBERS = itertools.count(1)

PAUSE_S = 7

WORLD = {  # what may befall a push -> FCM's name for it, the outcome
    "dead token": ("UNREGISTERED", Outcome(AttemptOutcome.DEAD_TOKEN, "unregistered")),
    "another's token": ("SENDER_ID_MISMATCH", Outcome(AttemptOutcome.DEAD_TOKEN, "sender-id-mismatch")),
    "quota": ("QUOTA_EXCEEDED", Outcome(AttemptOutcome.LATER, QUOTA, retry_after=PAUSE_S * SECOND)),
    "busy": ("UNAVAILABLE", Outcome(AttemptOutcome.LATER, "unavailable", retry_after=PAUSE_S * SECOND)),
    "broken": ("INTERNAL", Outcome(AttemptOutcome.LATER, "internal", retry_after=PAUSE_S * SECOND)),
    "proxy's page": ("BAD_GATEWAY", Outcome(AttemptOutcome.UNKNOWN, "foreign-answer", retry_after=PAUSE_S * SECOND)),
    "no answer": ("HANG", Outcome(AttemptOutcome.UNKNOWN, "timeout")),
    "cut off": ("DROP", Outcome(AttemptOutcome.UNKNOWN, "unknown")),
}


class Bench(Protocol):
    """A channel and the world behind it."""

    @property
    def channel(self) -> Channel: ...

    async def befall(self, token: str, what: str) -> None:
        """From now on, this befalls every push to the phone."""

    async def shown(self, token: str) -> set[str]:
        """Public ids of the notifications that the phone shows."""

    async def under_way(self) -> None:
        """Returns once the provider has a call that it does not answer."""


class MemoryBench:
    def __init__(self) -> None:
        self.channel = self._memory = MemoryChannel()

    async def befall(self, token: str, what: str) -> None:
        self._memory.answer(token, WORLD[what][1])

    async def shown(self, token: str) -> set[str]:
        return {push.notification for push in self._memory.phones[token].values()}

    async def under_way(self) -> None:
        await asyncio.sleep(0)


class FcmBench:
    def __init__(self, double: FcmDouble) -> None:
        account = FcmAccount(double.service_account, double.fcm, timeout_s=6.0)
        self.channel = FcmChannel({"app": account}, lambda: 1_790_000_000 * SECOND)
        self._double, self._sends = double, 0

    async def befall(self, token: str, what: str) -> None:
        pause: dict[str, Any] = {} if what in ("no answer", "cut off") else {"retry_after": PAUSE_S}
        await self._double.answer(token, WORLD[what][0], seconds=20.0, **pause)
        self._sends, _ = await self._double.counts()

    async def shown(self, token: str) -> set[str]:
        return {message["data"]["notification"] for message in await self._double.phone(token)}

    async def under_way(self) -> None:
        await eventually(self._double.counts, lambda seen: seen[0] > self._sends)


@pytest.fixture(scope="module")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FcmDouble]:
    with fcm_double(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(params=["memory", "fcm"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    made: Bench = MemoryBench() if request.param == "memory" else FcmBench(request.getfixturevalue("double"))
    yield made
    await made.channel.close()


def push(token: str = "", client: str = "app", **changes: Any) -> Push:
    """A push of a notification of its own, to a phone of its own unless a token is given."""
    number = next(NUMBERS)
    fields = {"notification": f"notification_{number:032x}", "wording": "case.granted", "tag": f"{number:032x}"}
    return Push(
        **{"token": token or f"phone-{number}", "client": client, "ttl_s": 3600, "urgent": True, **fields, **changes}
    )


async def test_a_push_arrives(bench: Bench) -> None:
    """What is accepted is on the phone, and has the provider's message id."""
    one = push()
    (outcome,) = await bench.channel.send([one])
    assert outcome.kind is AttemptOutcome.ACCEPTED
    assert outcome.message_id
    assert await bench.shown(one.token) == {one.notification}


@pytest.mark.parametrize("what", WORLD)
async def test_whatever_befalls_is_an_outcome(bench: Bench, what: str) -> None:
    """Every failure is one outcome of the closed list, with the provider's pause where it named one."""
    one = push()
    await bench.befall(one.token, what)
    assert await bench.channel.send([one]) == [WORLD[what][1]]


async def test_outcomes_are_in_order_and_apart(bench: Bench) -> None:
    """In one call each push has its own outcome at its own place, whatever befalls its neighbours."""
    pushes = [push() for _ in range(2 * len(WORLD))]
    for one, what in zip(pushes[::2], WORLD, strict=True):
        await bench.befall(one.token, what)
    outcomes = await bench.channel.send(pushes)
    assert outcomes[::2] == [outcome for _, outcome in WORLD.values()]
    assert {outcome.kind for outcome in outcomes[1::2]} == {AttemptOutcome.ACCEPTED}


async def test_quota_is_said_in_the_shared_word(bench: Bench) -> None:
    """A used-up quota stops the client: the dispatcher knows it by a code that all channels share."""
    one = push()
    await bench.befall(one.token, "quota")
    assert (await bench.channel.send([one]))[0].code in STOPPING


async def test_a_client_without_an_account_is_refused(bench: Bench) -> None:
    """A push of a client that the channel does not serve is refused, and the others are sent."""
    stranger, known = push(client="stranger"), push()
    outcomes = await bench.channel.send([stranger, known])
    assert outcomes[0] == Outcome(AttemptOutcome.REFUSED, NO_ACCOUNT)
    assert outcomes[1].kind is AttemptOutcome.ACCEPTED
    assert await bench.shown(stranger.token) == set()


async def test_many_at_once(bench: Bench) -> None:
    """More pushes than any batch of a provider are sent, each once."""
    pushes = [push() for _ in range(601)]
    outcomes = await bench.channel.send(pushes)
    assert [outcome.kind for outcome in outcomes] == [AttemptOutcome.ACCEPTED] * 601
    assert await bench.shown(pushes[-1].token) == {pushes[-1].notification}


async def test_nothing_to_send(bench: Bench) -> None:
    """No pushes, no outcomes."""
    assert await bench.channel.send([]) == []


async def test_it_can_be_cut_off(bench: Bench) -> None:
    """A call that takes too long can be cancelled, and the channel still works."""
    one, other = push(), push()
    await bench.befall(one.token, "no answer")
    sending = asyncio.create_task(bench.channel.send([one]))
    await bench.under_way()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert (await bench.channel.send([other]))[0].kind is AttemptOutcome.ACCEPTED


async def test_closing_twice(bench: Bench) -> None:
    """Closing works inside the running loop, and a second time does nothing."""
    await bench.channel.send([push()])
    await bench.channel.close()
    await bench.channel.close()


def test_the_name_is_short(bench: Bench) -> None:
    """The name fits the column of devices and deliveries."""
    assert 0 < len(bench.channel.name) <= 16
