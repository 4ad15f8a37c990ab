"""From settings to a running house: the one place that constructs. Clocks and randomness enter here and nowhere below."""

import logging
import os
import random
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from api.app import WebApp, web_app
from app.clock import clock, today
from app.connections import asserter_of, catalogue_of, new_session, registry_of
from app.ending import Ending
from app.settings import Settings, SettingsError, require
from app.worker import Worker
from app.working_days import working_days
from domain.calendar import WorkingCalendar
from domain.job import JobKind
from integrations.fetch import json_fetcher
from integrations.gather import Gather
from integrations.identity import ClaimNames, IdentityProvider
from integrations.registry import Registry
from mobile_contract.releases import every as every_release
from notifications.backlog import count_due
from notifications.channel import Channel
from notifications.channels.fcm import FcmAccount, FcmChannel
from notifications.dispatcher import Dispatcher
from resolvers.afterwards import Afterwards
from resolvers.arrivals import Arrivals
from resolvers.budgets import Allowances, Budgets
from resolvers.cases import ReadCases
from resolvers.clients import Clients
from resolvers.deadlines import Deadlines
from resolvers.devices import Devices
from resolvers.discovery import Discovery
from resolvers.ears import Ears
from resolvers.events import Reception
from resolvers.health import Pulse, Statuses
from resolvers.inbox import Inbox
from resolvers.intake import Intake
from resolvers.jobs import JobRunner
from resolvers.licences import ReadLicences
from resolvers.live import Live
from resolvers.missing import Missing
from resolvers.questions import Questions
from resolvers.refresh import Refresh
from resolvers.tally import Tally
from resolvers.upkeep import Upkeep
from schema.context import UseCases
from store.database import Database, dialect_of, file_of, open_database
from store.keys import Keys
from store.lock import Lock, exclusive, shared
from store.migrate import SchemaState, schema_state
from store.sealing import Sealer
from store.shared.redis import open_shared
from store.shared.shared import Shared, memory_shared
from store.store import Store, store_of

log = logging.getLogger(__name__)

LOCK = "serve"
"""Held by every process that works on a database."""

LONGEST_OWNER = 64
"""Characters of a process's name in a lease."""

NEEDED_TO_SERVE = ("issuer", "sealing_keys", "hash_key")
NEEDED_TO_WORK = ("sealing_keys", "hash_key")

SCHEMA_ADVICE = {
    SchemaState.EMPTY: "it is empty; run: tongban migrate",
    SchemaState.BEHIND: "it is of an older version; stop what serves it and run: tongban migrate",
    SchemaState.FOREIGN: "it is of a newer version, or holds something else; name another in TONGBAN_DATABASE_URL",
}
"""What to do about a database that is not at this version's schema."""


class SchemaNotReady(Exception):
    """The database is not at this version's schema. Says what to do."""

    def __init__(self, state: SchemaState) -> None:
        super().__init__(SCHEMA_ADVICE[state])
        self.state = state


@dataclass(frozen=True)
class House:
    """What a server and a worker have alike. `alone`: no other process works on this database. `pulse` is to be run."""

    store: Store
    registry: Registry
    gather: Gather
    questions: Questions
    afterwards: Afterwards
    reception: Reception
    shared: Shared
    lock: Lock
    alone: bool
    ending: Ending
    pulse: Pulse

    async def still_current(self) -> None:
        """Raises SchemaNotReady once another version has migrated the database, and StoreUnavailable."""
        await require_current(self.store.db)


@dataclass(frozen=True)
class Server:
    """What answers requests, and the worker beside it where there is no other process. `tally` is to be run, and written last."""

    house: House
    web: WebApp
    worker: Worker | None
    tally: Tally


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """Builds what serves and holds it open; at the end questions under way are given what is left of `drain_s`.

    Raises SettingsError, SchemaNotReady, WrongKeys, store.lock.Held (another process that this one excludes),
    StoreUnavailable, RedisUnavailable and BadDescription.
    """
    require(settings, *NEEDED_TO_SERVE)
    calendar = working_days(settings.working_days).calendar
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(_open_house(settings))
        provider = _provider(settings, await stack.enter_async_context(new_session()))
        channel = _fcm(settings)
        stack.push_async_callback(channel.close)
        worker = await _worker(house, channel) if house.alone else None
        tally = Tally(house.store.calls, clock)
        yield Server(house, _web(settings, house, provider, channel, calendar, tally), worker, tally)


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[tuple[House, Worker]]:
    """Builds what works behind servers that are other processes. Raises what open_server raises."""
    require(settings, *NEEDED_TO_WORK)
    require_redis(settings, "tongban worker")
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(_open_house(settings))
        channel = _fcm(settings)
        stack.push_async_callback(channel.close)
        yield house, await _worker(house, channel)


def require_redis(settings: Settings, who: str) -> None:
    """Raises SettingsError if there is nothing through which `who` could share the work with other processes."""
    if settings.redis_url is None:
        raise SettingsError([
            f"TONGBAN_REDIS_URL is needed: {who} needs Redis to share the work with other processes. Without it there is "
            "one process, and tongban serve runs the worker inside."
        ])  # fmt: skip


@asynccontextmanager
async def _open_house(settings: Settings) -> AsyncIterator[House]:
    url, alone = settings.database_url.get_secret_value(), settings.redis_url is None
    async with AsyncExitStack() as stack:
        # One process alone and several that share Redis exclude each other: they would not hear of each other.
        # Before the database is opened: until an upgrade lets go of the lock, another file may take its place.
        lock = await stack.enter_async_context(exclusive(url, LOCK, wait=False) if alone else shared(url, LOCK))
        db = await stack.enter_async_context(open_database(url))
        await require_current(db)
        sealer = sealer_of(settings)
        await Keys(db, sealer).remember()
        store, between = store_of(db, sealer), await stack.enter_async_context(shared_of(settings))
        registry = registry_of(
            settings, catalogue_of(settings), await stack.enter_async_context(new_session()), between.quotas
        )
        gather, ending = Gather(clock, between.claims), Ending(settings.drain_s)
        intake = Intake(store, clock, between.bus)
        afterwards = Afterwards(intake)
        stack.push_async_callback(_drain, gather, afterwards, ending)
        questions, reception = Questions(intake, random.random), Reception(store, registry, intake)
        pulse = Pulse(store.health, registry, clock, lease_owner())
        yield House(store, registry, gather, questions, afterwards, reception, between, lock, alone, ending, pulse)


def require_there(url: str) -> None:
    """Raises SchemaNotReady for a SQLite file that nobody made: opening it would make an empty one."""
    if dialect_of(url) == "sqlite" and not file_of(url).exists():
        raise SchemaNotReady(SchemaState.EMPTY)


async def require_current(db: Database) -> None:
    """Raises SchemaNotReady."""
    if (state := await schema_state(db)) is not SchemaState.CURRENT:
        raise SchemaNotReady(state)


async def _drain(gather: Gather, afterwards: Afterwards, ending: Ending) -> None:
    await gather.drain(ending.left())
    await afterwards.drain(ending.left())


@asynccontextmanager
async def shared_of(settings: Settings) -> AsyncIterator[Shared]:
    """What processes share: in Redis where the settings name one. Raises RedisUnavailable."""
    if settings.redis_url is None:
        yield memory_shared()
        return
    url = settings.redis_url.get_secret_value()
    async with open_shared(url, random.random, lambda: secrets.token_hex(8)) as between:
        yield between


async def _worker(house: House, channel: Channel) -> Worker:
    store, owner = house.store, lease_owner()
    dispatcher = Dispatcher(store, {channel.name: channel}, clock, random.random, owner)
    missing = Missing(house.questions.intake, house.registry, random.random)
    upkeep = Upkeep(
        store, house.registry, house.gather, house.questions, house.reception, missing, clock, random.random
    )
    works = {
        JobKind.POLL: upkeep.poll,
        JobKind.CATCH_UP: upkeep.catch_up,
        JobKind.DISCOVER: _discovery(house).discover,
        JobKind.LINK: upkeep.link,
        JobKind.GAPS: upkeep.gaps,
        JobKind.PURGE: upkeep.purge,
    }
    for kind in (JobKind.GAPS, JobKind.PURGE):
        await store.jobs.schedule(kind, clock())
    return Worker(dispatcher, JobRunner(store.jobs, works, clock, random.random, owner), house.shared.bus)


def _web(
    settings: Settings,
    house: House,
    provider: IdentityProvider,
    channel: Channel,
    calendar: WorkingCalendar,
    tally: Tally,
) -> WebApp:
    store, statuses = house.store, Statuses(house.store.health, house.registry, clock)
    return web_app(
        use=_use_cases(house, statuses, channel, calendar),
        arrivals=Arrivals(provider, store, house.reception),
        budgets=Budgets(house.shared.quotas, store.sealer, _allowances(settings)),
        clients=Clients(store.clients, clock),
        tally=tally,
        releases=[one for one in every_release() if one.live(today())],
        reception=house.reception,
        statuses=statuses,
        checks={"database": store.db.check},
        besides=house.shared.checks,
        count=lambda: count_due(store.outbox, clock()),
        clock=clock,
        new_id=lambda: secrets.token_hex(8),
        timer=time.perf_counter,
        open_doors=settings.graphiql,
        own_keys=asserter.keys.published if (asserter := asserter_of(settings)) else None,
    )


def _use_cases(house: House, statuses: Statuses, channel: Channel, calendar: WorkingCalendar) -> UseCases:
    store = house.store
    refresh = Refresh(
        *(store, house.registry, house.gather, house.questions),
        discovery=_discovery(house),
        afterwards=house.afterwards,
    )
    return UseCases(
        cases=ReadCases(store, refresh),
        deadlines=Deadlines(calendar, house.registry.cards, clock),
        licences=ReadLicences(store, refresh),
        inbox=Inbox(store),
        devices=Devices(store, frozenset({channel.name})),
        live=Live(store, Ears(house.shared.bus, store.parties)),
        platforms=house.registry.cards,
        statuses=statuses,
    )


def _discovery(house: House) -> Discovery:
    return Discovery(*(house.store, house.registry, house.gather, house.questions), clock=clock, chance=random.random)


def lease_owner() -> str:
    """A name for this process in leases, which no other has: containers may share process id and host name."""
    chance = secrets.token_hex(4)
    return f"{os.getpid()}@{socket.gethostname()}"[: LONGEST_OWNER - len(chance) - 1] + f"-{chance}"


def sealer_of(settings: Settings) -> Sealer:
    """The ring of keys. The settings must have it (see NEEDED_TO_SERVE)."""
    assert settings.sealing_keys and settings.hash_key, "required before anything is built"
    ring = settings.sealing_keys.get_secret_value()
    return Sealer(ring.keys, ring.current, settings.hash_key.get_secret_value(), os.urandom)


def _allowances(settings: Settings) -> Allowances:
    return Allowances(settings.caller_budget, settings.address_budget)


def _provider(settings: Settings, session: aiohttp.ClientSession) -> IdentityProvider:
    claims = ClaimNames(
        identity_type=settings.identity_type_claim,
        identity_number=settings.identity_number_claim,
        name=settings.name_claim,
        assurance=settings.assurance_claim,
        represents=settings.represents_claim,
        accounts=settings.accounts_claim,
    )
    return IdentityProvider(settings.issuer or "", settings.audience, claims, json_fetcher(session))


def _fcm(settings: Settings) -> FcmChannel:
    accounts = {client: FcmAccount(given.credentials, given.address) for client, given in settings.fcm.items()}
    try:
        return FcmChannel(accounts, clock)
    except (OSError, ValueError):
        raise SettingsError(
            ["TONGBAN_FCM names a file that is no service account's key. Which: tongban doctor"]
        ) from None
