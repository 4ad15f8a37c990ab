"""What all parts of a description are made of."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Where = tuple[str | int, ...]
"""Where something stands in a description: keys, and numbers in lists, from the top."""


class Part(BaseModel):
    """A table of a description: nothing in it that is not declared, and nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Place(str):
    """A text that is known to be a place, so that all places of a description can be found."""


Place = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_Place)]
"""A place in a document: JMESPath for JSON, XPath for XML. Checked where the dialect is known: see description.py."""


class Setting(Part):
    """A value that the operator gives: the name of a secret or of the address in the platform's settings."""

    setting: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


def places_in(part: Part, at: Where = ()) -> Iterator[tuple[Where, str]]:
    """Every place in a part and in the parts below it, with where it stands."""
    for name, field in type(part).model_fields.items():
        yield from _places(getattr(part, name), (*at, field.alias or name))


def _places(value: Any, at: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, _Place):
        yield at, value
    elif isinstance(value, Part):
        yield from places_in(value, at)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _places(item, (*at, name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _places(item, (*at, number))


def settings_in(part: Part) -> list[str]:
    """The names of all settings in a part, in the order in which they stand."""
    found = [getattr(part, name) for name in type(part).model_fields]
    return [value.setting for value in found if isinstance(value, Setting)]
