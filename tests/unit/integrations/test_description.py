"""Descriptions: what is wrong in one is said with the file, the place and what was expected."""

from datetime import timedelta
from pathlib import Path

import pytest

from integrations.description import BadDescription, read_description
from tests.unit.integrations.descriptions import TEXT, description, written

MISTAKES = {
    'form = 0': ("form = 1", "form"),
    'code = "44"': ('code = "Forty Four"', "code"),
    'level = "provincial"': ('level = "galactic"', "level"),
    'hotline = "12345"': ("hotline = 12345", "hotline"),
    'offset = "+08:00"': ('offset = "UTC+8"', "offset"),
    'en = "Guangdong government services"': ("", "name.en"),
    'dialect = "rest"': ('dialect = "gopher"', "connection.dialect"),
    'kind = "api-key"': ('kind = "none"', "connection.authentication"),
    'types = ["111", "001"]': ('types = ["112"]', "person.types.0"),
    "timeout_s = 8.0": ("timeout_s = 0", "limits.timeout_s"),
    "concurrency = 32": ("concurrency = -1", "limits.concurrency"),
    "pages = 5": ("pages = 21", "limits.pages"),
    "page_size = 100": ('page_size = "many"', "limits.page_size"),
    'path = "/exchange/cases/query"': ('path = "exchange"', "operations.cases.path"),
    'rows = "ACCEPT"\nkind = "received"': ('rows = "AC CEPT"\nkind = "received"', "cases.events.0.rows"),
    'kind = "suspended"': ('kind = "asleep"', "cases.events.4.kind"),
    'LQ = "collected"': ('LQ = "fetched"', "cases.events.2.kind"),
    'number = "ACCEPT.PROJECT_NO"': ('number = "ACCEPT..NO"', "cases.facts.number"),
    'title = "ACCEPT.TASK_NAME"': ("", "cases.facts.title"),
    'detail = "REASON"': ('details = "REASON"', "cases.events.4.details"),
    '5 = "expired"': ('5 = "gone"', "licences.state.table.5"),
    'updated = "UPDATE_TIME"': ("", "licences.facts.updated"),
    'scheme = "hmac-sha256"': ('scheme = "md5"', "events.signature"),
    'id = "EVENT_ID"': ('id = ""', "events.id"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "planted"), MISTAKES.items())
def test_a_mistake_is_named_with_file_and_place(tmp_path: Path, right: str, planted: tuple[str, str]):
    """One plain sentence for each, so that a newcomer need not read a traceback."""
    wrong, place = planted
    file = written(tmp_path, right, wrong)
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    assert caught.value.errors
    assert all(error.startswith(f"{file}:") for error in caught.value.errors)
    line = file.read_text("utf-8").partition(wrong or "no such text")[0].count("\n") + 1
    named = [error.partition(" ")[2] for error in caught.value.errors]
    assert any(error.startswith(place) for error in named)
    if wrong:
        assert any(
            error.startswith(f"{file}:{line}: ") or error.startswith(f"{file}:{line + 1}: ")
            for error in caught.value.errors
        )
    assert not any("\n" in error for error in caught.value.errors)


def test_every_mistake_is_named_at_once(tmp_path: Path):
    """Not only the first."""
    file = written(tmp_path, 'hotline = "12345"', "hotline = 1\nsurprise = 2")
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    assert len(caught.value.errors) == 2


@pytest.mark.parametrize("raw", [b"form = ", b"\xff\xfe\x00", b"[name\n", "名 = 1".encode()])
def test_what_is_no_toml_is_named_with_the_file(tmp_path: Path, raw: bytes):
    """Nor what is no UTF-8."""
    file = tmp_path / "platform.toml"
    file.write_bytes(raw)
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    assert str(file) in caught.value.errors[0]


@pytest.mark.parametrize(("offset", "hours"), [("+08:00", 8), ("-03:30", -3.5), ("+00:00", 0), ("+14:00", 14)])
def test_offsets(tmp_path: Path, offset: str, hours: float):
    """As a length of time, with its sign."""
    assert description(tmp_path, 'offset = "+08:00"', f'offset = "{offset}"').reads.stamp(
        "20261122"
    ).at.utcoffset() == timedelta(hours=hours)  # type: ignore[union-attr]


@pytest.mark.parametrize("offset", ["+24:00", "+99:99", "+08:60", "08:00", "+0800", "+٠٨:٠٠", "Z"])
def test_offsets_that_no_place_on_earth_has(tmp_path: Path, offset: str):
    """Refused when read, since each time of each answer would be."""
    with pytest.raises(BadDescription):
        description(tmp_path, 'offset = "+08:00"', f'offset = "{offset}"')


def test_defaults(tmp_path: Path):
    """60 seconds, an hour, a hundred rows, five pages, two MiB."""
    lines = ("max_age_s = 60\n", "absence_s = 3600\n", "page_size = 100\n", "pages = 5\n", "answer_bytes = 2097152\n")
    block = TEXT[TEXT.index(lines[0]) : TEXT.index(lines[-1]) + len(lines[-1])]
    limits = description(tmp_path, block, "").limits
    assert (limits.max_age_s, limits.absence_s, limits.page_size, limits.pages) == (60, 3600, 100, 5)
    assert limits.terms.max_age == 60_000_000
