"""From settings to a running house: the one place that constructs. Clocks and randomness enter here and nowhere below."""

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
from app.settings import Settings, SettingsError, require
from app.worker import Worker
from domain.times import Micros
from integrations.fetch import json_fetcher
from integrations.gather import Gather
from integrations.identity import ClaimNames, IdentityProvider
from integrations.registry import Access, Registry, connect, read_descriptions
from notifications.channel import Channel
from notifications.channels.fcm import FcmAccount, FcmChannel
from notifications.dispatcher import Dispatcher
from resolvers.arrivals import Arrivals
from resolvers.cases import ReadCases
from resolvers.devices import Devices
from resolvers.events import Reception
from resolvers.inbox import Inbox
from resolvers.intake import Intake
from resolvers.licences import ReadLicences
from resolvers.refresh import Refresh
from schema.context import UseCases
from store.database import Database, open_database
from store.keys import Keys
from store.lock import exclusive
from store.migrate import SchemaState, schema_state
from store.sealing import Sealer
from store.shared.memory import MemoryBus, MemoryClaims
from store.store import Store, store_of

LONGEST_OWNER = 64
"""Characters of a dispatcher's name in a lease."""

NEEDED_TO_SERVE = ("issuer", "sealing_keys", "hash_key")


SCHEMA_ADVICE = {
    SchemaState.EMPTY: "it is empty; run: tongban migrate",
    SchemaState.BEHIND: "it is of an older version, which this one cannot bring up; name another in TONGBAN_DATABASE_URL",
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
    """A running service: what answers requests, what works behind, and what they share."""

    web: WebApp
    worker: Worker
    store: Store
    gather: Gather


def clock() -> Micros:
    """Now, in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Builds the house and holds it open; at the end questions under way are given `drain_s`.

    Raises SettingsError, SchemaNotReady, WrongKeys, store.lock.Held (another server process), StoreUnavailable and
    BadDescription.
    """
    require(settings, *NEEDED_TO_SERVE)
    url = settings.database_url.get_secret_value()
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(url))
        if (state := await schema_state(db)) is not SchemaState.CURRENT:
            raise SchemaNotReady(state)
        await stack.enter_async_context(exclusive(url, "serve", wait=False))
        await Keys(db, sealer_of(settings)).remember()
        # A session of its own for each purpose: a platform's slow connections must not take those of sign-in.
        outward = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        inward = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        channel = _fcm(settings)
        stack.push_async_callback(channel.close)
        house = _house(settings, db, registry_of(settings, outward), _provider(settings, inward), channel)
        stack.push_async_callback(house.gather.drain, settings.drain_s)
        yield house


def _house(settings: Settings, db: Database, registry: Registry, provider: IdentityProvider, channel: Channel) -> House:
    store = store_of(db, sealer_of(settings))
    bus = MemoryBus()
    intake = Intake(store, clock, bus)
    gather = Gather(clock, MemoryClaims())
    refresh = Refresh(store, registry, gather, intake)
    reception = Reception(store, registry, intake)
    dispatcher = Dispatcher(store, {channel.name: channel}, clock, random.random, lease_owner())
    worker = Worker(dispatcher, reception, bus)
    use = UseCases(
        cases=ReadCases(store, refresh),
        licences=ReadLicences(store, refresh),
        inbox=Inbox(store),
        devices=Devices(store, frozenset({channel.name})),
        platforms=registry.cards,
    )
    web = web_app(
        use=use,
        arrivals=Arrivals(provider, store, reception),
        reception=reception,
        checks={"database": store.db.check},
        besides={},
        clock=clock,
        new_id=lambda: secrets.token_hex(8),
        timer=time.perf_counter,
        open_doors=settings.graphiql,
    )
    return House(web, worker, store, gather)


def lease_owner() -> str:
    """A name for this process in leases, which no other has: containers may share process id and host name."""
    chance = secrets.token_hex(4)
    return f"{os.getpid()}@{socket.gethostname()}"[: LONGEST_OWNER - len(chance) - 1] + f"-{chance}"


def sealer_of(settings: Settings) -> Sealer:
    """The ring of keys. The settings must have it (see NEEDED_TO_SERVE)."""
    assert settings.sealing_keys and settings.hash_key, "required before anything is built"
    ring = settings.sealing_keys.get_secret_value()
    return Sealer(ring.keys, ring.current, settings.hash_key.get_secret_value(), os.urandom)


def registry_of(settings: Settings, session: aiohttp.ClientSession) -> Registry:
    """The platforms that are described, and those that the settings connect. Raises BadDescription."""
    access = {
        code: Access(
            address=given.address,
            secrets={name: secret.get_secret_value() for name, secret in given.secrets.items()},
            event_secrets=[secret.get_secret_value() for secret in given.event_secrets],
        )
        for code, given in settings.platforms.items()
    }
    return connect(read_descriptions(), access, session, clock)


def _provider(settings: Settings, session: aiohttp.ClientSession) -> IdentityProvider:
    claims = ClaimNames(
        identity_type=settings.identity_type_claim,
        identity_number=settings.identity_number_claim,
        name=settings.name_claim,
        assurance=settings.assurance_claim,
        represents=settings.represents_claim,
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
