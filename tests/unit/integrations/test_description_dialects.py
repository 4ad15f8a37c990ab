"""Descriptions of the other dialects, of polled platforms, and of the forms of times."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from domain.times import BadTime, micros
from integrations.description import BadDescription, read_description
from integrations.form.lines import line_of
from integrations.form.times import Times
from tests.unit.integrations.descriptions import description, written

SOAP_BODY = "<x:zjlx>{identity.type}</x:zjlx><x:zjhm>{identity.number}</x:zjhm>"
MISTAKES = [
    ("33", 'dialect = "soap"', 'dialect = "rest"', "operations.cases.action"),
    ("33", SOAP_BODY, "<x:zjlx>{identity.typ}</x:zjlx>", "operations.cases.body: expected a constant or one of"),
    ("33", SOAP_BODY, "<x:zjlx>", "operations.cases.body: expected XML"),
    ("33", SOAP_BODY, "<y:zjlx/>", "operations.cases.body: expected XML"),
    ("33", 'number = "@bjbh"', 'number = "q:bjbh"', "cases.facts.number: expected a prefix of connection.namespaces"),
    ("33", 'number = "@bjbh"', 'number = "b:bjbh["', "cases.facts.number: expected XPath"),
    ("33", 'id = "@bsh"', 'id = "//"', "events.id: expected XPath"),
    ("33", 'id = "@bsh"', 'id = "//@bsh"', "events.id: expected a place below its row, such as .//x:CASE"),
    ("33", 'x = "urn:zjzw:exchange:2"', '"1x" = "urn:zjzw:exchange:2"', "connection.namespaces.1x"),
    ("33", 'action = "urn:zjzw:exchange:2#QueryBanjian"', "action = 'a\"b'", "operations.cases.action"),
    ("33", 'username = { setting = "username" }, ', "", "connection.authentication.username"),
    ("33", 'times = ["yyyyMMddHHmmss"]', 'times = ["ddMMyy"]', "times.0"),
    ("33", '"满意" = 4', '"满意" = 6', "cases.satisfaction.table.满意"),
    ("33", "basic_code = [12]", "basic_code = [0]", "cases.lengths.basic_code.0"),
    ("33", "basic_code = [12]", "handling_code = [12]\ntitle = [3]", "cases.lengths.title"),
    ("33", 'basic_code = "b:shixiang/@jbbm"\n', "", "cases.lengths.basic_code: expected nothing"),
    ("31", "variables = { type", "variables = { kind = [1], type", "operations.cases.variables.kind"),
    ("31", "poll_s = 60", "poll_s = 5", "limits.poll_s"),
    ("31", "poll_s = 60\n", "", "events: expected, or limits.poll_s"),
    ("31", 'by = "otherCode || code"', 'by = "otherCode or code"', "cases.events.2.kind.by: expected JMESPath"),
    ("31", '2 = "其他特别程序" }', "2 = 3 }", "cases.events.5.title.table.2"),
    (
        "31",
        'kind = "api-key", header = "X-Shzw-Key", secret = { setting = "api_key" }',
        'kind = "wsse-username-token", username = { setting = "u" }, password = { setting = "p" }',
        "connection.authentication: expected api-key",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "right", "wrong", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, code: str, right: str, wrong: str, said: str):
    """And with a line where there is one; no step of it is a name that only our code knows."""
    file = written(tmp_path, right, wrong, code=code, like=code)
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    named = [error.removeprefix(f"{file}:") for error in caught.value.errors]
    assert any(error.partition(" ")[2].startswith(said) for error in named), named
    assert all(error[0].isdigit() or error.startswith(" events: ") for error in named)


@pytest.mark.parametrize("code", ["31", "33", "44"])
def test_nothing_in_our_descriptions_is_interpreted(tmp_path: Path, code: str):
    """Each has every place compiled."""
    found = description(tmp_path, like=code)
    assert found.interpreted() == [] and len(found.places()) > 70


def test_what_is_interpreted_is_named(tmp_path: Path):
    """By where it stands."""
    found = description(tmp_path, 'number = "@bjbh"', 'number = "string(@bjbh)"', like="33")
    assert found.interpreted() == [(("cases", "facts", "number"), "string(@bjbh)")]


TOML = '''a = 1
[b]
c = """
[no]
d = 2
"""
e = { f = 3 }
[[b.g]]
h = 4
[[b.g]]
"h i" = 5
[b.g.k]
l = 6
'''


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("a",), 1), (("b",), 2), (("b", "c"), 3), (("b", "e", "f"), 7), (("b", "g", 0, "h"), 9), (("b", "g", 1), 10),
        (("b", "g", 1, "h i"), 11), (("b", "g", 1, "k", "l"), 13), (("b", "g", 1, "k", "m"), 12), (("d",), None),
    ],
)  # fmt: skip
def test_lines(where: tuple[str | int, ...], line: int | None):
    """That of the nearest table or key on the way; a text over many lines holds neither."""
    assert line_of(TOML, where) == line


FORMS = {
    "yyyyMMdd": "20261122",
    "yyyy-MM-dd": "2026-11-22",
    "yyyyMMddHHmmss": "20261122093000",
    "yyyyMMddTHHmmss": "20261122T093000",
    "yyyyMMddTHH:mm:ss": "20261122T09:30:00",
    "yyyy-MM-dd HH:mm:ss": "2026-11-22 09:30:00",
    "yyyy-MM-ddTHH:mm:ss": "2026-11-22T09:30:00",
    "yyyy-MM-ddTHH:mm:ssZ": "2026-11-22T09:30:00+08:00",
    "yyyy-MM-dd HH:mm:ssZ": "2026-11-22 09:30:00+08:00",
    "epoch-seconds": "1795311000",
    "epoch-milliseconds": "1795311000000",
}
CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize("form", FORMS)
def test_a_declared_form_is_the_only_one_read(form: str):
    """All others drifted: a platform that suddenly writes otherwise may mean otherwise."""
    times = Times(timedelta(hours=8), [form])  # type: ignore[list-item]
    for other, text in FORMS.items():
        if other == form:
            found = times.stamp(text)
            assert found and found.at.astimezone(CHINA).date() == datetime(2026, 11, 22).date()  # noqa: DTZ001
        else:
            with pytest.raises(BadTime):
                times.stamp(text)


def test_several_forms_and_fractions():
    """As one platform mixes them."""
    times = Times(timedelta(hours=8), ["yyyyMMdd", "yyyy-MM-ddTHH:mm:ssZ"])
    found = times.stamp("2026-11-22T01:30:00.000Z")
    assert found and found.at == datetime(2026, 11, 22, 9, 30, tzinfo=CHINA)
    assert times.stamp("20261122") and times.stamp("") is None and times.stamp("99991231") is None
    assert Times(timedelta(hours=8)).stamp("20261122093000") is not None


@pytest.mark.parametrize(
    ("text", "micros_of", "left_open"),
    [
        ("1795311000", 1_795_311_000_000_000, 1_000_000),
        ("1795311000.25", 1_795_311_000_250_000, 1),
        ("1795311000123", 1_795_311_000_123_000, 1000),
        ("1899999999", 1_899_999_999_000_000, 1_000_000),
        ("2026-11-22T01:30:00.123456+00:00", 1_795_311_000_123_456, 1),
        ("2026-11-22 01:30:00.123456789Z", 1_795_311_000_123_456, 1),
    ],
)
def test_counted_times_and_small_fractions(text: str, micros_of: int, left_open: int):
    """To the digit, in the platform's offset; a count that begins like a placeholder is none."""
    forms = ["epoch-seconds", "epoch-milliseconds", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-dd HH:mm:ssZ"]
    found = Times(timedelta(hours=8), forms).stamp(text)  # type: ignore[arg-type]
    assert found and (micros(found.at), found.latest - micros(found.at) + 1) == (micros_of, left_open)
    assert "T" in text or " " in text or found.at.utcoffset() == timedelta(hours=8)


def test_what_counts_as_no_time():
    """Zero and minus one where times are counted, and nowhere else; other lengths are no counts."""
    counted = Times(timedelta(hours=8), ["epoch-seconds"])
    assert [counted.stamp(text) for text in ("0", "-1", "")] == [None, None, None]
    for text in ("1", "17953110", "1795311000000", "-1795311000", "1795311000."):
        with pytest.raises(BadTime):
            counted.stamp(text)
    with pytest.raises(BadTime):
        Times(timedelta(hours=8)).stamp("0")
