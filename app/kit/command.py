"""`tongban platform check`: runs the conformance kit against a platform, and reports."""

import asyncio
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.live import Live
from yarl import URL

from app.clock import clock
from app.connections import access_of, asserter_of, homes_of, new_session
from app.kit.bench import Bench
from app.kit.cassette import BadCassette, read_cassette, record, replaying
from app.kit.check import Check, Result, run_all
from app.kit.door import open_door
from app.kit.page import as_html
from app.kit.persons import BadPerson, read_persons
from app.kit.report import Report, as_json, as_junit, table
from app.kit.seal import signer_of
from app.kit.suite import suite_of
from app.kit.switches import Switches
from app.setting_forms import HttpUrl
from app.settings import load_settings, variable
from domain.identity import Identity
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
Record = Annotated[Path | None, typer.Option("--record", help="Keep the answers there, without anybody's data.")]
Replay = Annotated[Path | None, typer.Option("--replay", help="Check what was recorded there, and ask nobody.")]
Against = Annotated[Path | None, typer.Option("--against", help="Report what changed since that recording.")]
EventsPort = Annotated[
    int | None,
    typer.Option("--events-port", help="Open a door for its events there; 0 takes a free one.", min=0, max=65535),
]
EventsHost = Annotated[str, typer.Option("--events-host", help="On which address the door opens.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait for events.", min=0.1, max=86400)]
Control = Annotated[str | None, typer.Option("--control", help="Address of the switches of its test system.")]


class CannotCheck(Exception):
    """Nothing was checked. Says what is needed."""


@dataclass(frozen=True)
class Asked:
    """What stood on the command line. `persons` reads them, once it is known whether they are given by accounts."""

    code: str | None
    url: str | None
    description: Path | None
    persons: Callable[[bool], Sequence[Identity]]
    secrets: Sequence[str]
    event_secrets: Sequence[str]
    record: Path | None
    replay: Path | None
    against: Path | None
    events_port: int | None
    events_host: str
    wait_s: float
    control: str | None


def check(
    code: Code = None,
    url: Url = None,
    description: File = None,
    person: Person = None,
    persons: Persons = None,
    secret: Secret = None,
    event_secret: EventSecret = None,
    record: Record = None,
    replay: Replay = None,
    against: Against = None,
    events_port: EventsPort = None,
    events_host: EventsHost = "127.0.0.1",
    wait: Wait = 60,
    control: Control = None,
    junit: Junit = None,
    html: Html = None,
    json: Json = None,
) -> None:
    """Hold a running platform against its description. Exits 0 if nothing failed, 1 if something did, 2 if it could not run.

    docs/platforms/conformance.md says what each check does.
    """
    try:
        people = partial(read_persons, person or [], persons)
        pushes = (events_port, events_host, wait, control)
        asked = Asked(
            code, url, description, people, secret or [], event_secret or [], record, replay, against, *pushes
        )
        report = asyncio.run(_run(asked))
        for file, text in ((junit, as_junit), (html, as_html), (json, as_json)):
            if file:
                file.write_text(text(report), "utf-8")
    except (CannotCheck, BadPerson, BadAccess, BadCassette) as error:
        said = _sentences(error) if isinstance(error, BadAccess) else str(error)
        trouble.print(said, style="red", highlight=False, soft_wrap=True, markup=False)
        raise typer.Exit(2) from None
    out.print(report.sentence, highlight=False, soft_wrap=True)
    if report.has_failed:
        raise typer.Exit(1)


def _sentences(bad: BadAccess) -> str:
    """What is wrong with the access, by the settings that give it."""
    return "\n".join(f"{variable(['platforms', *place])}: {said}." for place, said in bad.errors.items())


async def _run(asked: Asked) -> Report:
    described, now = _described(asked), datetime.now().astimezone()
    old = read_cassette(asked.against, described.code) if asked.against else None
    async with new_session() as session, AsyncExitStack() as stack:
        bench = _bench(asked, described, session)
        bench.platform()  # what its access lacks is said before anything is asked
        await _open(asked, bench, stack)
        results = await _watched(bench, suite_of(old))
    if asked.record:
        asked.record.write_text(await record(bench, now), "utf-8")
    against = str(asked.replay or URL(bench.access.address).origin())
    return Report(described.code, (described.name.zh_hans, described.name.en), against, now, results)


def _bench(asked: Asked, described: Description, session: aiohttp.ClientSession) -> Bench:
    if not asked.replay:
        people = asked.persons(described.by_account)
        access = _access(asked, described)
        asserter = asserter_of(load_settings(os.environ))
        return Bench(described, access, people, session, clock, secrets.token_bytes, asserter=asserter)
    cassette = read_cassette(asked.replay, described.code)
    return replaying(described, cassette, session, clock, secrets.token_bytes, _event_secrets(described, ()))


async def _open(asked: Asked, bench: Bench, stack: AsyncExitStack) -> None:
    """Opens what the platform's test system is asked to push to. Raises CannotCheck."""
    if bench.is_replay:
        return
    if asked.control:
        session = await stack.enter_async_context(new_session())
        bench.switches = Switches(session, asked.control, bench.description.code)
    if bench.description.events is None or (asked.events_port is None and asked.control is None):
        return
    if not asked.event_secrets and not _given(bench.description).event_secrets:
        raise CannotCheck("Name the secret with which it signs its events: --event-secret SECRET")
    port = asked.events_port or 0
    try:
        door = open_door(bench.platform(), clock, asked.events_host, port, asked.wait_s)
        bench.door = await stack.enter_async_context(door)
    except OSError as error:
        raise CannotCheck(f"--events-port: nothing can listen there ({error.strerror})") from None
    out.print(f"Its events go to {bench.door.address}", highlight=False, soft_wrap=True)


async def _watched(bench: Bench, checks: Sequence[Check[Bench]]) -> list[Result]:
    """Runs the checks, and shows how far they are."""
    results: list[Result] = []
    with Live(console=out, refresh_per_second=8) as live:
        async for result in run_all(checks, bench, lambda name: live.update(table(results, name))):
            results.append(result)
            live.update(table(results))
    if not out.is_terminal:
        out.print()  # Live ends a table without a line feed there
    return results


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
    access = _given(description)
    if not (address := asked.url or access.address):
        wanted = variable(["platforms", description.code, "address"])
        raise CannotCheck(f"Name the platform's address: --url URL, or {wanted}.")
    if not _is_address(address):
        raise CannotCheck("--url: expected an address that begins with http:// or https://, and has no query")
    named = dict(_pair(text) for text in asked.secrets)
    known = _event_secrets(description, asked.event_secrets or access.event_secrets)
    return Access(address, {**access.secrets, **named}, known)


def _is_address(text: str) -> bool:
    """Whether the settings would take it."""
    try:
        return bool(URL(TypeAdapter(HttpUrl).validate_python(text)).host)
    except ValueError:
        return False


def _given(description: Description) -> Access:
    """What the settings say of access to it; nothing, if they do not."""
    given = load_settings(os.environ).platforms.get(description.code)
    return access_of(given) if given else Access("", {}, [])


def _event_secrets(description: Description, known: Sequence[str]) -> Sequence[str]:
    """Those that are known, or one of ours: all but the platform's own events can be checked with it."""
    if description.events is None:
        return ()
    return known or [signer_of(description.events.signature, secrets.token_bytes).secret]


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name and separator and value):
        raise CannotCheck("--secret: expected NAME=VALUE, the name as in the description")
    return name.lower(), value
