"""Phones: who is told, who is told no more, and what happens when FCM does not take a push."""

from typing import Any

import pytest
import pytest_asyncio

from app.phone import Phone
from tests.databases import KINDS
from tests.flows.outside import calm, figure, home, inbox_of, nodes, only, pushes, register, sql
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _undisturbed(live: Live) -> None:
    await calm(live)


async def test_every_phone_of_a_party_is_told_once(live: Live) -> None:
    """Two phones are both told; registering one of them again gives the same id and no second push."""
    phone = await live.phone("lin")
    await home(phone)
    first = await register(phone, "lin-1")
    assert await register(phone, "lin-1") == first
    assert await register(phone, "lin-2") != first
    await _news(live, "lin", "review")
    for token in ("lin-1", "lin-2"):
        assert len(await pushes(live, token)) == 1
    assert await _unregister(phone, first) is True
    await _news(live, "lin", "visit")
    await pushes(live, "lin-2", 2)
    assert len(await live.world.get("/phones/lin-1")) == 1
    assert await _unregister(phone, first) is False


async def test_a_phone_in_other_hands(live: Live) -> None:
    """Somebody else signs in on the phone: from then on it tells of their business and no more of the former's."""
    former, new = await live.phone("chen"), await live.phone("huang")
    await home(former)
    await home(new)
    await register(former, "shared")
    await register(former, "chen-own")
    await register(new, "shared")
    await _news(live, "chen", "reopened")
    await pushes(live, "chen-own")
    await _news(live, "huang", "lapsed")
    (message,) = await pushes(live, "shared")
    opened = await new.run("OpenPush", id=message["message"]["data"]["notification"])
    assert opened["data"]["node"]["title"] == "Application closed without a result"


async def test_a_dead_token_is_forgotten(live: Live) -> None:
    """A phone whose app is gone is tried once and never again; installed anew it is told again."""
    phone = await live.phone("he")
    await home(phone)
    await register(phone, "he-gone")
    await register(phone, "he-there")
    await live.world.post("/fcm", token="he-gone", answer="UNREGISTERED", times=1)
    await _news(live, "he", "special")
    await pushes(live, "he-there")
    await eventually(lambda: _rules(live), lambda rules: rules == [])
    await _news(live, "he", "resume")
    await pushes(live, "he-there", 3)
    assert await live.world.get("/phones/he-gone") == []
    await register(phone, "he-gone")
    await _news(live, "he", "granted")
    assert [one["message"]["data"]["wording"] for one in await pushes(live, "he-gone")] == ["case.granted"]


async def test_a_push_that_does_not_get_through_at_once(live: Live) -> None:
    """FCM unavailable: sent again and accepted exactly once. FCM hanging up: sent again, under the same tag, since nobody
    knows whether it arrived; and both are on record."""
    phone = await live.phone("liang")
    await home(phone)
    await register(phone, "liang-busy")
    await register(phone, "liang-cut")
    before = await _attempts(live)
    await live.world.post("/fcm", token="liang-busy", answer="UNAVAILABLE", times=1)
    await live.world.post("/fcm", token="liang-cut", answer="DROP", times=1)
    await _news(live, "liang", "collected")
    first, second = await pushes(live, "liang-cut", 2)
    assert _tag(first) == _tag(second)
    assert len(await pushes(live, "liang-busy")) == 1
    after = await eventually(lambda: _attempts(live), lambda seen: seen["accepted"] == before.get("accepted", 0) + 2)
    assert {one: after[one] - before.get(one, 0) for one in ("unknown", "later")} == {"unknown": 1, "later": 1}
    assert len(nodes(await inbox_of(phone, 1))) == 1


@only(*KINDS, because="workers have no address at which to read figures")
async def test_the_operator_counts_every_attempt(live: Live) -> None:
    """The figures of pushes are those on record, by how they ended."""
    phone = await live.phone("many")
    await home(phone)
    await register(phone, "many-counted")
    await live.world.post("/fcm", token="many-counted", answer="UNAVAILABLE", times=1)
    await _news(live, "many", "visit")
    await pushes(live, "many-counted")
    await eventually(lambda: _attempts(live), lambda seen: seen.keys() >= {"later", "accepted"})
    # Phones of the tests before may ring until now.
    await eventually(lambda: _attempts_by_both(live), lambda both: both[0] == both[1])


@only(*KINDS, because="each worker learns of a pause by a refusal of its own (docs/operating.md)")
async def test_a_quota_is_respected(live: Live) -> None:
    """When FCM asks for a pause, nothing at all is sent before it ends, and everything after."""
    phone = await live.phone("rare")
    await home(phone)
    await register(phone, "rare-1")
    before = (await _attempts(live)).get("later", 0)
    await live.world.post("/fcm", answer="QUOTA_EXCEEDED", retry_after=2, times=1)
    await _news(live, "rare", "visit")
    tries = (await eventually(lambda: _attempts(live), lambda seen: seen.get("later", 0) > before))["later"]
    refused_at = (await live.world.get("/events"))[-1]["attempts"][0]["at"]
    await _news(live, "rare", "withdrawn")
    messages = await pushes(live, "rare-1", 2)
    assert min(message["at"] for message in messages) >= refused_at + 2
    assert {one["message"]["data"]["wording"] for one in messages} == {"case.visit-demanded", "case.withdrawn"}
    assert (await _attempts(live))["later"] == tries


async def _news(live: Live, persona: str, step: str) -> None:
    """Moves on the first case of a persona that can take this step."""
    for case in await live.world.get(f"/cases?persona={persona}"):
        async with live.world.session.post(
            f"{live.world.facts['control']}/advance", json={"case": case["case"], "to": step}
        ) as answer:
            if answer.status == 200:
                return
    raise AssertionError(f"no case of {persona} can be {step}")


async def _unregister(phone: Phone, device: str) -> bool:
    payload = (await phone.run("UnregisterDevice", input={"id": device}))["data"]["unregisterDevice"]
    assert payload["errors"] == []
    return bool(payload["removed"])


async def _rules(live: Live) -> list[Any]:
    """What FCM still has to answer instead of accepting."""
    rules: list[Any] = (await live.world.get("/fcm"))["answers"]
    return rules


async def _attempts_by_both(live: Live) -> tuple[dict[str, int], dict[str, int]]:
    """How many tries ended in which way: as they stand on record, and as they are counted."""
    recorded = await _attempts(live)
    return recorded, {
        outcome: int(await figure(live, "tongban_push_attempts_total", outcome=outcome)) for outcome in recorded
    }


async def _attempts(live: Live) -> dict[str, int]:
    """How many tries at a push ended in which way."""
    return dict(await sql(live, "SELECT outcome, count(*) FROM attempt GROUP BY outcome"))


def _tag(message: dict[str, Any]) -> str:
    return str(message["message"]["android"]["notification"]["tag"])
