"""Checks of events that the platform's test system really pushes. With switches the kit makes it push; without, it waits."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

from app.kit.bench import Bench
from app.kit.check import Check, Finding, failed, passed, skipped, warned
from app.kit.door import LATER, Delivery, Door
from app.kit.switches import NotOffered, Switches
from domain.times import SECOND
from integrations.port import EventRefused, PlatformEvent, SignatureExpired, SignatureWrong

GROUP = "pushed"
HELD = 100
"""More events than come of two things that happen."""


def door_of(bench: Bench) -> Door:
    """Ends the check where none is open."""
    if bench.description.events is None:
        raise skipped("the platform is polled: by its description it pushes nothing")
    if bench.door is None:
        raise skipped("needs a door and the platform's secret: --events-port N --event-secret SECRET")
    return bench.door


@asynccontextmanager
async def pushing(bench: Bench, **switches: Any) -> AsyncIterator[Door]:
    """The door, with switches turned where there are some. Raises NotOffered."""
    door = door_of(bench)
    if bench.switches is None:
        yield door
        return
    async with bench.switches.turned(events_to=door.address, push=True, **switches):
        yield door


async def move(bench: Bench, most: int = 1) -> list[str]:
    """Has something happen to so many cases of the test persons at most; the numbers of those to which it did, in order."""
    moved: list[str] = []
    for (noun, _), answer in (await bench.everything()).items():
        for item in answer.observations if noun == "cases" and bench.switches else ():
            if len(moved) < most and bench.switches and await bench.switches.advance(item.facts.number):
                moved.append(item.facts.number)
    return moved


async def happy(bench: Bench) -> Finding:
    """An event comes, is believed and read, and says what the next answer says."""
    async with pushing(bench) as door:
        if bench.switches and not await move(bench):
            raise skipped("needs a case of a test person to which something can happen")
        if not await door.until(lambda: bool(door.taken())):
            raise failed(f"no event that can be believed within {door.patience_s:g} s{_refused(door)}")
    event = _event(door.taken()[0])
    if event.problem:
        raise failed(f"an event cannot be read: {event.problem}")
    return await _agreeing(bench, event)


def _refused(door: Door) -> str:
    kinds = sorted({type(one.refused).__name__ for one in door.deliveries if one.refused})
    return f"; refused: {', '.join(kinds)}" if kinds else ""


def _event(delivery: Delivery) -> PlatformEvent:
    assert delivery.event, "asked only of those that were taken"
    return delivery.event


async def _agreeing(bench: Bench, event: PlatformEvent) -> Finding:
    """Whether what an event says stands in the answer that comes after it."""
    who = event.identity or next((one for one in bench.persons if one.number == event.account), None)
    if who is None or who not in bench.persons:
        return warned("believed and read; about somebody who is no test person, so that no answer shows the same")
    for case in event.cases:
        answer = await bench.ask("pushed", "cases", who)
        listed = {item.facts.number: item for item in answer.observations}.get(case.facts.number)
        if listed is None:
            raise failed("an event is about a case that the next answer does not have")
        if missing := set(case.events) - set(listed.events):
            raise failed(f"{len(missing)} of {len(case.events)} things that an event says are not in the next answer")
    return passed("believed, read, and the next answer says the same")


async def resent(bench: Bench) -> Finding:
    """What was not taken comes again, with the same id and body."""
    async with pushing(bench) as door:
        put_off = next((one for one in door.taken() if one.status == LATER), None)
        if put_off is None:
            raise skipped("needs an event")
        again = await door.until(lambda: len(_same(door, put_off)) > 1)
    if not again:
        raise failed(f"an event that was answered 503 did not come again within {door.patience_s:g} s")
    if any(one.envelope.body != put_off.envelope.body for one in _same(door, put_off)):
        raise failed("an event came again with the same id and another body")
    return passed("answered 503, and came again, the same")


def _same(door: Door, delivery: Delivery) -> list[Delivery]:
    return [one for one in door.taken() if _event(one).event_id == _event(delivery).event_id]


async def duplicate(bench: Bench) -> Finding:
    """An event that comes twice is the same twice."""
    async with pushing(bench, duplicate_events=1) as door:
        before = len(door.deliveries) if bench.switches else 0
        if await move(bench):
            await door.until(lambda: bool(_twice(door.deliveries[before:])))
    if not (twice := _twice(door.deliveries[before:])):
        raise skipped("no event came twice: needs the switch duplicate_events")
    if any(len({one.envelope.body for one in each}) > 1 for each in twice):
        raise failed("an event came twice with the same id and another body")
    return passed(f"{len(twice)} came twice, the same")


def _twice(deliveries: list[Delivery]) -> list[list[Delivery]]:
    """Deliveries by event, of those that came again although they had been taken."""
    by_id: defaultdict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        if one.event and one.status != LATER:
            by_id[one.event.event_id].append(one)
    return [each for each in by_id.values() if len(each) > 1]


async def reordered(bench: Bench) -> Finding:
    """Events that come in another order than they happened are each read for themselves."""
    async with pushing(bench) as door:
        before = len(door.deliveries) if bench.switches else 0
        moved = await _held_back(bench, bench.switches) if bench.switches else []
        if len(moved) == 2:
            await door.until(lambda: _backwards(door.deliveries[before:], moved))
    if not _backwards(door.deliveries[before:], moved):
        raise skipped("events came in their order: needs the switch reorder_events, and two cases that can be moved")
    if problem := next((one.event.problem for one in door.taken() if one.event and one.event.problem), ""):
        raise failed(f"an event cannot be read: {problem}")
    return passed("events that happened later came first, and all were read")


async def _held_back(bench: Bench, switches: Switches) -> list[str]:
    """Has two things happen of which events come afterwards, the last one first; to which cases, in the order of happening."""
    async with switches.turned(reorder_events=HELD):
        return await move(bench, 2)


def _backwards(deliveries: list[Delivery], moved: list[str]) -> bool:
    """Whether an event of the case that was moved last came first; where none was moved, whether one came that happened
    before the one that came before it."""
    events = [one.event for one in deliveries if one.event]
    if not moved:
        return any(one.happened > other.happened for one, other in pairwise(events))
    came = [case.facts.number for event in events for case in event.cases if case.facts.number in moved]
    return set(came) == set(moved) and came[0] == moved[-1]


async def late(bench: Bench) -> Finding:
    """An event of the platform's that was kept on its way has expired."""
    door = door_of(bench)
    if not door.taken() or bench.description.events is None:
        raise skipped("needs an event")
    envelope, window = door.taken()[0].envelope, bench.description.events.signature.window_s
    held = replace(envelope, received=envelope.received + 2 * window * SECOND)
    try:
        door.platform.open_event(held)
    except SignatureExpired:
        return passed(f"the same event {2 * window} s later: expired")
    except EventRefused as refused:
        raise failed(f"expected SignatureExpired, got {type(refused).__name__}") from None
    raise failed(f"the same event {2 * window} s later was taken")


async def forged(bench: Bench) -> Finding:
    """An event of the platform's with a changed body or signature is refused."""
    door = door_of(bench)
    if not door.taken():
        raise skipped("needs an event")
    good = door.taken()[0].envelope
    for body in (good.body + b" ", good.body.replace(b"1", b"2", 1)):
        try:
            door.platform.open_event(replace(good, body=body))
        except SignatureWrong:
            continue
        raise failed("an event with a changed body was taken")
    return await _corrupted(bench)


async def _corrupted(bench: Bench) -> Finding:
    """What becomes of an event that the platform itself signs wrongly, if it can."""
    if bench.switches is None:
        return passed("a changed body: refused")
    try:
        async with pushing(bench, corrupt_signature=True) as door:
            before = len(door.deliveries)
            if not await move(bench):
                return passed("a changed body: refused")
            if not await door.until(lambda: _wrong(door.deliveries[before:])):
                raise failed("an event with a corrupted signature did not come, or was taken")
    except NotOffered:
        return passed("a changed body: refused")
    return passed("a changed body, and a signature that the platform corrupted: refused")


def _wrong(deliveries: list[Delivery]) -> bool:
    return any(isinstance(one.refused, SignatureWrong) for one in deliveries)


CHECKS: tuple[Check[Bench], ...] = (
    Check("pushed-happy", GROUP, "Waits for an event", "等待推送事件", happy),
    Check("pushed-resent", GROUP, "Answers 503, and waits again", "返回503并等待重发", resent),
    Check("pushed-duplicate", GROUP, "Looks for events that come twice", "核对重复事件", duplicate),
    Check("pushed-reordered", GROUP, "Looks for events out of order", "核对乱序事件", reordered),
    Check("pushed-late", GROUP, "Reads an event long after", "很久之后读取事件", late),
    Check("pushed-forged", GROUP, "Changes an event", "篡改事件", forged),
)
