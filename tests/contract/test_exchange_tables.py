"""Flat tables of one answer become cases: each row in its case, none in two, and none left out in silence."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.platform import EXAMPLES
from domain.event import EventKind
from integrations.description import BadDescription, read_description
from integrations.port import Drifted
from tests.contract.variant_world import LIN, desk, platform_at

DAY = "2026-11-2{} 09:00:00"


def case(number: str) -> dict[str, Any]:
    return {"PROJECT_NO": number, "TASK_NAME": f"matter {number}", "ACCEPT_DATE": DAY.format(0)}


def row(number: str, row_id: int, **columns: Any) -> dict[str, Any]:
    return {"PROJECT_NO": number, "ROW_ID": row_id, **columns}


TABLES = {
    "TOTAL": 2,
    "ACCEPT": [case("A"), case("B")],
    "PROCESS": [
        row("B", 1, ACTION="VISIT", START_TIME=DAY.format(2)),
        row("A", 1, ACTION="CORRECT", START_TIME=DAY.format(1)),
        row("A", 2, ACTION="CORRECTED", START_TIME=DAY.format(2)),
    ],
    "SPECIAL": [row("A", 9, TYPE="A", START_TIME=DAY.format(3), END_TIME="")],
    "RESULT": [row("B", 1, RESULT_TYPE=1, RESULT_DATE=DAY.format(4))],
}


def described(folder: Path, old: str = "", new: str = "") -> Path:
    text = (EXAMPLES / "exchange-tables.toml").read_text("utf-8")
    assert old in text
    file = folder / "example" / "platform.toml"
    file.parent.mkdir()
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


async def asked(folder: Path, data: Any) -> Any:
    description = read_description(described(folder))
    async with aiohttp.ClientSession() as session, desk(lambda request, body: {"code": "0", "data": data}) as running:
        return await platform_at(running.address, description, session, {"app_key": "k"}).cases(LIN)


async def test_each_row_stands_in_its_case(tmp_path: Path):
    """Whatever the order of the tables, and although one of them is missing."""
    answer = await asked(tmp_path, TABLES)
    kinds = {one.facts.number: sorted(event.kind for event in one.events) for one in answer.observations}
    assert kinds == {
        "A": sorted([EventKind.ACCEPTED, EventKind.CORRECTION_DEMANDED, EventKind.CORRECTION_RECEIVED, EventKind.SUSPENDED]),
        "B": sorted([EventKind.ACCEPTED, EventKind.VISIT_DEMANDED, EventKind.GRANTED]),
    }  # fmt: skip


async def test_nobody_has_nothing(tmp_path: Path):
    """All tables empty."""
    assert (await asked(tmp_path, {"TOTAL": 0, "ACCEPT": []})).observations == ()


@pytest.mark.parametrize(
    ("table", "rows", "says"),
    [
        ("PROCESS", [row("C", 1, ACTION="VISIT", START_TIME=DAY.format(2))], "data.PROCESS has rows of which"),
        ("PROCESS", [{"ROW_ID": 1}], "PROJECT_NO is not a text"),
        ("PROCESS", ["A"], "data.PROCESS is not a table"),
        ("ACCEPT", ["A"], "data.ACCEPT is not a table"),
        ("ACCEPT", [{"TASK_NAME": "matter"}], "PROJECT_NO is not a text"),
    ],
)
async def test_what_cannot_be_joined_is_drift(tmp_path: Path, table: str, rows: list[Any], says: str):
    """A row that belongs to nothing would be a fact that nobody misses."""
    with pytest.raises(Drifted, match=says):
        await asked(tmp_path, TABLES | {table: rows})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('by = "PROJECT_NO"', 'by = "PROJECT NO"', "operations.cases.join.by: "),
        ('process = "data.PROCESS"', 'process = "data..X"', "operations.cases.join.tables.process: expected JMESPath"),
        ("poll_s = 600", "# poll_s", "events: expected, or limits.poll_s"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, says: str):
    """By file and place, as those of all descriptions."""
    file = described(tmp_path, old, new)
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    (error,) = caught.value.errors
    assert error.startswith(f"{file}:") and says in error


def test_tables_push_nothing(tmp_path: Path):
    """An event would hold no tables to join."""
    file = described(tmp_path)
    events = (EXAMPLES / "rest.toml").read_text("utf-8").partition("\n[events]\n")[2]
    file.write_text(file.read_text("utf-8") + "\n[events]\n" + events.replace('licences = "licence"\n', ""), "utf-8")
    with pytest.raises(BadDescription, match="events: expected nothing: exchange tables are asked, and push nothing"):
        read_description(file)
