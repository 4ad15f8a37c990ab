"""The bus: hints reach every process that listens, and none is lost while somebody listens and Redis is up."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from store.shared.bus import DUE, Listener, changes_of
from tests.contract.shared_world import KINDS, Pair, awaited, shared_pair

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOPICS = [f"topic-{number}" for number in range(20)]
"""Enough to be on every node of a cluster."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    async with shared_pair(request.param, tmp_path_factory.mktemp("shared")) as (pair, _):
        yield pair


async def heard(ear: Listener) -> None:
    async with awaited("a hint at an ear of its topic", 10):
        await ear.heard()


async def nothing_more(pair: Pair, topic: str, ear: Listener) -> None:
    """No hint is kept at `ear`. Shown by a later hint at another ear: they come in order."""
    async with pair.other.bus.listen(topic) as later:
        waiting = asyncio.create_task(ear.heard())
        await asyncio.sleep(0)
        assert not waiting.done()
        await pair.one.bus.tell(topic)
        await heard(later)
        async with awaited("the same hint at the ear that came first", 10):
            await waiting


async def test_a_hint_reaches_every_ear_of_its_topic_on_every_process(pair: Pair):
    """Whoever told it, and as soon as the block is entered."""
    for topic in TOPICS:
        async with pair.one.bus.listen(topic) as here, pair.other.bus.listen(topic) as there:
            await pair.one.bus.tell(topic)
            await asyncio.gather(heard(here), heard(there))
            await pair.other.bus.tell(topic)
            await asyncio.gather(heard(here), heard(there))


async def test_a_hint_before_it_is_waited_for_is_kept(pair: Pair):
    """A reader that was busy finds it when it comes back."""
    async with pair.one.bus.listen("busy") as ear, pair.one.bus.listen("busy") as marker:
        await pair.other.bus.tell("busy")
        await heard(marker)
        async with awaited("the hint that was told before", 0.1):
            await ear.heard()


async def test_many_hints_are_one_fact(pair: Pair):
    """A slow reader is not made to read as often as something changed."""
    async with pair.one.bus.listen("many") as ear, pair.one.bus.listen("many-end") as end:
        for _ in range(50):
            await pair.other.bus.tell("many")
        await pair.other.bus.tell("many-end")
        await heard(end)
        await heard(ear)
        await nothing_more(pair, "many", ear)


async def test_other_topics_are_not_heard(pair: Pair):
    """A party's listener is not woken by another party's changes."""
    async with pair.one.bus.listen("mine") as mine, pair.one.bus.listen("theirs") as theirs:
        await pair.other.bus.tell("theirs")
        await heard(theirs)
        await nothing_more(pair, "mine", mine)


async def test_an_ear_that_leaves_takes_no_other_along(pair: Pair):
    """The subscription is shared by all ears of a process, and stands until the last of them left."""
    async with pair.one.bus.listen("shared") as stays:
        async with pair.one.bus.listen("shared"):
            pass
        await pair.other.bus.tell("shared")
        await heard(stays)


async def test_whoever_comes_back_hears_again(pair: Pair):
    """Leaving and coming in quick succession ends as listening."""
    for _ in range(30):
        async with pair.one.bus.listen("again"):
            pass
    async with pair.one.bus.listen("again") as ear:
        await pair.other.bus.tell("again")
        await heard(ear)


async def test_whoever_comes_and_goes_cuts_nobody_off(pair: Pair, caplog: pytest.LogCaptureFixture):
    """However quickly: that a subscription ended by our own wish is no news of Redis, which would hint at everybody."""

    async def come() -> None:
        async with pair.one.bus.listen("flapping"):
            pass

    async with pair.one.bus.listen("other") as other:
        for _ in range(3):
            coming = asyncio.create_task(come())
            await asyncio.sleep(0)
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        async with pair.one.bus.listen("flapping") as ear:
            await pair.other.bus.tell("flapping")
            await heard(ear)
            await nothing_more(pair, "other", other)
    assert not [record for record in caplog.records if record.name.startswith("store")]


async def test_a_listener_that_is_cancelled_while_it_comes_takes_nobody_along(pair: Pair):
    """A phone may hang up at any moment."""

    async def come() -> None:
        async with pair.one.bus.listen("cancelled"):
            await asyncio.Event().wait()

    async with pair.one.bus.listen("staying") as stays:
        for _ in range(20):
            coming = asyncio.create_task(come())
            await asyncio.sleep(0)
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await pair.other.bus.tell("staying")
        await heard(stays)


async def test_telling_where_nobody_listens_is_nothing(pair: Pair, caplog: pytest.LogCaptureFixture):
    """Most changes are of parties whose phone is in a pocket. Nothing fails, which would only be noted."""
    await pair.one.bus.tell(DUE)
    assert not [record for record in caplog.records if record.name.startswith("store")]


async def test_a_thousand_parties_are_listened_to_at_once(pair: Pair):
    """And each hears its own hint."""

    async def listen(topic: str) -> None:
        async with pair.one.bus.listen(topic) as ear:
            await pair.other.bus.tell(topic)
            await heard(ear)

    async with awaited("each party's own hint", 60):
        await asyncio.gather(*(listen(topic) for topic in [changes_of(uuid4()) for _ in range(1000)]))
