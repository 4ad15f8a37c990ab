"""What the checks found: on the terminal, as JSON, and as JUnit XML for whatever runs the kit each night."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

from rich.table import Table
from rich.text import Text

from app.kit.check import Outcome, Result

MARKS = {Outcome.PASSED: "✓", Outcome.WARNED: "!", Outcome.SKIPPED: "-", Outcome.FAILED: "✗"}
STYLES = {Outcome.PASSED: "green", Outcome.WARNED: "yellow", Outcome.SKIPPED: "dim", Outcome.FAILED: "red"}


@dataclass(frozen=True)
class Report:
    """A whole run. `against`: the address that was asked, without what may be secret in it, or the cassette."""

    code: str
    names: tuple[str, str]
    against: str
    at: datetime
    results: Sequence[Result]

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(result.finding.outcome for result in self.results)

    @property
    def has_failed(self) -> bool:
        return bool(self.counts[Outcome.FAILED])

    @property
    def sentence(self) -> str:
        """How it ended, in one line."""
        return f"{self.code}: " + ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in Outcome)


def table(results: Sequence[Result], running: str = "") -> Table:
    """The results so far, and the check that runs now."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(width=1)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for result in results:
        outcome = result.finding.outcome
        made.add_row(Text(MARKS[outcome], STYLES[outcome]), result.name, Text(result.finding.detail))
    if running:
        made.add_row("…", running, "")
    return made


def as_json(report: Report) -> str:
    """All of it, for a program."""
    found = {
        "platform": report.code,
        "against": report.against,
        "at": report.at.isoformat(timespec="seconds"),
        "counts": {outcome.value: report.counts[outcome] for outcome in Outcome},
        "checks": [_row(result) for result in report.results],
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _row(result: Result) -> dict[str, object]:
    return {
        "name": result.name,
        "group": result.group,
        "outcome": result.finding.outcome.value,
        "detail": result.finding.detail,
        "seconds": round(result.seconds, 3),
    }


def as_junit(report: Report) -> str:
    """JUnit XML, one suite. A warning is a test that passed with something in its system-out."""
    root = ElementTree.Element(
        "testsuite",
        name=f"tongban platform check {report.code}",
        tests=str(len(report.results)),
        failures=str(report.counts[Outcome.FAILED]),
        errors="0",
        skipped=str(report.counts[Outcome.SKIPPED]),
        time=f"{sum(result.seconds for result in report.results):.3f}",
        timestamp=report.at.isoformat(timespec="seconds"),
    )
    for result in report.results:
        _case(root, report.code, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(root: ElementTree.Element, code: str, result: Result) -> None:
    classname, seconds = f"platform.{code}.{result.group}", f"{result.seconds:.3f}"
    case = ElementTree.SubElement(root, "testcase", classname=classname, name=result.name, time=seconds)
    detail = result.finding.detail
    match result.finding.outcome:
        case Outcome.FAILED:
            ElementTree.SubElement(case, "failure", message=detail)
        case Outcome.SKIPPED:
            ElementTree.SubElement(case, "skipped", message=detail)
        case _:
            ElementTree.SubElement(case, "system-out").text = detail
