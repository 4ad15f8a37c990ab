"""The platform says what docs/wire/44.md says, to the letter."""

import re
from typing import Any

import pytest
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_37_36

ACCEPT = {
    "PROJECT_NO", "CATALOG_CODE", "TASK_CODE", "TASK_HANDLE_ITEM", "TASK_NAME", "TASK_VERSION", "APPLY_TYPE",
    "APPLYER_NAME", "APPLYER_ID_TYPE", "APPLYER_ID", "CONTACT_NAME", "CONTACT_MOBILE", "ACCEPT_ORG",
    "ACCEPT_ORG_CODE", "ACCEPT_PHONE", "APPLY_TIME", "ACCEPT_DATE", "PROMISE_DATE", "CASE_TYPE", "REGION_CODE",
    "PROMISE_LIMIT", "PROMISE_LIMIT_UNIT", "LEGAL_LIMIT", "LEGAL_LIMIT_UNIT", "LEGAL_LIMIT_NOTE",
}  # fmt: skip
ROWS = {
    "PROCESS": {"ROW_ID", "STEP_CODE", "STEP_NAME", "ACTION", "HANDLER", "ORG_NAME", "START_TIME", "END_TIME",
                "OPINION"},
    "SPECIAL": {"ROW_ID", "SPECIAL_TYPE", "REASON", "START_TIME", "END_TIME", "RESULT"},
    "MATERIAL": {"ROW_ID", "NAME", "GET_TYPE", "COUNT", "EXTRA", "TIME", "COLLECTED"},
    "RESULT": {"ROW_ID", "RESULT_TYPE", "RESULT_DATE", "LICENCE_NAME", "LICENCE_NO", "DELIVERY", "SATISFACTION",
               "NOTE"},
}  # fmt: skip
LICENCE = {
    "ZZMC", "ZZLXDM", "ZZBH", "ZZBS", "ZZBFJG", "ZZBFJGDM", "ZZBFRQ", "CZZT", "CZZTDMLXDM", "CZZTDM", "ZZYXQQSRQ",
    "ZZYXQJZRQ", "STATE", "PROJECT_NO", "UPDATE_TIME",
}  # fmt: skip
CODES = {
    "STEP_CODE": {"YSL", "SL", "SC", "BZGZ", "BZSL", "XCHC", "CXSL", "LQ", "QT"},
    "ACTION": {"pass", "return", "other", None},
    "SPECIAL_TYPE": {"A", "B"},
    "GET_TYPE": {"1", "2", "3", "4"},
    "EXTRA": {"0", "1"},
    "COLLECTED": {"0", "1"},
    "RESULT_TYPE": {"1", "2", "3", "4", "9"},
    "DELIVERY": {"0", "1", None},
    "SATISFACTION": {"1", "2", "3", "4", "5", None},
}
FORMS = (r"\d{8}", r"\d{14}", r"\d{8}T\d{6}", r"\d{8}T\d\d:\d\d:\d\d")
LIN = {"APPLYER_ID_TYPE": "111", "APPLYER_ID": "440106199203179941"}
MANY = {"APPLYER_ID_TYPE": "111", "APPLYER_ID": "440126198001019916"}
PAGE = {"PAGE_NO": 1, "PAGE_SIZE": 10}


async def test_a_wrong_key_is_refused(ask: Any) -> None:
    """A missing or wrong X-App-Key is HTTP 401 with code 1001, whatever is asked."""
    for key in ("", "another"):
        answer = await ask("cases/query", key=key, **LIN, **PAGE)
        assert (answer["status"], answer["code"]) == (401, "1001")


async def test_pages_join_up(ask: Any) -> None:
    """Pages of 7 hold each of 300 cases once, newest application first, and the last page is short."""
    pages = [(await ask("cases/query", **MANY, PAGE_NO=n, PAGE_SIZE=7))["data"] for n in range(1, 45)]
    cases = [case["ACCEPT"] for page in pages for case in page["LIST"]]
    assert {page["TOTAL"] for page in pages} == {300}
    assert len(cases) == len({case["PROJECT_NO"] for case in cases}) == 300
    assert [len(page["LIST"]) for page in pages[-3:]] == [7, 6, 0]
    days = [case["APPLY_TIME"][:8] for case in cases]
    assert days == sorted(days, reverse=True)


async def test_nobody_is_an_empty_list(ask: Any) -> None:
    """A person of whom nothing is known has an empty list and a total of 0, never an error."""
    for noun in ("cases", "licences"):
        answer = await ask(f"{noun}/query", APPLYER_ID_TYPE="111", APPLYER_ID="11010119000101001X", **PAGE)
        assert (answer["code"], answer["data"]["TOTAL"], answer["data"]["LIST"]) == ("0000", 0, [])


@pytest.mark.parametrize(
    "wrong",
    [{"PAGE_SIZE": 101}, {"PAGE_SIZE": 0}, {"PAGE_NO": 0}, {"PAGE_NO": None}, {"APPLYER_ID_TYPE": "414"},
     {"APPLYER_ID": "1"}, {"APPLYER_ID": 1}],
    ids=str,
)  # fmt: skip
async def test_a_bad_question_is_declined(ask: Any, wrong: dict[str, Any]) -> None:
    """What does not fit the table of questions is code 4000."""
    assert (await ask("cases/query", **{**LIN, **PAGE, **wrong}))["code"] == "4000"


async def test_one_case(ask: Any, tell: Any) -> None:
    """cases/get answers the same case as the list does; an unknown number is 4040, none is 4000."""
    number = await tell.case("lin", "received")
    case = (await ask("cases/get", PROJECT_NO=number))["data"]
    assert case in (await ask("cases/query", **LIN, **PAGE))["data"]["LIST"]
    assert (await ask("cases/get", PROJECT_NO="none"))["code"] == "4040"
    assert (await ask("cases/get"))["code"] == "4000"


async def test_every_row_has_its_columns(everything: Any) -> None:
    """Every table has exactly the documented columns, strings or null, known codes, and row ids unique in the case."""
    seen: dict[str, set[str | None]] = {name: set() for name in CODES}
    for persona in ("lin", "chen", "huang", "liang", "he", "he-org", "many", "rare"):
        for case in await everything("cases", persona):
            assert case.keys() == {"ACCEPT", *ROWS}
            assert case["ACCEPT"].keys() == ACCEPT
            rows = [(table, row) for table in ROWS for row in case[table]]
            assert all(row.keys() == ROWS[table] for table, row in rows)
            assert len({row["ROW_ID"] for _, row in rows}) == len(rows)
            for row in (case["ACCEPT"], *(row for _, row in rows)):
                assert all(value is None or isinstance(value, str) for value in row.values())
                for name in row.keys() & CODES.keys():
                    seen[name].add(row[name])
    assert all(seen[name] <= CODES[name] for name in CODES)
    assert seen["STEP_CODE"] == CODES["STEP_CODE"]
    assert seen["RESULT_TYPE"] == CODES["RESULT_TYPE"]


async def test_all_four_forms_of_time_occur(everything: Any) -> None:
    """The four written forms are mixed, in one answer, and no fifth occurs."""
    for noun in ("cases", "licences"):
        forms = {_form(text) for text in _times(await everything(noun, "many"))}
        assert forms == set(FORMS)


async def test_numbers_are_sound(everything: Any, tell: Any) -> None:
    """Identity numbers, credit codes and licence identifiers pass their official checks."""
    for who in await tell.get("/personas"):
        number = who["identity_number"]
        assert uscc.is_valid(number) if who["identity_type"] == "001" else ric.is_valid(number)
    for case in await everything("cases", "many"):
        assert uscc.is_valid(case["ACCEPT"]["ACCEPT_ORG_CODE"])
    for licence in [*await everything("licences", "liang"), *await everything("licences", "many")]:
        assert licence.keys() == LICENCE
        assert uscc.is_valid(licence["ZZBFJGDM"])
        root, rest = licence["ZZBS"][:14], licence["ZZBS"][15:]
        assert root == "1.2.156.3005.2"
        assert mod_37_36.is_valid(rest.replace(".", ""))
        assert len(licence["ZZLXDM"]) == 21


async def test_both_generations_of_codes_occur(everything: Any) -> None:
    """Basic and implementation codes come as 12/31 and as 10/24; with new ones the case number has 43 characters."""
    lengths = {tuple(len(case["ACCEPT"][name]) for name in ("CATALOG_CODE", "TASK_CODE", "PROJECT_NO"))
               for case in await everything("cases", "many")}  # fmt: skip
    assert lengths == {(12, 31, 43), (10, 24, 36)}


async def test_each_persona_shows_what_it_promises(everything: Any) -> None:
    """The refusal has a reason, the correction an opinion, the licence a number; one licence ends, one has expired."""
    chen = (await everything("cases", "chen"))[0]["RESULT"][-1]
    assert (chen["RESULT_TYPE"], bool(chen["NOTE"])) == ("2", True)
    open_steps = {row["STEP_CODE"]: row["OPINION"] for case in await everything("cases", "huang")
                  for row in case["PROCESS"] if row["END_TIME"] is None}  # fmt: skip
    assert open_steps["BZGZ"]
    assert open_steps["XCHC"]
    demanded = [row for case in await everything("cases", "huang") for row in case["MATERIAL"] if row["EXTRA"] == "1"]
    assert [row["COLLECTED"] for row in demanded] == ["0"]
    licences = await everything("licences", "liang")
    granted = (await everything("cases", "liang"))[0]["RESULT"][0]
    assert licences[0]["ZZBH"] == granted["LICENCE_NO"]
    assert [one["STATE"] for one in licences] == ["1", "1", "5"]
    assert [one["ZZYXQJZRQ"] is None for one in licences] == [True, False, False]
    rare = await everything("cases", "rare")
    assert any("𬱖" in case["ACCEPT"]["TASK_NAME"] and "·" in case["ACCEPT"]["APPLYER_NAME"] for case in rare)


async def test_the_same_seed_is_the_same_data(world: Any, everything: Any) -> None:
    """Data depend on seed and moment alone: another book of the same two is equal."""
    from simulator.platform44.seed import first_book

    now = world.platform._clock.now()
    one, other = (first_book(now, 7) for _ in range(2))
    assert [case.wire() for case in one.cases.values()] == [case.wire() for case in other.cases.values()]
    assert one.cases.keys() != first_book(now, 8).cases.keys()


def _times(rows: Any) -> list[str]:
    if isinstance(rows, list):
        return [time for row in rows for time in _times(row)]
    found = [value for name, value in rows.items() if isinstance(value, str) and _is_time(name)]
    return found + [time for value in rows.values() if isinstance(value, dict | list) for time in _times(value)]


def _is_time(name: str) -> bool:
    return name.endswith(("TIME", "DATE", "RQ"))


def _form(text: str) -> str:
    return next((form for form in FORMS if re.fullmatch(form, text)), text)
