"""`tongban doctor`: looks at everything that a running service needs, and says what to do about what is wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import aiohttp
from rich.console import Console

from app.build import NEEDED_TO_SERVE, clock
from app.settings import Settings, SettingsError, load_settings, require
from integrations.description import BadDescription
from integrations.fetch import FetchFailed, fetch_json
from integrations.registry import read_descriptions
from notifications.channels.fcm import FcmAccount, FcmChannel
from store.database import StoreUnavailable, open_database
from store.migrate import SchemaState, schema_state


class Ailing(Exception):
    """Something is wrong; says what to do."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `advice` is empty if it is well."""

    what: str
    advice: str


async def examine(environment: Mapping[str, str], out: Console) -> bool:
    """Looks at everything and prints what it found; whether all is well."""
    try:
        settings = load_settings(environment)
        require(settings, *NEEDED_TO_SERVE)
    except SettingsError as error:
        findings = [Finding("settings", problem) for problem in error.problems]
    else:
        findings = [Finding("settings", ""), *[await _finding(what, look) for what, look in _looks(settings)]]
    for finding in findings:
        mark = f"[red]✗[/] {finding.what}: {finding.advice}" if finding.advice else f"[green]✓[/] {finding.what}"
        out.print(mark, highlight=False, soft_wrap=True)
    return not any(finding.advice for finding in findings)


def _looks(settings: Settings) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    looks: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("database", lambda: _database(settings)),
        ("identity provider", lambda: _provider(settings.issuer or "")),
        ("descriptions of platforms", _descriptions),
    ]
    looks += [(f"platform {code}", partial(_platform, settings, code)) for code in settings.platforms]
    looks += [(f"FCM of client {client}", partial(_fcm, settings, client)) for client in settings.fcm]
    return looks


async def _finding(what: str, look: Callable[[], Awaitable[None]]) -> Finding:
    try:
        await look()
    except Ailing as ailing:
        return Finding(what, str(ailing))
    return Finding(what, "")


async def _database(settings: Settings) -> None:
    try:
        async with open_database(settings.database_url.get_secret_value()) as database:
            state = await schema_state(database)
    except (StoreUnavailable, OSError) as error:
        raise Ailing(f"does not answer ({error}); start it, or correct TONGBAN_DATABASE_URL") from None
    if state is not SchemaState.CURRENT:
        raise Ailing(f"its schema is {state.value}; run: tongban migrate")


async def _provider(issuer: str) -> None:
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    async with aiohttp.ClientSession() as session:
        try:
            document = await fetch_json(session, url)
        except FetchFailed as error:
            raise Ailing(f"its discovery document cannot be had ({error}); is TONGBAN_ISSUER right?") from None
    if document.get("issuer") != issuer:
        raise Ailing("it names itself otherwise; TONGBAN_ISSUER must be to the letter what it says")


async def _descriptions() -> None:
    try:
        read_descriptions()
    except BadDescription as error:
        raise Ailing("; ".join(error.errors)) from None


async def _platform(settings: Settings, code: str) -> None:
    given = settings.platforms[code]
    if code not in read_descriptions():
        raise Ailing("there is no description of it in integrations/platforms")
    timeout = aiohttp.ClientTimeout(total=3)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(given.address, allow_redirects=False):
                return
        except (aiohttp.ClientError, OSError) as error:
            raise Ailing(f"nothing answers at its address ({type(error).__name__})") from None


async def _fcm(settings: Settings, client: str) -> None:
    given = settings.fcm[client]
    try:
        channel = FcmChannel({client: FcmAccount(given.credentials, given.address)}, clock)
    except (OSError, ValueError) as error:
        raise Ailing(f"its service account cannot be used ({type(error).__name__})") from None
    try:
        if trouble := await channel.trouble(client):
            raise Ailing(f"no access token ({trouble.code}); is the service account still good?")
    finally:
        await channel.close()
