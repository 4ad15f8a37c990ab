"""`tongban platform check`: runs the conformance kit against a platform, and reports."""

import asyncio
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.console import Console
from rich.live import Live
from yarl import URL

from app.build import access_of, homes_of
from app.kit.bench import Bench
from app.kit.check import Result, run_all
from app.kit.page import as_html
from app.kit.persons import BadPerson, read_persons
from app.kit.report import Report, as_json, as_junit, table
from app.kit.seal import signer_of
from app.kit.suite import suite_of
from app.settings import load_settings, variable
from domain.identity import Identity
from domain.times import Micros
from integrations.description import Description, read_description
from integrations.registry import Access, BadAccess, read_catalogue

out, trouble = Console(), Console(stderr=True)

Code = Annotated[str | None, typer.Argument(help="Which platform; or its --description.")]
Url = Annotated[str | None, typer.Option("--url", help="Its address, in place of the one in the settings.")]
File = Annotated[Path | None, typer.Option("--description", help="Its description, if it stands in no folder of ours.")]
Person = Annotated[list[str] | None, typer.Option("--person", help="A test person, as 111:NUMBER. Several.")]
Persons = Annotated[Path | None, typer.Option("--persons", help="A file of them, one a line; # begins a remark.")]
Secret = Annotated[
    list[str] | None, typer.Option("--secret", help="A secret by its name in the description: NAME=VALUE.")
]
EventSecret = Annotated[list[str] | None, typer.Option("--event-secret", help="With which it signs events; or two.")]
Junit = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML there.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write the report there as one page.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the findings there as JSON.")]


class CannotCheck(Exception):
    """Nothing was checked. Says what is needed."""


@dataclass(frozen=True)
class Asked:
    """What stood on the command line."""

    code: str | None
    url: str | None
    description: Path | None
    persons: Sequence[Identity]
    secrets: Sequence[str]
    event_secrets: Sequence[str]


def check(
    code: Code = None,
    url: Url = None,
    description: File = None,
    person: Person = None,
    persons: Persons = None,
    secret: Secret = None,
    event_secret: EventSecret = None,
    junit: Junit = None,
    html: Html = None,
    json: Json = None,
) -> None:
    """Hold a running platform against its description. Exits 0 if nothing failed, 1 if something did, 2 if it could not run.

    docs/platforms/conformance.md says what each check does.
    """
    try:
        people = read_persons(person or [], persons)
        asked = Asked(code, url, description, people, secret or [], event_secret or [])
        report = asyncio.run(_run(asked))
        for file, text in ((junit, as_junit), (html, as_html), (json, as_json)):
            if file:
                file.write_text(text(report), "utf-8")
    except (CannotCheck, BadPerson, BadAccess) as error:
        trouble.print(str(error), style="red", highlight=False, soft_wrap=True, markup=False)
        raise typer.Exit(2) from None
    out.print(report.sentence, highlight=False, soft_wrap=True)
    if report.has_failed:
        raise typer.Exit(1)


async def _run(asked: Asked) -> Report:
    described = _described(asked)
    access = _access(asked, described)
    async with aiohttp.ClientSession() as session:
        bench = Bench(described, access, asked.persons, session, _clock, secrets.token_bytes)
        results = await _watched(bench)
    names = described.name.zh_hans, described.name.en
    return Report(described.code, names, str(URL(access.address).origin()), datetime.now().astimezone(), results)


async def _watched(bench: Bench) -> list[Result]:
    """Runs the checks, and shows how far they are."""
    results: list[Result] = []
    with Live(console=out, refresh_per_second=8) as live:
        async for result in run_all(suite_of(bench), bench, lambda name: live.update(table(results, name))):
            results.append(result)
            live.update(table(results))
    if not out.is_terminal:
        out.print()  # Live ends a table without a line feed there
    return results


def _clock() -> Micros:
    return time.time_ns() // 1000


def _described(asked: Asked) -> Description:
    """The description that is meant. Raises CannotCheck, and BadDescription for one with errors."""
    if (asked.code is None) == (asked.description is None):
        raise CannotCheck("Name a platform by its code, or its --description: one of the two.")
    if asked.description:
        return read_description(asked.description)
    catalogue = read_catalogue(*homes_of(load_settings(os.environ)))
    code = str(asked.code)
    if code in catalogue.broken:
        raise CannotCheck("\n".join(catalogue.broken[code]))
    if code not in catalogue.descriptions:
        raise CannotCheck(f"{code}: there is no such description. Which there are: tongban platform list")
    return catalogue.descriptions[code]


def _access(asked: Asked, description: Description) -> Access:
    """Access by the settings, with what the command line says in their place. Raises CannotCheck."""
    given = load_settings(os.environ).platforms.get(description.code)
    access = access_of(given) if given else Access("", {}, [])
    if not (address := asked.url or access.address):
        wanted = variable(["platforms", description.code, "address"])
        raise CannotCheck(f"Name the platform's address: --url URL, or {wanted}.")
    if URL(address).scheme not in ("http", "https"):
        raise CannotCheck("--url: expected an address that begins with http:// or https://")
    named = dict(_pair(text) for text in asked.secrets)
    access = replace(access, address=address, secrets={**access.secrets, **named})
    if events := description.events:
        known = asked.event_secrets or access.event_secrets
        # Without the platform's secret its own events cannot be verified; all else can be checked with one of ours.
        access = replace(access, event_secrets=known or [signer_of(events.signature, secrets.token_bytes).secret])
    return access


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name and separator and value):
        raise CannotCheck("--secret: expected NAME=VALUE, the name as in the description")
    return name.lower(), value
