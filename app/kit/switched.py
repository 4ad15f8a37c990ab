"""Checks that a test system's switches make possible: the platform itself is slow, away, or answers badly."""

from collections.abc import Mapping
from functools import partial

from app.kit.bench import Bench
from app.kit.check import Check, Finding, failed, passed, said, skipped
from app.kit.switches import NotOffered, Switches
from integrations.port import Drifted, PlatformTrouble, RateLimited, Refused, TimedOut, Unreachable

GROUP = "switched"
HASTE_S, LATENCY_MS = 0.2, 1000

Kinds = tuple[type[PlatformTrouble], ...]

ERRORS: Mapping[str, Kinds] = {
    "http500": (Refused,),
    "http503": (Refused, RateLimited),
    "http429": (RateLimited,),
    "declined": (Refused,),
    "fault": (Refused,),
    "errors-only": (Refused,),
    "redirect": (Refused,),
}
MALFORMED: Mapping[str, Kinds] = {
    "garbage": (Drifted,),
    "html": (Drifted,),
    "truncated": (Drifted, Unreachable),
    "drift": (Drifted,),
    "namespace": (Drifted,),
    "bomb": (Drifted,),
    "external-entity": (Drifted,),
    "errors-beside-data": (Drifted,),
    "data-null": (Drifted,),
    "wrong-type": (Drifted,),
}
STATUS: Mapping[str, Kinds] = {"unknown-status": (Drifted,)}
DATES: Mapping[str, Kinds] = {"unknown-date": (Drifted,)}
"""Positions of the switch `error`, and what an answer may be taken for then. A test system has those that it can play."""


def switches_of(bench: Bench) -> Switches:
    """Ends the check where there are none."""
    if bench.switches is None:
        raise skipped("needs switches of the platform's test system: --control URL")
    return bench.switches


async def slow(bench: Bench) -> Finding:
    """A platform that is slow is left at the time limit, and nothing is taken for an empty answer."""
    switches, (noun, person) = switches_of(bench), _question(bench)
    try:
        async with switches.turned(latency_ms=LATENCY_MS):
            await bench.ask("switched-slow", noun, person, limits={"timeout_s": HASTE_S})
    except TimedOut as trouble:
        return passed(said(trouble))
    raise failed(f"an answer within {HASTE_S:g} s of a platform that waits {LATENCY_MS} ms")


async def outage(bench: Bench) -> Finding:
    """A platform that is away is unreachable, and answers again when it is back."""
    switches, (noun, person) = switches_of(bench), _question(bench)
    async with switches.turned(outage=True):
        try:
            await bench.ask("switched-outage", noun, person)
            raise failed("an answer of a platform that is switched off")
        except Unreachable as trouble:
            detail = said(trouble)
    await bench.ask("switched-outage", noun, person)
    return passed(f"{detail}; afterwards an answer")


async def badly(positions: Mapping[str, Kinds], bench: Bench) -> Finding:
    """Each way to answer badly has its name. Asked about who holds something: what is wrong with rows shows only in rows."""
    switches, told = switches_of(bench), []
    holders = await _holders(bench)
    for position, kinds in positions.items():
        try:
            async with switches.turned(error=position):
                for noun, person in holders.items():
                    told.append(f"{position}: {await _trouble(bench, noun, person, position, kinds)}")
        except NotOffered:
            continue
    if not told:
        raise skipped(f"needs the switch error in one of the positions {', '.join(positions)}")
    return passed("; ".join(dict.fromkeys(told)))


async def _holders(bench: Bench) -> dict[str, int]:
    """By noun the person who holds most; nouns of which nobody holds anything are left out. Ends the check if all are."""
    held = {noun for (noun, _), answer in (await bench.everything()).items() if answer.observations}
    if not held:
        raise skipped("needs a test person who holds something: --person 111:NUMBER")
    return {noun: (await bench.richest(noun))[0] for noun in bench.nouns if noun in held}


async def _trouble(bench: Bench, noun: str, person: int, position: str, kinds: Kinds) -> str:
    try:
        answer = await bench.ask("switched", noun, person)
    except kinds as trouble:
        return trouble.reason.name
    except PlatformTrouble as trouble:
        raise failed(f"{noun}, {position}: expected {_names(kinds)}, got {said(trouble)}") from None
    raise failed(f"{noun}, {position}: expected {_names(kinds)}, and it was read: {len(answer.observations)} rows")


def _names(kinds: Kinds) -> str:
    return " or ".join(kind.reason.name for kind in kinds)


def _question(bench: Bench) -> tuple[str, int]:
    """A question that is answered with something, if there is one."""
    if not bench.questions():
        raise skipped("needs a test person of a kind that the platform knows: --person 111:NUMBER")
    held = [key for key, answer in bench.seen.items() if answer.observations]
    return next(iter(held), bench.questions()[0])


CHECKS: tuple[Check[Bench], ...] = (
    Check("switched-slow", GROUP, "Makes the platform slow", "使平台变慢", slow),
    Check("switched-outage", GROUP, "Takes the platform away", "使平台中断", outage),
    Check("switched-error", GROUP, "Makes it answer with errors", "使平台返回错误", partial(badly, ERRORS)),
    Check("switched-malformed", GROUP, "Makes it answer badly", "使平台返回畸形答复", partial(badly, MALFORMED)),
    Check(
        "switched-unknown-status", GROUP, "Makes it use an unknown word", "使平台使用未知代码", partial(badly, STATUS)
    ),
    Check(
        "switched-date-form",
        GROUP,
        "Makes it write a time otherwise",
        "使平台使用未声明的时间格式",
        partial(badly, DATES),
    ),
)
