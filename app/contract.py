"""`tongban contract`: holds what the code makes against the committed contract: the schema, and the strings of pushes."""

import json
from pathlib import Path

from domain.caller import Locale
from mobile_contract import contract
from notifications.wording import push_texts
from schema.schema import schema_of


def check() -> list[str]:
    """What is wrong with the contract, one plain sentence each; nothing if it holds."""
    strings = [
        f"{file.name} is not what the wording makes. Look at it, then: tongban contract write"
        for file, text in _strings().items()
        if not file.exists() or file.read_text("utf-8") != text
    ]
    return contract.check(_schema()) + strings


def write() -> None:
    """Writes what the code makes to the contract's files."""
    for file, text in {contract.SCHEMA: _schema(), **_strings()}.items():
        file.write_text(text, "utf-8")


def _schema() -> str:
    return schema_of().as_str() + "\n"


def _strings() -> dict[Path, str]:
    """What an app ships so that it can word a push, by file."""
    return {
        contract.STRINGS / f"{locale.value}.json": json.dumps(push_texts(locale), ensure_ascii=False, indent=2) + "\n"
        for locale in Locale
    }
