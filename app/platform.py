"""`tongban platform`: descriptions of platforms, looked at without asking anybody."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from integrations.description import BadDescription, Description, read_description
from integrations.registry import HOME

app = typer.Typer(help="Descriptions of platforms.", no_args_is_help=True, rich_markup_mode=None)
out, trouble = Console(), Console(stderr=True)

Codes = Annotated[list[str] | None, typer.Argument(help="Which; all of them if none is named.")]
At = Annotated[Path, typer.Option("--at", help="The folder with a folder for each platform.")]


@app.callback()
def platform() -> None:
    """Descriptions of platforms."""


@app.command()
def lint(codes: Codes = None, home: At = HOME) -> None:
    """Check descriptions: every key, word and place. Exits 0 only if all are right.

    Also names the places that go beyond what is compiled. They work, and cost more at each row.
    """
    found = codes or sorted(file.parent.name for file in home.glob("*/platform.toml"))
    if [code for code in found if not _is_right(home / code / "platform.toml")]:
        raise typer.Exit(1)


def _is_right(file: Path) -> bool:
    """Says what is to be said of one description; whether it is right."""
    try:
        description = read_description(file)
    except BadDescription as error:
        _say(trouble, *error.errors)
        return False
    except OSError:
        _say(trouble, f"{file}: there is no such description")
        return False
    _say(out, *_rows(description))
    return True


def _rows(description: Description) -> list[str]:
    interpreted = description.interpreted()
    compiled = len(description.places()) - len(interpreted)
    return [
        f"{description.code}: ok / {compiled} compiled, {len(interpreted)} interpreted",
        *(f"  interpreted: {'.'.join(map(str, where))}: {place}" for where, place in interpreted),
    ]


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True, markup=False)
