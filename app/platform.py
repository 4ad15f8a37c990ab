"""`tongban platform`: the platforms there are, looked at without asking any of them."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.connections import homes_of
from app.kit.command import check
from app.platform_page import page_of
from app.settings import Settings, load_settings
from domain.caller import Locale
from domain.platform import Absence, PlatformCard
from integrations.described import DIALECTS
from integrations.description import BadDescription, Description, read_description
from integrations.registry import HOME, Catalogue, Registry, read_catalogue

app = typer.Typer(help="Platforms and their descriptions.", no_args_is_help=True, rich_markup_mode=None)
out, trouble = Console(), Console(stderr=True)

EXAMPLES = Path(__file__).parents[1] / "integrations" / "examples"

Codes = Annotated[list[str] | None, typer.Argument(help="Which; all of them if none is named.")]
Code = Annotated[str, typer.Argument(help="Which.")]
At = Annotated[
    Path | None,
    typer.Option("--at", help="The folder with a folder for each platform; else ours, and TONGBAN_DESCRIPTIONS."),
]

app.command()(check)


@app.callback()
def platform() -> None:
    """Platforms and their descriptions."""


@app.command()
def lint(codes: Codes = None, home: At = None) -> None:
    """Check descriptions: every key, word and place. Exits 0 only if all are right.

    Also names the places that go beyond what is compiled. They work, and cost more at each row.
    """
    files = {file.parent.name: file for one in _homes(home) for file in sorted(one.glob("*/platform.toml"))}
    wanted = [files.get(code, _homes(home)[-1] / code / "platform.toml") for code in codes or sorted(files)]
    if [file for file in wanted if not _is_right(file)]:
        raise typer.Exit(1)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False, home: At = None) -> None:
    """Every known platform: connected, described, or only registered, with since when and why it is not connected.

    Out of files and settings: it asks nobody. How they are doing: tongban platforms
    """
    settings = load_settings(os.environ)
    catalogue = read_catalogue(*_homes(home))
    rows = [_row(catalogue, settings, code) for code in _codes(catalogue)]
    if as_json:
        out.print_json(data=rows)
    else:
        _say(out, *(_line(row) for row in rows))


@app.command()
def show(code: Code, home: At = None) -> None:
    """Everything that a description says, in plain words: what each of the platform's statuses means for the citizen."""
    catalogue = read_catalogue(*_homes(home))
    if errors := catalogue.broken.get(code):
        _say(trouble, *errors)
        raise typer.Exit(1)
    if description := catalogue.descriptions.get(code):
        _say(out, *page_of(description, connected=code in load_settings(os.environ).platforms))
        return
    if card := catalogue.registered.get(code):
        _say(
            out, f"{card.code}  {card.names[Locale.ZH_HANS]} / {card.names[Locale.EN]}", f"not connected: {_why(card)}"
        )
        return
    _say(trouble, f"{code}: there is no such platform. Which there are: tongban platform list")
    raise typer.Exit(1)


@app.command()
def add(
    code: Code,
    like: Annotated[str, typer.Option(help=f"The dialect that it speaks: {', '.join(sorted(DIALECTS))}.")] = "rest",
    home: At = None,
) -> None:
    """Start a description from the example of its dialect. Overwrites nothing."""
    folder = _homes(home)[-1] / code
    problem = _unfit(code, like, folder)
    if problem:
        _say(trouble, problem)
        raise typer.Exit(1)
    text = (EXAMPLES / f"{like}.toml").read_text("utf-8").replace('code = "example"', f'code = "{code}"')
    folder.mkdir(parents=True)
    (folder / "platform.toml").write_text(text, "utf-8")
    _say(
        out,
        f"{folder / 'platform.toml'} is an example now. Make it yours from the platform's wire document",
        "(docs/recipes/a-platform.md), and after each step:",
        f"  tongban platform lint {code}",
    )


def _homes(home: Path | None) -> tuple[Path, ...]:
    return (home,) if home else homes_of(load_settings(os.environ))


def _unfit(code: str, like: str, folder: Path) -> str:
    """Why no description of that name can be started there; empty if one can."""
    if not re.fullmatch(r"[a-z0-9-]{1,32}", code):
        return f"{code}: a code is 1 to 32 of a-z, 0-9 and -"
    if like not in DIALECTS:
        return f"{like}: there is no such dialect; there are {', '.join(sorted(DIALECTS))}"
    if folder.exists():
        return f"{folder}: is there already"
    if (HOME / code).exists():
        return f"{code}: is described already, in {HOME / code}"
    return ""


def _codes(catalogue: Catalogue) -> list[str]:
    return sorted(catalogue.descriptions.keys() | catalogue.broken.keys() | catalogue.registered.keys())


def _row(catalogue: Catalogue, settings: Settings, code: str) -> dict[str, str | None]:
    """What `list` says of one platform."""
    description = catalogue.descriptions.get(code)
    card = Registry(catalogue.descriptions, {}, catalogue.registered).cards.get(code)
    connected = description is not None and code in settings.platforms
    absence = card.absence if card and code not in catalogue.broken else Absence.BROKEN
    return {
        "code": code,
        "not_connected": None if connected or absence is None else absence.value,
        "since": card.since.isoformat() if card and card.since and not connected else None,
        "level": card.level if card else None,
        "division": card.division if card else None,
        "dialect": description.connection.dialect if description else None,
        "changes": ("pushed" if description.events else "polled") if description else None,
        "name": card.names[Locale.ZH_HANS] if card else None,
        "name_en": card.names[Locale.EN] if card else None,
    }


def _line(row: dict[str, str | None]) -> str:
    standing = f"{row['not_connected'] or 'connected'}{' since ' + row['since'] if row['since'] else ''}"
    speaks = f"{row['dialect']}, {row['changes']}" if row["dialect"] else ""
    names = f"{row['name']} / {row['name_en']}" if row["name"] else ""
    return f"{row['code']:12} {standing:30} {row['level'] or '':13} {speaks:18} {names}".rstrip()


def _why(card: PlatformCard) -> str:
    since = f", since {card.since}" if card.since else ""
    return f"{card.absence}{since}"


def _is_right(file: Path) -> bool:
    """Says what is to be said of one description; whether it is right."""
    try:
        description = read_description(file)
    except BadDescription as error:
        _say(trouble, *error.errors)
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
