"""`tongban doctor`: looks at everything that a running service needs, and says what to do about what is wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import aiohttp
from rich.console import Console
from rich.markup import escape

from api.own_keys import PATH
from app.build import NEEDED_TO_SERVE, SCHEMA_ADVICE, sealer_of, shared_of
from app.client_fitness import unfit
from app.clock import clock, today
from app.connections import asserter_of, homes_of, registry_of
from app.settings import Settings, SettingsError, load_settings, require, variable
from app.working_days import working_days
from domain.job import JobKind
from domain.times import MINUTE, Micros
from integrations.authentication.identify import Unfit, tls_of
from integrations.description import BadDescription
from integrations.fetch import FetchFailed, fetch_json
from integrations.http import Tls
from integrations.registry import read_catalogue
from mobile_contract import releases
from notifications.channels.fcm import FcmAccount, FcmChannel
from store.clients import Clients
from store.database import StoreRefused, StoreUnavailable, open_database
from store.jobs import Jobs
from store.keys import Keys, WrongKeys
from store.migrate import SchemaState, schema_state
from store.shared.memory import MemoryQuotas
from store.shared.redis import RedisUnavailable

SILENT: Micros = 5 * MINUTE
"""A job that is done every half a minute waits so long only if there is no worker."""


class Ailing(Exception):
    """Something is wrong; says what to do."""


class Warned(Exception):
    """The service is well, and somebody is not served; says what to do."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `advice` is empty if it is well. `ill`: the service itself is not."""

    what: str
    advice: str
    ill: bool = True


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
        mark = "[green]✓[/]" if not finding.advice else "[red]✗[/]" if finding.ill else "[yellow]![/]"
        said = f"{finding.what}: {finding.advice}" if finding.advice else finding.what
        out.print(f"{mark} {escape(said)}", highlight=False, soft_wrap=True)
    return not any(finding.advice and finding.ill for finding in findings)


def _looks(settings: Settings) -> list[tuple[str, Callable[[], Awaitable[str | None]]]]:
    looks: list[tuple[str, Callable[[], Awaitable[str | None]]]] = [
        ("database", lambda: _database(settings)),
        ("clients", lambda: _clients(settings)),
        ("identity provider", lambda: _provider(settings.issuer or "")),
        ("descriptions of platforms", lambda: _descriptions(settings)),
        ("working days", lambda: _working_days(settings)),
    ]
    if settings.assertion_keys:
        looks.append(("assertions", lambda: _assertions(settings)))
    if settings.redis_url:
        looks += [("Redis", lambda: _redis(settings)), ("worker", lambda: _worker(settings))]
    looks += [(f"platform {code}", partial(_platform, settings, code)) for code in settings.platforms]
    for client, given in settings.fcm.items():
        looks.append((f"FCM of client {client}, at {given.address or 'Google'}", partial(_fcm, settings, client)))
    return looks


async def _finding(what: str, look: Callable[[], Awaitable[str | None]]) -> Finding:
    """`look` may give a remark on what is well."""
    try:
        remark = await look()
    except Ailing as ailing:
        return Finding(what, str(ailing))
    except Warned as warned:
        return Finding(what, str(warned), ill=False)
    return Finding(f"{what}: {remark}" if remark else what, "")


async def _database(settings: Settings) -> None:
    try:
        async with open_database(settings.database_url.get_secret_value()) as database:
            state = await schema_state(database)
            if state is SchemaState.CURRENT:
                await Keys(database, sealer_of(settings)).examine()
                if not await Clients(database).all():
                    raise Ailing("no client is registered, so nobody can come in; see tongban client add")
    except WrongKeys as error:
        raise Ailing(f"{error}; give it back") from None
    except (StoreUnavailable, OSError) as error:
        raise Ailing(f"does not answer ({error}); start it, or correct TONGBAN_DATABASE_URL") from None
    if state is not SchemaState.CURRENT:
        raise Ailing(SCHEMA_ADVICE[state])


async def _clients(settings: Settings) -> None:
    """What is wrong with the database is said of the database."""
    try:
        async with open_database(settings.database_url.get_secret_value()) as database:
            register = Clients(database)
            clients, keys = (await register.all()).values(), (await register.keys()).values()
    except (StoreUnavailable, StoreRefused, OSError):
        raise Warned("cannot be looked at without the database") from None
    released = {release.client for release in releases.every() if release.live(today())}
    if troubles := list(unfit(clients, keys, released, clock(), any_text=settings.graphiql)):
        raise Warned("; ".join(troubles))


async def _redis(settings: Settings) -> None:
    try:
        async with shared_of(settings):
            return
    except RedisUnavailable as error:
        raise Ailing(f"{error}; start it, or correct TONGBAN_REDIS_URL") from None


async def _worker(settings: Settings) -> None:
    """A worker looks for gaps every five seconds, and a killed one holds its lease for two: the row says whether any works."""
    try:
        async with open_database(settings.database_url.get_secret_value()) as database:
            due = await Jobs(database).longest_due(JobKind.GAPS)
    except (StoreUnavailable, StoreRefused, OSError):
        raise Ailing("cannot be looked for without the database") from None
    if due is None:
        raise Ailing("none was ever here, so nobody is told of anything; start: tongban worker")
    if (silent := clock() - due) > SILENT:
        raise Ailing(f"none has worked for {silent // MINUTE} minutes; start: tongban worker")


async def _provider(issuer: str) -> None:
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    async with aiohttp.ClientSession() as session:
        try:
            document = await fetch_json(session, url)
        except FetchFailed as error:
            raise Ailing(f"its discovery document cannot be had ({error}); is TONGBAN_ISSUER right?") from None
    if document.get("issuer") != issuer:
        raise Ailing("it names itself otherwise; TONGBAN_ISSUER must be to the letter what it says")


async def _descriptions(settings: Settings) -> None:
    try:
        catalogue = read_catalogue(*homes_of(settings))
        errors = [error for errors in catalogue.broken.values() for error in errors]
        async with aiohttp.ClientSession() as session:
            registry_of(settings, catalogue, session, MemoryQuotas())
    except BadDescription as error:
        errors = error.errors
    except SettingsError as error:
        errors = [*errors, *error.problems]
    if errors:
        raise Ailing("; ".join(errors))


async def _assertions(settings: Settings) -> str:
    try:
        asserter = asserter_of(settings)
    except SettingsError as error:
        raise Ailing("; ".join(error.problems)) from None
    assert asserter, "looked at only where there are keys"
    ids = asserter.keys.ids
    return f"signed with {ids[0]}; platforms find {', '.join(ids)} at {asserter.issuer}{PATH}"


async def _working_days(settings: Settings) -> str:
    try:
        return working_days(settings.working_days).origin
    except SettingsError as error:
        raise Ailing("; ".join(error.problems)) from None


async def _platform(settings: Settings, code: str) -> None:
    timeout, name = aiohttp.ClientTimeout(total=3), variable(["platforms", code, "address"])
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(settings.platforms[code].address, allow_redirects=False, ssl=_tls(settings, code)):
                return
        except (aiohttp.ClientError, OSError) as error:
            raise Ailing(f"nothing answers there ({type(error).__name__}); is it up, and is {name} right?") from None


def _tls(settings: Settings, code: str) -> Tls:
    """How its description says to connect. What is wrong with that is found among the descriptions."""
    try:
        description = read_catalogue(*homes_of(settings)).descriptions[code]
        given = settings.platforms[code].secrets
        return tls_of(description.connection, {name: secret.get_secret_value() for name, secret in given.items()})
    except (BadDescription, Unfit, KeyError):
        return True


async def _fcm(settings: Settings, client: str) -> None:
    given = settings.fcm[client]
    try:
        channel = FcmChannel({client: FcmAccount(given.credentials, given.address)}, clock)
    except (OSError, ValueError) as error:
        raise Ailing(f"{given.credentials} is no service account's key ({type(error).__name__}); get it anew") from None
    try:
        if trouble := await channel.trouble(client):
            raise Ailing(f"no access token ({trouble.code}); is the service account still good?")
    finally:
        await channel.close()
