"""How a platform is asked: `[operations.cases]` and `[operations.licences]`, in the form of its dialect."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field, model_validator

from integrations.form.parts import Part, Place

PLACEHOLDERS = (
    "{identity.type}",
    "{identity.number}",
    "{account}",
    "{page.number}",
    "{page.index}",
    "{page.size}",
    "{page.offset}",
    "{page.cursor}",
)
"""What may stand in a question. `page.number` counts pages from 1, `page.index` from 0; `page.offset` counts rows, from 0."""

VOUCHED = "{vouched}"
"""Among the values: what is vouched for, for whoever asserts it. It stands in no question."""

NUMBER, ACCOUNT = "{identity.number}", "{account}"
"""By which a question says about whom it is: the second where the platform knows people by accounts of its own."""

CURSOR = "{page.cursor}"
"""Stands for a whole value only, which is left out of the first question."""

TURNING = ("{page.number}", "{page.index}", "{page.offset}")
"""Those by which a question asks for another page without being told which is the next."""

_BRACED = re.compile(r"\{[^{}]*\}|[{}]")

Values = Mapping[str, Any]
"""What the placeholders of one question stand for."""


def _text(text: str) -> str:
    if text != CURSOR:
        for braced in _BRACED.findall(text):
            if braced not in PLACEHOLDERS or braced == CURSOR:
                raise ValueError(f"expected a constant or one of {', '.join(PLACEHOLDERS)}")
    return text


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, int):
        raise ValueError("expected a text, a whole number, true or false")
    return value


def _value_or_table(value: Any) -> Any:
    return {name: _value_or_table(inner) for name, inner in value.items()} if isinstance(value, dict) else _value(value)


Text = Annotated[str, AfterValidator(_text)]
Table = dict[str, Annotated[Any, AfterValidator(_value)]]
Tables = dict[str, Annotated[Any, AfterValidator(_value_or_table)]]
"""Constants, and texts with placeholders. A placeholder that is the whole text keeps its type. `Tables` may hold tables."""


class Success(Part):
    """Where an answer says that the question was understood, and with which word. `empty`: words for "holds nothing"."""

    at: Place
    equals: str
    empty: tuple[str, ...] = ()


class Next(Part):
    """How an answer says that there is another page: a `link` to it, a `cursor` for it, or only that there is `more`.

    Nothing, null, false and the empty text say that there is none.
    """

    link: Place | None = None
    cursor: Place | None = None
    more: Place | None = None

    @model_validator(mode="after")
    def _one(self) -> "Next":
        if len([place for place in (self.link, self.cursor, self.more) if place]) != 1:
            raise ValueError("expected one of link, cursor and more")
        return self

    @property
    def place(self) -> Place:
        """The one that is declared."""
        return self.link or self.cursor or self.more or ""


class Whose(Part):
    """A place in a row that says whose it is. Rows of others are left out: searching by text finds more than was asked for."""

    at: Place
    equals: Text = "{identity.number}"


class Operation(Part):
    """Where the question goes, and where the answer has its rows and says how many there are on all pages, or what is next."""

    path: str = Field(pattern=r"^/")
    success: Success | None = None
    rows: Place
    total: Place | None = None
    next: Next | None = None
    whose: Whose | None = None

    @model_validator(mode="after")
    def _one_end(self) -> "Operation":
        if self.total and self.next:
            raise ValueError("expected total or next, not both: each says by itself where the rows end")
        return self

    @property
    def links(self) -> bool:
        """Whether a link in an answer can be followed."""
        return False

    def asked(self) -> Iterator[str]:
        """The texts of the question in which placeholders may stand."""
        yield self.path

    def holds(self, *placeholders: str) -> bool:
        """Whether any of these stands in the question."""
        return any(placeholder in text for text in self.asked() for placeholder in placeholders)


DECLINING = frozenset({400, 401, 403, 405, 407, 408, 429})
"""Statuses that say something about the question or about us, and so nothing about what the platform holds."""


def _empty(status: int) -> int:
    if status != 204 and (not 400 <= status <= 499 or status in DECLINING):
        raise ValueError("expected 204, or a status from 400 to 499 that does not say that the question was wrong")
    return status


class RestOperation(Operation):
    """`body` is posted as JSON; without it the question is a GET. `query`: what follows the question mark.

    `empty`: statuses by which the platform says that it holds nothing. Any other than these and 200 declines.
    """

    path: Annotated[Text, Field(pattern=r"^/")]
    query: Table = Field(default_factory=dict)
    body: Tables | None = None
    empty: tuple[Annotated[int, AfterValidator(_empty)], ...] = ()

    @property
    def links(self) -> bool:
        return self.body is None

    def asked(self) -> Iterator[str]:
        yield self.path
        yield from texts_of(self.query)
        yield from texts_of(self.body)


class Join(Part):
    """How flat tables of one answer belong together: a column that all of them have names the case, and each table becomes a list
    in the row of its case. `tables`: the place of each, by the name of that list.
    """

    by: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    tables: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Place] = Field(min_length=1)


class TablesOperation(RestOperation):
    """`join` is left out where there is only one table, as there is of licences."""

    join: Join | None = None


class SoapOperation(Operation):
    """`action`: the header SOAPAction. `body`: what stands in soap:Body, with the prefixes of `connection.namespaces`."""

    action: str = Field(pattern=r'^[^"\r\n]*$')
    body: str

    def asked(self) -> Iterator[str]:
        yield self.body


class GraphQlOperation(Operation):
    """`query`: the document that is posted, with its `variables`."""

    query: str = Field(min_length=1)
    variables: Tables

    def asked(self) -> Iterator[str]:
        yield from texts_of(self.variables)


O_co = TypeVar("O_co", bound=Operation, covariant=True)


class Operations(Part, Generic[O_co]):
    """A noun that is left out is one that the platform does not have."""

    cases: O_co | None = None
    licences: O_co | None = None

    @property
    def declared(self) -> dict[str, O_co]:
        """Those that there are, by noun."""
        both = {"cases": self.cases, "licences": self.licences}
        return {noun: operation for noun, operation in both.items() if operation is not None}


def texts_of(form: Any) -> Iterator[str]:
    """All texts of a question."""
    if isinstance(form, dict):
        for value in form.values():
            yield from texts_of(value)
    elif isinstance(form, str):
        yield form


def filled(form: Any, values: Values) -> Any:
    """A question with its placeholders replaced by what they stand for. What stands for nothing is left out of its table."""
    if isinstance(form, dict):
        pairs = ((name, filled(value, values)) for name, value in form.items())
        return {name: value for name, value in pairs if value is not None}
    if not isinstance(form, str):
        return form
    return values[form] if form in values else _BRACED.sub(lambda found: str(values[found[0]]), form)
