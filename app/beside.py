"""What a command needs that works on a database beside the processes that serve it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from app.build import NEEDED_TO_WORK, require_current, require_there, sealer_of, shared_of
from app.clock import clock
from app.connections import catalogue_of, new_session, registry_of
from app.settings import Settings, require
from resolvers.events import Reception
from resolvers.intake import Intake
from resolvers.replay import Replay
from store.database import open_database
from store.keys import Keys
from store.lock import Held, exclusive
from store.store import store_of


class Busy(Exception):
    """Somebody else is at it. Says what to do."""


@asynccontextmanager
async def replaying(settings: Settings, *, writes: bool) -> AsyncIterator[Replay]:
    """Opens what is set aside. With `writes` no migration and no other such command runs meanwhile; servers and workers may.

    Raises SettingsError, Busy, SchemaNotReady, WrongKeys, StoreUnavailable, RedisUnavailable and BadDescription.
    """
    require(settings, *NEEDED_TO_WORK)
    url = settings.database_url.get_secret_value()
    require_there(url)
    async with AsyncExitStack() as stack:
        if writes:
            # Not the lock of those that serve: it would be ours alone, or they would have to end.
            await stack.enter_async_context(_alone(url))
        db = await stack.enter_async_context(open_database(url))
        await require_current(db)
        sealer = sealer_of(settings)
        await Keys(db, sealer).examine()
        between = await stack.enter_async_context(shared_of(settings))
        session = await stack.enter_async_context(new_session())
        registry = registry_of(settings, catalogue_of(settings), session, between.quotas)
        store = store_of(db, sealer)
        yield Replay(Reception(store, registry, Intake(store, clock, between.bus)), clock)


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(exclusive(url, "migrate", wait=False))
        except Held:
            raise Busy(
                "The database is being migrated, or another command of tongban events changes it. Nothing was changed: "
                "wait for it to end, and repeat this one."
            ) from None
        yield
