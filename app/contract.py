"""`tongban contract`: holds the generated schema against the committed contract."""

from mobile_contract import contract
from schema.schema import schema_of


def generated() -> str:
    """The schema that the code makes, as published."""
    return schema_of(introspection=True).as_str() + "\n"


def check() -> list[str]:
    """What is wrong with the contract; nothing if it holds."""
    return contract.check(generated())


def write() -> None:
    """Commits the generated schema to the contract's file."""
    contract.SCHEMA.write_text(generated(), "utf-8")
