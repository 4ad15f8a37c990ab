"""The description of a platform: integrations/platforms/<code>/platform.toml (form 0), checked when it is read.

What it may say stands in integrations/form, part by part; how to write one in docs/recipes/a-platform.md.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError, model_validator

from integrations.form.authentication import UsernameToken, takes_authorization
from integrations.form.connection import Assertion, Connection, Limits, LinkedAccount, Person
from integrations.form.events import EventForm
from integrations.form.lines import line_of
from integrations.form.mappings import CaseMapping, LicenceMapping
from integrations.form.operations import (
    ACCOUNT,
    CURSOR,
    NUMBER,
    TURNING,
    GraphQlOperation,
    Operation,
    Operations,
    RestOperation,
    SoapOperation,
    TablesOperation,
)
from integrations.form.parts import Part, Where, places_in, settings_in
from integrations.form.times import TimeForm, Times
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import BadPlace, Language, is_interpreted
from integrations.mapping.xml_paths import XmlPaths
from integrations.xml import BadTemplate, Template

Problem = tuple[Where, str]

NATIVE = Path(__file__).parent / "dialects" / "native.toml"

NOUNS = ("cases", "licences")


class BadDescription(Exception):
    """A description has errors: one plain sentence each, with the file, the line and the place in it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Names(Part):
    zh_hans: str = Field(alias="zh-Hans")
    en: str


class Contact(Part):
    """The office that answers when the platform does not: for the operator, never shown to citizens."""

    office: str
    phone: str = ""
    email: str = ""


def _offset(text: str) -> str:
    if not re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", text, re.ASCII):
        raise ValueError("expected a UTC offset such as +08:00")
    return text


Level = Literal["national", "provincial", "city", "county", "town", "village", "departmental"]


class Description(Part):
    """Everything that is particular to one platform. `events` is missing where a platform is polled, `cases` or `licences` where
    it has none."""

    form: Literal[0]
    code: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    level: Level
    division: str | None = None
    hotline: str
    name: Names
    contact: Contact | None = None
    connection: Connection
    person: Person
    limits: Limits
    offset: Annotated[str, AfterValidator(_offset)]
    times: tuple[TimeForm, ...] = ()
    operations: Operations[Operation]
    cases: CaseMapping | None = None
    licences: LicenceMapping | None = None
    events: EventForm | None = None

    @property
    def reads(self) -> Times:
        """How its times are read."""
        sign = -1 if self.offset[0] == "-" else 1
        return Times(sign * timedelta(hours=int(self.offset[1:3]), minutes=int(self.offset[4:6])), self.times)

    @property
    def language(self) -> Language:
        """The language of its places."""
        if self.connection.dialect == "soap":
            return XmlPaths(self.connection.namespaces)
        return JsonPaths()

    @property
    def by_account(self) -> bool:
        """Whether it knows people by accounts of its own."""
        return isinstance(self.person, LinkedAccount)

    @property
    def secrets(self) -> list[str]:
        """The names of what the operator must give besides the address."""
        return [*self.connection.secrets, *settings_in(self.person)]

    def places(self) -> list[tuple[Where, str]]:
        """Every place in it, with where it stands."""
        return list(places_in(self))

    def interpreted(self) -> list[tuple[Where, str]]:
        """The places that are not compiled, and cost more at each row."""
        return [(where, place) for where, place in self.places() if is_interpreted(self.language, place)]


class _Rest(Description):
    operations: Operations[RestOperation]


class _Soap(Description):
    operations: Operations[SoapOperation]


class _GraphQl(Description):
    operations: Operations[GraphQlOperation]


class _Tables(Description):
    operations: Operations[TablesOperation]


class _Native(_Rest):
    """Says only who the platform is and how much it may be asked: the interface fixes the rest (docs/platform-interface).

    One that is polled pushes nothing, unless it has an empty `[events]` that says so.
    """

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, said: Any) -> Any:
        fixed = tomllib.loads(NATIVE.read_text("utf-8"))
        if given := [key for key in fixed if key in said and (key, said[key]) != ("events", {})]:
            raise ValueError(f"expected no {' and no '.join(given)}: the native dialect fixes them")
        limits = said.get("limits")
        if isinstance(limits, dict) and "poll_s" in limits and "events" not in said:
            del fixed["events"]
        return said | fixed


_FORMS: dict[str, type[Description]] = {
    "rest": _Rest,
    "soap": _Soap,
    "graphql": _GraphQl,
    "exchange-tables": _Tables,
    "native": _Native,
}
"""The form of each dialect. A word that is none of them is an error in any."""


P = TypeVar("P", bound=Part)


def read_description(file: Path) -> Description:
    """Reads and checks one description. Raises BadDescription naming file, line, place and what is expected."""
    return read_part(file, _form_of, lambda description: _problems(description, file.parent.name))


def read_part(file: Path, form_of: Callable[[dict[str, Any]], type[P]], more: Callable[[P], Iterable[Problem]]) -> P:
    """Reads a TOML file in its form, and then asks `more` what no single part can know. Raises BadDescription."""
    try:
        text = file.read_text("utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise BadDescription([f"{file}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDescription([f"{file}: {error}"]) from None
    try:
        part = form_of(raw).model_validate(raw)
        problems = list(more(part))
    except ValidationError as error:
        problems = [_problem(item, raw) for item in error.errors()]
    if problems:
        raise BadDescription([_sentence(file, text, *problem) for problem in problems])
    return part


def _form_of(raw: dict[str, Any]) -> type[Description]:
    connection = raw.get("connection")
    dialect = connection.get("dialect") if isinstance(connection, dict) else None
    return _FORMS.get(str(dialect), _FORMS["rest"])


def _problems(description: Description, folder: str) -> Iterator[Problem]:
    """What no single part can know: languages of places, bodies of XML, and how changes are heard of."""
    language = description.language
    if description.code != folder:
        yield ("code",), f"expected {folder}, the name of its folder"
    for where, place in description.places():
        try:
            is_interpreted(language, place)
        except BadPlace as error:
            yield where, str(error)
    yield from _bad_nouns(description)
    yield from _bad_lengths(description.cases) if description.cases else ()
    for noun, operation in description.operations.declared.items():
        for where, problem in _bad_question(operation, description.connection):
            yield ("operations", noun, *where), problem
    yield from _bad_naming(description)
    how = description.connection.authentication
    if isinstance(how, UsernameToken) and description.connection.dialect != "soap":
        yield ("connection", "authentication"), "expected api-key; a UsernameToken stands in a SOAP header"
    if isinstance(description.person, Assertion) and takes_authorization(how):
        yield (
            ("connection", "authentication"),
            "expected one that leaves the header Authorization to the person's token",
        )
    if description.events and description.connection.dialect == "exchange-tables":
        yield ("events",), "expected nothing: exchange tables are asked, and push nothing"
    if description.events is None and description.limits.poll_s is None:
        yield ("events",), "expected, or limits.poll_s: else changes are not heard of"


def _bad_nouns(description: Description) -> Iterator[Problem]:
    """A noun that the platform has is asked about, read and told of; of one that it has not, nothing is said."""
    asked, events = description.operations.declared, description.events
    if not asked:
        yield ("operations",), "expected cases, licences or both"
    for noun in NOUNS:
        if (getattr(description, noun) is None) == (noun in asked):
            at = ("operations", noun) if noun in asked else (noun,)
            yield at, f"expected [{noun}] and [operations.{noun}], or neither"
        if events and noun not in asked and getattr(events, noun):
            yield ("events", noun), f"expected nothing, since there is no [operations.{noun}]"
    if events and not (events.cases or events.licences):
        yield ("events",), "expected cases, licences or both"


def _bad_naming(description: Description) -> Iterator[Problem]:
    """Whom a question or an event is about is said in the way in which the platform knows people, and in no other."""
    ours, other = (ACCOUNT, NUMBER) if description.by_account else (NUMBER, ACCOUNT)
    for noun, operation in description.operations.declared.items():
        if description.by_account and not operation.holds(ACCOUNT):
            yield ("operations", noun), f"expected {ACCOUNT} in the question"
        if operation.holds(other):
            yield ("operations", noun), f"expected {ours} and no {other}, by person.how"
        if operation.whose and other in operation.whose.equals:
            yield ("operations", noun, "whose", "equals"), f"expected {ours} and no {other}, by person.how"
    if events := description.events:
        named = {"identity_type": not description.by_account, "identity_number": not description.by_account}
        for name, wanted in (named | {"account": description.by_account}).items():
            if (getattr(events, name) is not None) != wanted:
                yield ("events", name), "expected, by person.how" if wanted else "expected nothing, by person.how"


def _bad_lengths(cases: CaseMapping) -> Iterator[Problem]:
    for name, lengths in cases.lengths:
        if lengths and not getattr(cases.facts, name):
            yield ("cases", "lengths", name), f"expected nothing, since there is no {name} in [cases.facts]"


def _bad_question(operation: Operation, connection: Connection) -> Iterator[Problem]:
    following = operation.next
    if following and following.link and not operation.links:
        yield (
            ("next", "link"),
            "expected cursor or more; a link is followed by a GET, which is a question of rest without body",
        )
    if following and following.more and not operation.holds(*TURNING):
        yield ("next", "more"), f"expected one of {', '.join(TURNING)} in the question"
    if bool(following and following.cursor) != operation.holds(CURSOR):
        yield ("next", "cursor"), f"expected, and {CURSOR} in the question, or neither"
    if isinstance(operation, SoapOperation) and not (operation.total or operation.success):
        yield ("total",), "expected, or success: XML that holds no rows looks like any other XML"
    try:
        if isinstance(operation, SoapOperation):
            Template(operation.body, connection.namespaces)
    except BadTemplate as error:
        yield ("body",), str(error)


def _problem(item: Any, raw: Any) -> Problem:
    """Of what pydantic found. Its steps that name one of several forms are left out: nothing of that name is in the file."""
    where: list[str | int] = []
    for step in item["loc"]:
        if (isinstance(raw, dict) and step in raw) or (isinstance(raw, list) and isinstance(step, int)):
            where.append(step)
            raw = raw[step]
    if item["type"] == "missing":
        where.append(item["loc"][-1])
    return tuple(where), item["msg"].removeprefix("Value error, ")


def _sentence(file: Path, text: str, where: Where, problem: str) -> str:
    line, place = line_of(text, where), ".".join(map(str, where))
    return f"{file}:{f'{line}:' if line else ''} {f'{place}: ' if place else ''}{problem}"
