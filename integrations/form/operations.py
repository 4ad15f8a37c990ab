"""How a platform is asked: `[operations.cases]` and `[operations.licences]`, in the form of its dialect."""

from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field

from integrations.form.parts import Part, Place

PLACEHOLDERS = ("{identity.type}", "{identity.number}", "{page.number}", "{page.size}", "{page.offset}")
"""What may stand for a whole value in a question. `page.number` counts from 1, `page.offset` from 0 in rows."""


def _filled(value: str | int | bool) -> str | int | bool:
    if isinstance(value, str) and "{" in value and value not in PLACEHOLDERS:
        raise ValueError(f"expected a constant or one of {', '.join(PLACEHOLDERS)}")
    return value


Filled = Annotated[str | int | bool, AfterValidator(_filled)]


class Success(Part):
    """Where an answer says that the question was understood, and with which word."""

    at: Place
    equals: str


class Operation(Part):
    """Where the question goes, and where the answer has its rows and says how many there are on all pages."""

    path: str = Field(pattern=r"^/")
    success: Success | None = None
    rows: Place
    total: Place


class RestOperation(Operation):
    """`body`: the JSON object that is posted."""

    success: Success
    body: dict[str, Filled]


class SoapOperation(Operation):
    """`action`: the header SOAPAction. `body`: what stands in soap:Body, with the prefixes of `connection.namespaces`."""

    action: str = Field(pattern=r'^[^"\r\n]*$')
    body: str


class GraphQlOperation(Operation):
    """`query`: the document that is posted, with its `variables`."""

    query: str = Field(min_length=1)
    variables: dict[str, Filled]


O_co = TypeVar("O_co", bound=Operation, covariant=True)


class Operations(Part, Generic[O_co]):
    cases: O_co
    licences: O_co


def filled(form: Any, values: Mapping[str, Any]) -> Any:
    """A question with its placeholders replaced by what they stand for."""
    if isinstance(form, dict):
        return {name: filled(value, values) for name, value in form.items()}
    return values.get(form, form) if isinstance(form, str) else form
