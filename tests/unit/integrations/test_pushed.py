"""Where an event stands in its platform's numbering."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.form.events import EventForm
from integrations.mapping.cases import case_mapper
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.licences import licence_mapper
from integrations.port import Numbered, PlatformEvent
from integrations.pushed import EventReader
from integrations.registry import read_descriptions

NOW = 1_795_312_800_000_000
BODY = {
    "id": "e1", "at": "20261122T093000", "type": "111", "number": "11010519491231002X", "no": "7", "of": "T1",
    "case": {"ACCEPT": {"PROJECT_NO": "T1", "TASK_NAME": "permit", "APPLY_TIME": "20261120"}},
}  # fmt: skip


def read(series: dict[str, str] | None, unnumbered: Callable[[], None] = lambda: None, **changes: Any) -> PlatformEvent:
    description = read_descriptions()["44"]
    form = EventForm.model_validate({
        "signature": {"scheme": "hmac-sha256", "time_header": "t", "signature_header": "s"},
        "id": "id", "happened": "at", "identity_type": "type", "identity_number": "number",
        "cases": "case", "licences": "licence", **({"series": series} if series else {}),
    })  # fmt: skip
    language, times = JsonPaths(), description.reads
    case, licence = (
        case_mapper(language, description.cases, times),
        licence_mapper(language, description.licences, times),
    )
    said = {name: value for name, value in (BODY | changes).items() if value is not None}
    return EventReader(form, language, times, case, licence, unnumbered).read(json.dumps(said).encode(), NOW, 0)


@pytest.mark.parametrize(
    ("series", "changes", "expected"),
    [
        (None, {}, None),
        ({"number": "no"}, {}, Numbered(7)),
        ({"number": "no"}, {"no": 7}, Numbered(7)),
        ({"number": "no", "within": "of"}, {}, Numbered(7, "T1")),
        ({"number": "no"}, {"no": None}, None),
        ({"number": "no"}, {"no": ""}, None),
        ({"number": "no", "within": "of"}, {"of": None}, None),
        ({"number": "no", "within": "of"}, {"of": ""}, None),
    ],
)
def test_an_event_says_its_place_or_is_in_no_series(series: Any, changes: Any, expected: Any) -> None:
    """It is taken in all the same without one."""
    counted: list[bool] = []
    event = read(series, lambda: counted.append(True), **changes)
    assert (event.problem, event.numbered, counted) == ("", expected, [])


@pytest.mark.parametrize("number", ["seven", "A-17", "-1", "1.5", {"a": 1}])
def test_a_number_that_is_none_is_counted_and_its_event_taken(number: Any) -> None:
    """What the event says of its case is as good as with one, and nobody has to replay it."""
    counted: list[bool] = []
    event = read({"number": "no"}, lambda: counted.append(True), no=number)
    assert (event.problem, event.numbered, len(event.cases), counted) == ("", None, 1, [True])
