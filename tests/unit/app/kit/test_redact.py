"""What a recording keeps of an answer, and what it does not."""

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from app.kit.names import last_names
from app.kit.redact import Redactor
from domain.identity import identity
from integrations.description import read_description
from integrations.http import Response
from integrations.registry import HOME

LIN = identity("111", "11010519491231002X")
KEY = bytes(32)


def redactor(code: str = "44", key: bytes = KEY) -> Redactor:
    return Redactor(read_description(HOME / code / "platform.toml"), [LIN], key)


def redacted(document: Any, by: Redactor | None = None) -> Any:
    answer = Response(200, "application/json", json.dumps(document, ensure_ascii=False).encode())
    return json.loads((by or redactor()).answer("cases", answer, document).body)


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("STEP_CODE", ["STEP_CODE"]),
        ("ACCEPT.APPLY_TIME", ["APPLY_TIME"]),
        ("RESULT[].SATISFACTION | [-1]", ["SATISFACTION"]),
        ("otherCode || code", ["otherCode", "code"]),
        ("b:jieguo/@lx", ["lx"]),
        ("b:guocheng/b:huanjie", ["huanjie"]),
        (".", []),
        ('data."a-b"', ["a-b"]),
        ("b:huanjie/text()", ["huanjie"]),
        ("text()", []),
    ],
)
def test_a_place_ends_at_a_name(place: str, names: list[str]):
    """In both languages; what it passes on its way is no name of a value."""
    assert list(last_names(place)) == names


def test_words_times_and_totals_stay():
    """All that comparing and replaying need."""
    row = {"ACCEPT": {"APPLY_TIME": "20261124T14:49:49"}, "PROCESS": [{"STEP_CODE": "NEW", "END_TIME": None}]}
    answer = {"code": "0000", "data": {"TOTAL": 1, "LIST": [row]}}
    assert redacted(answer) == answer


def test_everything_else_is_replaced_by_something_of_the_same_build():
    """Names, numbers, telephone numbers, opinions, in whatever field they stand."""
    row = {"APPLYER_NAME": "林晓岚", "PROJECT_NO": "44010600-A", "OPINION": "请电 138", "AGE": 31, "RATE": 0.25}
    made = redacted({"data": {"LIST": [row]}})["data"]["LIST"][0]
    assert made.keys() == row.keys() and all(made[name] != value for name, value in row.items())
    assert made["PROJECT_NO"][:8].isdigit() and made["PROJECT_NO"][8:9] == "-" and made["PROJECT_NO"][9:].isupper()
    assert len(made["APPLYER_NAME"]) == 3 and isinstance(made["AGE"], int) and isinstance(made["RATE"], float)


def test_a_person_stays_the_same_within_a_recording_only():
    """So that rows still belong to whom they belonged; another key makes somebody else of them."""
    one, other = redactor(), redactor(key=b"1" * 32)
    row = {"data": {"LIST": [{"APPLYER_ID": LIN.number}, {"APPLYER_ID": LIN.number.lower()}]}}
    first, second = (entry["APPLYER_ID"] for entry in redacted(row, one)["data"]["LIST"])
    assert first == second == one.person(LIN).number != LIN.number
    assert other.person(LIN).number != one.person(LIN).number


def test_a_number_in_the_place_of_a_word_or_a_time_is_replaced():
    """A platform may put it anywhere."""
    row = {"STEP_CODE": LIN.number, "END_TIME": f"2026 {LIN.number}", "msg": f"nobody is {LIN.number}"}
    assert LIN.number not in json.dumps(redacted({"data": row}))


def test_different_keys_stay_different():
    """Or two events would become one."""
    rows = [{"ROW_ID": str(n)} for n in range(1, 100)]
    made = redacted({"data": {"LIST": rows}})["data"]["LIST"]
    assert len({one["ROW_ID"] for one in made}) == len(rows)


def test_xml_is_redacted_in_elements_and_attributes():
    """Structure and words stay."""
    body = '<a xmlns:b="urn:zjzw:banjian:2"><b:huanjie zt="审核" id="77"><b:yijian>林晓岚</b:yijian></b:huanjie></a>'
    made = redactor("33").answer("cases", Response(200, "text/xml", body.encode())).body.decode()
    assert 'zt="审核"' in made and "林晓岚" not in made and 'id="77"' not in made
    assert [each.tag.replace("urn:zjzw:banjian:2", "b") for each in fromstring(made).iter()] == [
        "a",
        "{b}huanjie",
        "{b}yijian",
    ]


def test_what_is_no_document_is_replaced_as_a_whole():
    """A stack trace may name anybody."""
    made = redactor().answer("cases", Response(500, None, "Exception: 林晓岚 11010519491231002X".encode()))
    assert "Exception" not in made.body.decode() and "林" not in made.body.decode() and made.status == 500


NAMED_ALIKE = """
form = 0
code = "61"
level = "city"
name = { zh-Hans = "市", en = "City" }
hotline = "12345"
offset = "+08:00"
[connection]
dialect = "rest"
address = { setting = "address" }
authentication = { kind = "none" }
[person]
how = "identity-number"
types = ["111"]
[limits]
timeout_s = 5.0
concurrency = 4
poll_s = 60
page_size = 10
[operations.cases]
path = "/cases"
query = { q = "{identity.number}", n = "{page.number}" }
rows = "list"
total = "page.value"
whose = { at = "by", equals = "id-{identity.number}" }
[cases.facts]
number = "no"
title = "title"
[[cases.events]]
rows = "steps.*"
key = "no"
at = "when.date"
[cases.events.kind]
by = "status.value"
table = { OK = "granted" }
"""


@pytest.fixture
def named_alike(tmp_path: Path) -> Redactor:
    """Of a platform whose fields of people are called as those of words, times and totals."""
    (tmp_path / "61").mkdir()
    (tmp_path / "61" / "platform.toml").write_text(NAMED_ALIKE, "utf-8")
    return Redactor(read_description(tmp_path / "61" / "platform.toml"), [LIN], KEY)


def test_what_is_only_called_like_a_word_or_a_time_is_replaced(named_alike: Redactor):
    """What counts is the place: a field of the same name elsewhere may hold anything."""
    step = {"no": "7", "status": {"value": "NEW"}, "when": {"date": "20261124"}}
    person = {
        "phone": {"value": "13912345678"},
        "born": {"date": "19491231"},
        "card": {"date": "4" * 17},
        "n": {"value": 31},
    }
    row = {"no": "1", "title": "x", "by": f"ID-{LIN.number}", "steps": {"a": step}, "person": person}
    text = json.dumps(made := redacted({"list": [row], "page": {"value": 1}}, named_alike))
    assert not [one for one in ("13912345678", "19491231", "4" * 17, LIN.number, ": 31") if one in text]
    kept = next(iter(made["list"][0]["steps"].values()))
    assert (kept["status"], kept["when"], made["page"]) == (step["status"], step["when"], {"value": 1})
    assert made["list"][0]["by"] == f"id-{named_alike.person(LIN).number}"


@pytest.mark.parametrize("place", ["steps", "files", "by person"])
def test_keys_that_are_data_are_replaced(named_alike: Redactor, place: str):
    """Those of a map that a place passes, and whatever is no name of a field: numbers, and names of people."""
    keys = {"steps": "zhangsan", "files": "44010600-2026", "by person": "林晓岚"}
    made = redacted({"list": [{place: {keys[place]: {"no": "7"}}}], "score": 5}, named_alike)
    assert keys[place] not in json.dumps(made, ensure_ascii=False)
    assert "score" in made and (place in made["list"][0]) == (" " not in place)


def test_an_attribute_that_is_called_like_that_of_success_is_replaced():
    """In XML too."""
    body = '<a dm="A0000"><ren dm="林晓岚"/><b zongshu="3"/></a>'
    made = redactor("33").answer("cases", Response(200, "text/xml", body.encode())).body.decode()
    assert 'dm="A0000"' in made and "林晓岚" not in made
