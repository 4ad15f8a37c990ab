"""What is built from settings alone."""

import asyncio
import base64
import socket
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from app.build import LONGEST_OWNER, lease_owner
from app.connections import catalogue_of, new_session, registry_of
from app.settings import SettingsError, load_settings
from domain.identity import identity
from domain.platform import Absence
from integrations.port import BreakerOpen, PlatformTrouble, Unreachable
from store.shared.memory import MemoryQuotas
from tests.contract.variant_world import VARIANTS
from tests.unit.integrations.descriptions import written


@pytest.mark.parametrize("host", ["a", "h" * 200])
def test_no_two_processes_have_the_same_name_in_leases(monkeypatch: pytest.MonkeyPatch, host: str):
    """Not even containers that share process id and host name; and it fits its column."""
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    names = {lease_owner() for _ in range(9)}
    assert len(names) == 9
    assert all(len(name) <= LONGEST_OWNER for name in names)


async def test_one_bad_description_does_not_stop_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """It is left out although there is access to it, and said in the log by file, line and place."""
    file = written(tmp_path, 'code = "44"', 'code = "4 4"', code="bad")
    named = {"TONGBAN_PLATFORMS__BAD__ADDRESS": "http://127.0.0.1:9", "TONGBAN_DESCRIPTIONS": str(tmp_path)}
    named |= {"TONGBAN_PLATFORMS__31__ADDRESS": "http://127.0.0.1:9", "TONGBAN_PLATFORMS__31__SECRETS__API_KEY": "k"}
    settings = load_settings(named)
    async with aiohttp.ClientSession() as session:
        registry = registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
    assert (set(registry.connected), registry.broken, registry.unusable) == ({"31"}, {"bad"}, {"bad"})
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.__dict__["platform"] == "bad" and record.__dict__["detail"].startswith(f"{file}:3: code: ")


async def test_a_bad_description_without_access_is_counted(tmp_path: Path):
    """With a slip in its file the platform would be gone from those that are not connected; lists are as whole as before."""
    settings = load_settings({"TONGBAN_DESCRIPTIONS": str(tmp_path)})
    file = written(tmp_path, 'code = "44"', 'code = "my-town"', code="my-town")
    async with aiohttp.ClientSession() as session:
        good = registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
        file.write_text(file.read_text("utf-8").replace("form = 0", "form = "), "utf-8")
        bad = registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
    assert good.unconnected == bad.unconnected and bad.unusable == frozenset()
    assert [one.cards["my-town"].absence for one in (good, bad)] == [Absence.NO_ACCESS, Absence.BROKEN]


async def test_what_access_lacks_is_said_by_its_variable():
    """As with every other setting: whoever must correct it need not translate a place in a description."""
    named = {
        "TONGBAN_PLATFORMS__31__ADDRESS": "http://127.0.0.1:9",
        "TONGBAN_PLATFORMS__33__ADDRESS": "http://127.0.0.1:9",
    }
    named |= {"TONGBAN_PLATFORMS__31__EVENT_SECRETS": "s", "TONGBAN_PLATFORMS__99__ADDRESS": "http://127.0.0.1:9"}
    settings = load_settings(named)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SettingsError) as caught:
            registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
    assert sorted(problem.partition(":")[0] for problem in caught.value.problems) == [
        "TONGBAN_PLATFORMS__31__EVENT_SECRETS",
        "TONGBAN_PLATFORMS__31__SECRETS__API_KEY",
        "TONGBAN_PLATFORMS__33__EVENT_SECRETS",
        "TONGBAN_PLATFORMS__33__SECRETS__PASSWORD",
        "TONGBAN_PLATFORMS__33__SECRETS__USERNAME",
        "TONGBAN_PLATFORMS__99",
    ]


HALL = {
    "TONGBAN_DESCRIPTIONS": str(VARIANTS),
    "TONGBAN_PLATFORMS__HALL__ADDRESS": "http://127.0.0.1:9",
    "TONGBAN_PLATFORMS__HALL__SECRETS__APP_KEY": "k",
    "TONGBAN_PLATFORMS__HALL__SECRETS__TOKEN_ADDRESS": "http://127.0.0.1:9/token",
    "TONGBAN_PLATFORMS__HALL__SECRETS__CLIENT_ID": "us",
    "TONGBAN_PLATFORMS__HALL__SECRETS__CLIENT_SECRET": "ours",
}


def asserting(key: bytes) -> dict[str, str]:
    return {
        "TONGBAN_ASSERTION_KEYS": f"a1:{base64.b64encode(key).decode()}",
        "TONGBAN_ASSERTION_ISSUER": "https://tongban.example.cn",
    }


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (asserting(b"a" * 32), ""),
        ({}, "TONGBAN_PLATFORMS__HALL: expected assertion_keys and assertion_issuer"),
        (asserting(bytes(32)), "TONGBAN_ASSERTION_KEYS holds bytes that are no private key"),
    ],
)
async def test_platforms_that_take_assertions_need_a_key(given: dict[str, str], problem: str):
    """It is said at start, and not at the first question."""
    settings = load_settings(HALL | given)
    async with aiohttp.ClientSession() as session:
        if not problem:
            assert set(registry_of(settings, catalogue_of(settings), session, MemoryQuotas()).connected) == {"hall"}
            return
        with pytest.raises(SettingsError, match=problem):
            registry_of(settings, catalogue_of(settings), session, MemoryQuotas())


async def test_what_an_exchange_needs_is_a_setting_too():
    """As what the connection needs."""
    settings = load_settings(
        {name: value for name, value in HALL.items() if "SECRETS" not in name} | asserting(b"a" * 32)
    )
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SettingsError) as caught:
            registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
    assert {problem.partition(":")[0] for problem in caught.value.problems} == {
        name for name in HALL if "SECRETS" in name
    }


@pytest.mark.parametrize(("said", "last"), [("act", BreakerOpen), ("watch", Unreachable)])
async def test_whether_breakers_act_is_a_setting(said: str, last: type[PlatformTrouble]):
    """Ten questions to a platform that nobody answers for, and one more."""
    named = {"TONGBAN_BREAKER": said, "TONGBAN_PLATFORMS__31__ADDRESS": "http://127.0.0.1:9"}
    settings = load_settings(named | {"TONGBAN_PLATFORMS__31__SECRETS__API_KEY": "k"})
    async with aiohttp.ClientSession() as session:
        registry = registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
        put = [registry.connected["31"].cases(identity("111", "11010519491231002X")) for _ in range(11)]
        assert {type(end) for end in await asyncio.gather(*put[:10], return_exceptions=True)} == {Unreachable}
        with pytest.raises(last):
            await put[10]


async def test_platforms_that_hang_hold_up_no_other():
    """More questions hang than the HTTP library has connections by itself, and one more is answered."""
    hanging, inside = asyncio.Event(), 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal inside
        if request.path == "/hang":
            inside += 1
            await hanging.wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/{path}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    at = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with new_session() as session:
        stuck = [asyncio.ensure_future(session.get(f"{at}/hang")) for _ in range(150)]
        while inside < 100:
            await asyncio.sleep(0.01)
        async with asyncio.timeout(5), session.get(f"{at}/well") as response:
            assert response.status == 200
        hanging.set()
        for one in await asyncio.gather(*stuck):
            one.release()
    await runner.cleanup()
