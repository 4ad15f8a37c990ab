"""What most tests stand on: a store of each kind, and a whole service in a simulated world."""

import os
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
import pytest_asyncio

from store.database import open_database
from store.sealing import Sealer
from store.store import Store, store_of
from tests.databases import KINDS, migrated_database, originals
from tests.houses import SHAPES, crewed, house
from tests.live import Live
from tests.redis_servers import RedisServers, redis_servers
from tests.warm import warm_starts


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "how many operations each tool makes up in tests/flows/test_made_up.py"
    parser.addoption("--operations", type=int, default=100, metavar="N", help=told)
    parser.addoption("--cold", action="store_true", help="start commands cold, as users do: slower, see tests/warm.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test wrote must get from process to process, lone surrogates too: pytest-xdist sends UTF-8."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "replace").decode()) for title, text in report.sections]
    return report


@pytest.fixture(scope="session", autouse=True)
def _originals() -> Iterator[None]:
    with originals():
        yield


@pytest.fixture(scope="session", autouse=True)
def _warm(request: pytest.FixtureRequest) -> Iterator[None]:
    with nullcontext() if request.config.getoption("--cold") else warm_starts():
        yield


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest) -> str:
    """The database of `store`."""
    return str(request.param)


@pytest.fixture
async def store(engine: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind; its sealer has one key, k1."""
    async with migrated_database(engine, tmp_path) as url, open_database(url) as db:
        yield store_of(db, Sealer({"k1": bytes(32)}, "k1", bytes(32), os.urandom))


@pytest.fixture(scope="module", params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    """The shape of `live`."""
    return str(request.param)


@pytest.fixture(scope="module")
def settings() -> Mapping[str, str]:
    """What a module has the service of `live` told otherwise; `{...}` in it are facts of the simulated world."""
    return {}


@pytest.fixture(scope="module")
def platforms() -> Sequence[str] | None:
    """The codes of the platforms that the service of `live` is connected to; None means the simulator's first."""
    return None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServers]:
    """A Redis Cluster for whoever neither kills nor fills it."""
    async with redis_servers("cluster", tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


@pytest.fixture(scope="module")
def redis(request: pytest.FixtureRequest, shape: str) -> RedisServers | None:
    """What the processes of a crew share. It is asked for here, since a loop that runs cannot start another."""
    return request.getfixturevalue("cluster") if shape == "crew" else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(
    shape: str,
    redis: RedisServers | None,
    settings: Mapping[str, str],
    platforms: Sequence[str] | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Live]:
    """A service of each shape, in a world of its own, for the tests of one module.

    Those tests share its event loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
    """
    folder = tmp_path_factory.mktemp("live")
    if redis is None:
        async with house(shape, folder, platforms=platforms, **settings) as live:
            yield live
    else:
        await redis.clear()
        async with crewed(redis, folder, platforms, **settings) as live:
            yield live


@pytest.fixture(autouse=True)
def _flow(request: pytest.FixtureRequest) -> None:
    """Whose turn it is to die changes with each test."""
    live = request.getfixturevalue("live") if "live" in request.fixturenames else None
    if live is not None and live.crew is not None:
        live.crew.begin_flow()
