"""What a check is, how it ends, and how checks are run one after the other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter
from typing import Generic, TypeVar

from integrations.port import PlatformTrouble

B = TypeVar("B")


class Outcome(StrEnum):
    """How a check ended. A warning says what remains unproved or comes close to a limit; it fails nothing."""

    PASSED = "passed"
    WARNED = "warned"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """How a check ended, and what is to be said of it: numbers, places and words, and never a value of a person.

    What no file of a report can hold is replaced: a word or the name of a field of a platform may be anything.
    """

    outcome: Outcome
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", _plain(self.detail))


def _plain(text: str) -> str:
    """Without what XML 1.0 and UTF-8 cannot hold."""
    return "".join(
        c if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff") else "?"
        for c in text
    )


class Ended(Exception):
    """Ends a check from within, with its finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


class NotRecorded(Exception):
    """A cassette holds no answer to a question: whoever recorded it did not put it."""


def passed(detail: str) -> Finding:
    return Finding(Outcome.PASSED, detail)


def warned(detail: str) -> Finding:
    return Finding(Outcome.WARNED, detail)


def skipped(detail: str) -> Ended:
    """To be raised. `detail`: what would be needed."""
    return Ended(Finding(Outcome.SKIPPED, detail))


def failed(detail: str) -> Ended:
    """To be raised."""
    return Ended(Finding(Outcome.FAILED, detail))


@dataclass(frozen=True)
class Check(Generic[B]):
    """One check. `does` and `zh` say in English and Chinese what is done; `run` does it on a bench."""

    name: str
    group: str
    does: str
    zh: str
    run: Callable[[B], Awaitable[Finding]]


@dataclass(frozen=True)
class Result:
    """A check that ended."""

    name: str
    group: str
    does: str
    zh: str
    finding: Finding
    seconds: float


async def run_all(checks: Sequence[Check[B]], bench: B, begins: Callable[[str], None]) -> AsyncIterator[Result]:
    """Runs the checks in their order; `begins` is told the name of each beforehand."""
    for check in checks:
        begins(check.name)
        began = perf_counter()
        finding = await _finding(check, bench)
        yield Result(check.name, check.group, check.does, check.zh, finding, perf_counter() - began)


async def _finding(check: Check[B], bench: B) -> Finding:
    try:
        return await check.run(bench)
    except Ended as ended:
        return ended.finding
    except NotRecorded:
        return Finding(Outcome.SKIPPED, "the cassette does not hold this question")
    except PlatformTrouble as trouble:
        return Finding(Outcome.FAILED, said(trouble))


def said(trouble: PlatformTrouble) -> str:
    """What became of a question, as it is counted in `sources`, and why."""
    return f"{trouble.reason.name}: {trouble.detail}"
