"""What a report says of each outcome, in each of its forms, whatever a platform called its words and fields."""

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree

import pytest
from rich.console import Console

from app.kit.check import Finding, Outcome, Result
from app.kit.page import as_html
from app.kit.report import Report, as_json, as_junit, table

HOSTILE = '<b>&amp; "x" ]]> \0\ud800\x1b[31m'
PLAIN = '<b>&amp; "x" ]]> ???[31m'
"""The same as every report can hold it."""

RESULTS = [
    Result(f"check-{outcome}", "drift", "Looks <there>", "查找&", Finding(outcome, f"{outcome} {HOSTILE}"), 0.25)
    for outcome in Outcome
]


def report(*results: Result) -> Report:
    names = "省<平台>", "Province & <platform>"
    return Report("61", names, "http://127.0.0.1", datetime(2026, 11, 25, 9, 0, tzinfo=UTC), results or RESULTS)


def test_junit_has_a_test_for_each_check():
    """Failures and skips as such, with why; what passed or warned says so in its system-out."""
    suite = ElementTree.fromstring(as_junit(report()).encode())
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    assert [each.get("message") for each in suite.iter("failure")] == [f"failed {PLAIN}"]
    assert [each.get("message") for each in suite.iter("skipped")] == [f"skipped {PLAIN}"]
    assert [each.text for each in suite.iter("system-out")] == [f"passed {PLAIN}", f"warned {PLAIN}"]
    assert [each.get("name") for each in suite.iter("testcase")] == [result.name for result in RESULTS]
    assert suite.get("time") == "1.000"


class Page(HTMLParser):
    """The texts of a page by the element and class that they stand in, and which elements there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.found: list[tuple[tuple[str, str], str]] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "meta":
            self.open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found.append((self.open[-1], data))

    def at(self, tag: str, kind: str) -> list[str]:
        return [text for place, text in self.found if place == (tag, kind)]


def test_the_page_says_it_of_each_outcome():
    """Every element is closed, none is of the platform's making, and the counts stand above."""
    page = Page(as_html(report()))
    assert page.open == [] and "there" not in page.tags and page.at("b", "") == []
    assert page.at("p", "detail quiet") == [f"{outcome} {PLAIN}" for outcome in Outcome]
    assert {outcome: page.at("b", outcome) for outcome in Outcome} == {outcome: ["1"] for outcome in Outcome}
    assert page.at("h1", "") == ["省<平台>"] and page.at("span", "mark") == ["✓", "!", "-", "✗"]


def test_json_says_the_same():
    """And can be written to a file in UTF-8."""
    said = json.loads(as_json(report()).encode())
    assert said["counts"] == {outcome.value: 1 for outcome in Outcome}
    assert [one["detail"] for one in said["checks"]] == [f"{outcome} {PLAIN}" for outcome in Outcome]


def printed(results: list[Result], running: str = "") -> list[str]:
    console = Console(file=StringIO(), width=60)
    console.print(table(results, running))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_the_table_shows_how_far_it_is():
    """What ended, each with its mark, and last what runs now."""
    lines = printed(RESULTS[:2], "check-skipped")
    assert lines == [f"✓  check-passed   passed {PLAIN}", f"!  check-warned   warned {PLAIN}", "…  check-skipped"]
    assert not [line for line in printed(RESULTS) if line.startswith("…")]


def test_a_long_detail_is_folded_beside_its_check():
    """So that names stay in a column."""
    first, *others = printed([Result("x", "drift", "", "", Finding(Outcome.PASSED, "word " * 30), 0)])
    assert first.startswith("✓  x  word") and others and all(line.startswith("      word") for line in others)


@pytest.mark.parametrize(("outcome", "has_failed"), [(one, one is Outcome.FAILED) for one in Outcome])
def test_one_sentence_says_how_it_ended(outcome: Outcome, has_failed: bool):
    """And only a failure fails."""
    one = report(Result("x", "drift", "", "", Finding(outcome, ""), 0))
    assert one.has_failed is has_failed and f"1 {outcome}" in one.sentence and one.sentence.startswith("61: ")
