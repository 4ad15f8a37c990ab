"""What a recording keeps of an answer, and what it does not."""

import json
from typing import Any

import pytest

from app.kit.redact import Redactor, last_names
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
    return json.loads((by or redactor()).answer(answer).body)


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
    made = redactor("33").answer(Response(200, "text/xml", body.encode())).body.decode()
    assert 'zt="审核"' in made and "林晓岚" not in made and 'id="77"' not in made and "b:yijian>" in made


def test_what_is_no_document_is_replaced_as_a_whole():
    """A stack trace may name anybody."""
    made = redactor().answer(Response(500, None, "Exception: 林晓岚 11010519491231002X".encode()))
    assert "Exception" not in made.body.decode() and "林" not in made.body.decode() and made.status == 500
