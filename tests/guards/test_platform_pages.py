"""The pages about descriptions say everything that a description may say, and nothing that it may not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from domain.event import EventKind, Procedure
from domain.licence import LicenceState
from domain.limit import LimitUnit
from integrations.description import Description
from integrations.form.authentication import Authentication, SignedPart
from integrations.form.connection import Person
from integrations.form.mappings import Choice, EventRule, Words
from integrations.form.operations import (
    PLACEHOLDERS,
    GraphQlOperation,
    Next,
    RestOperation,
    SoapOperation,
    Success,
    TablesOperation,
    Whose,
)
from integrations.form.parts import Part
from integrations.form.times import TimeForm
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import is_interpreted
from integrations.mapping.xml_paths import XmlPaths

PAGES = Path(__file__).parents[2] / "docs" / "platforms"
REFERENCE = (PAGES / "description.md").read_text("utf-8")
JSON_PAGE, XML_PAGE = (PAGES / "places.md").read_text("utf-8").split("\n## XML\n")
AUTHENTICATIONS, PERSONS = (get_args(get_args(union)[0]) for union in (Authentication, Person))
PARTS = {
    *AUTHENTICATIONS, *PERSONS,
    Description, Choice, EventRule, Words, GraphQlOperation, RestOperation, SoapOperation, TablesOperation, Next, Success, Whose,
}  # fmt: skip


def below(part: type[Part]) -> Iterator[type[Part]]:
    """A part and all parts in it."""
    yield part
    for field in part.model_fields.values():
        for inner in _types(field.annotation):
            if isinstance(inner, type) and issubclass(inner, Part) and inner is not part:
                yield from below(inner)


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _types(inner)


KEYS = {name.alias or key for top in PARTS for part in below(top) for key, name in part.model_fields.items()}
WORDS = [
    *EventKind,
    *LicenceState,
    *LimitUnit,
    *Procedure,
    *get_args(TimeForm),
    *PLACEHOLDERS,
    "rest",
    "soap",
    "graphql",
    "native",
    "exchange-tables",
    "http-message-signatures",
    *get_args(SignedPart),
    *(word for part in AUTHENTICATIONS for word in get_args(part.model_fields["kind"].annotation)),
    *(word for part in PERSONS for word in get_args(part.model_fields["how"].annotation)),
]


@pytest.mark.parametrize("word", sorted({*KEYS, *WORDS}))
def test_every_key_and_word_is_explained(word: str) -> None:
    """A reader of the pages never has to open a Python file."""
    assert re.search(rf"`[^`\n]*(?<![\w-]){re.escape(word)}(?![\w-])[^`\n]*`", REFERENCE), word


def shown(page: str) -> list[str]:
    """The places in the first column of the table of a page."""
    cells = re.findall(r"^\| (`.+?`) \| ", page.replace("\\|", "\0"), re.MULTILINE)
    found = [place for cell in cells for place in re.findall(r"(?:^|, )(?:`` ?(.+?) ?``(?!`)|`([^`]+)`)", cell)]
    return [(two or one).strip().replace("\0", "|") for two, one in found]


JSON_PLACES, XML_PLACES = shown(JSON_PAGE), shown(XML_PAGE)


def test_the_pages_show_places() -> None:
    """Or the tests below would prove nothing."""
    assert len(JSON_PLACES) > 12 and len(XML_PLACES) > 9
    assert "otherCode || code" in JSON_PLACES and "x:item/@code" in XML_PLACES


@pytest.mark.parametrize("place", JSON_PLACES)
def test_every_place_shown_for_json_is_compiled(place: str) -> None:
    """As the page says."""
    assert not is_interpreted(JsonPaths(), place)


@pytest.mark.parametrize("place", XML_PLACES)
def test_every_place_shown_for_xml_is_compiled(place: str) -> None:
    """As the page says."""
    assert not is_interpreted(XmlPaths({"x": "urn:example"}), place)
