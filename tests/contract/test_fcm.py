"""What Google's client does to a queue if left alone, and that ours does not: one test for each trap.

They hold private parts of firebase-admin in place; when one fails after an upgrade, read `_tamed_service` again.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import firebase_admin
import pytest
from firebase_admin import messaging

from domain.delivery import AttemptOutcome, Outcome
from domain.times import MINUTE, SECOND, Micros
from notifications.channel import CREDENTIALS, Push
from notifications.channels.fcm import FcmAccount, FcmChannel
from notifications.metrics import ALARMS
from tests.contract.fcm_double import FcmDouble, fcm_double

NOW: Micros = 1_790_000_000 * SECOND


@pytest.fixture(scope="module")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FcmDouble]:
    with fcm_double(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
async def clean(double: FcmDouble) -> AsyncIterator[FcmDouble]:
    """The double, back to accepting everything afterwards."""
    yield double
    await double.turn(token=None, answer=None, token_delay_s=0.0, token_error=None)


@pytest.fixture
async def channel(clean: FcmDouble) -> AsyncIterator[FcmChannel]:
    made = FcmChannel({"app": account(clean)}, lambda: NOW)
    yield made
    await made.close()


def account(double: FcmDouble, **changes: Any) -> FcmAccount:
    return FcmAccount(
        **{"credentials_path": double.service_account, "address": double.fcm, "timeout_s": 5.0, **changes}
    )


def push(token: str, client: str = "app") -> Push:
    return Push(token, client, f"notification_{token}", "case.granted", f"tag-{token}", 3600, urgent=True)


async def longest_stall(until: asyncio.Task[Any]) -> float:
    """The longest time in seconds that the event loop stood still while the task ran."""
    longest = 0.0
    while not until.done():
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        longest = max(longest, time.perf_counter() - before)
    return longest


@pytest.mark.parametrize("answer", ["UNAVAILABLE", "INTERNAL"])
async def test_no_hidden_retries(channel: FcmChannel, clean: FcmDouble, answer: str) -> None:
    """500 and 503 are tried once and told at once; the library alone would try five times within 7 s."""
    await clean.answer("busy", answer)
    sends, _ = await clean.counts()
    started = time.perf_counter()
    (outcome,) = await channel.send([push("busy")])
    assert outcome.kind is AttemptOutcome.LATER
    assert time.perf_counter() - started < 2
    assert (await clean.counts())[0] == sends + 1


async def test_renewing_a_token_stalls_nothing(channel: FcmChannel, clean: FcmDouble) -> None:
    """While a slow token endpoint is asked, the event loop goes on; one token serves all who wait."""
    await clean.turn(token_delay_s=1.0)
    _, issued = await clean.counts()
    sending = asyncio.create_task(channel.send([push(f"slow-{number}") for number in range(20)]))
    also = asyncio.create_task(channel.send([push("slow-too")]))
    assert await longest_stall(sending) < 0.5
    outcomes = await sending + await also
    assert {outcome.kind for outcome in outcomes} == {AttemptOutcome.ACCEPTED}
    assert (await clean.counts())[1] == issued + 1


async def test_a_bad_apns_key_renews_no_token(channel: FcmChannel, clean: FcmDouble) -> None:
    """401 THIRD_PARTY_AUTH_ERROR is sent once and renews nothing, waits long, and raises an alarm."""
    await clean.answer("iphone", "THIRD_PARTY_AUTH_ERROR")
    await channel.send([push("first")])
    before, alarms = await clean.counts(), alarm_count("third-party-auth")
    (outcome,) = await channel.send([push("iphone")])
    assert outcome == Outcome(AttemptOutcome.LATER, "third-party-auth", retry_after=15 * MINUTE)
    await channel.send([push("second")])
    assert await clean.counts() == (before[0] + 2, before[1])
    assert alarm_count("third-party-auth") == alarms + 1


async def test_a_withdrawn_token_is_renewed_once(channel: FcmChannel, clean: FcmDouble) -> None:
    """A 401 about our own token fails that try, and the next send gets a new token, once."""
    await channel.send([push("first")])
    credential = channel._projects["app"]._credential
    credential.token = "withdrawn"
    _, issued = await clean.counts()
    outcomes = await channel.send([push(f"refused-{number}") for number in range(5)])
    assert {(outcome.kind, outcome.code) for outcome in outcomes} == {(AttemptOutcome.LATER, "unauthenticated")}
    outcomes = await channel.send([push(f"again-{number}") for number in range(5)])
    assert {outcome.kind for outcome in outcomes} == {AttemptOutcome.ACCEPTED}
    assert (await clean.counts())[1] == issued + 1


async def test_refused_credentials_send_nothing(clean: FcmDouble) -> None:
    """If no token is given, nothing is sent, one alarm is raised for all, and the client is told to wait."""
    await clean.turn(token_error="invalid_grant")
    channel = FcmChannel({"app": account(clean)}, lambda: NOW)
    (sends, _), alarms = await clean.counts(), alarm_count(CREDENTIALS)
    outcomes = await channel.send([push(f"none-{number}") for number in range(3)])
    assert outcomes == [Outcome(AttemptOutcome.LATER, CREDENTIALS, retry_after=15 * MINUTE)] * 3
    assert (await clean.counts())[0] == sends
    assert alarm_count(CREDENTIALS) == alarms + 1
    await channel.close()


async def test_a_sender_mismatch_raises_an_alarm(channel: FcmChannel, clean: FcmDouble) -> None:
    """A token of another project is dead for us, and a person hears of it: the configuration may be wrong."""
    await clean.answer("foreign", "SENDER_ID_MISMATCH")
    alarms = alarm_count("sender-id-mismatch")
    await channel.send([push("foreign")])
    assert alarm_count("sender-id-mismatch") == alarms + 1


async def test_a_closed_port_is_later(clean: FcmDouble) -> None:
    """A connection that is refused sent nothing: it is tried again and does not count as unknown."""
    channel = FcmChannel({"app": account(clean, address="http://127.0.0.1:9")}, lambda: NOW)
    assert await channel.send([push("nowhere")]) == [Outcome(AttemptOutcome.LATER, "unreachable")]
    await channel.close()


async def test_a_trickle_does_not_hold_a_send(clean: FcmDouble) -> None:
    """An answer that never stops coming is cut off: the library's own timeout begins again with every byte."""

    hung_up = asyncio.Event()

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            for byte in b"HTTP/1.1 200 OK" + b" " * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        hung_up.set()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    channel = FcmChannel({"app": account(clean, address=address, timeout_s=1.0)}, lambda: NOW)
    started = time.perf_counter()
    assert await channel.send([push("trickle")]) == [Outcome(AttemptOutcome.UNKNOWN, "timeout")]
    assert time.perf_counter() - started < 5
    await channel.close()
    await hung_up.wait()
    server.close()
    await server.wait_closed()


async def test_clients_have_their_own_projects(clean: FcmDouble) -> None:
    """Two clients go to two addresses in one process: the address is set for each and not for the library."""
    whole = f"{clean.fcm}/v1/projects/{{0}}/messages:send"
    accounts = {"one": account(clean, address=whole), "two": account(clean, address="http://127.0.0.1:9")}
    channel = FcmChannel(accounts, lambda: NOW)
    outcomes = await channel.send([push("of-one", "one"), push("of-two", "two")])
    assert [outcome.kind for outcome in outcomes] == [AttemptOutcome.ACCEPTED, AttemptOutcome.LATER]
    assert messaging._MessagingService.FCM_URL.startswith("https://fcm.googleapis.com/")
    await channel.close()


async def test_closing_leaves_no_app(clean: FcmDouble) -> None:
    """Closing inside the running loop, which the library refuses to do, takes every app out of its table."""
    before = set(firebase_admin._apps)
    channel = FcmChannel({"one": account(clean), "two": account(clean)}, lambda: NOW)
    assert len(set(firebase_admin._apps) - before) == 2
    await channel.send([push("last", "one")])
    await channel.close()
    assert set(firebase_admin._apps) == before


async def test_two_channels_serve_one_client(clean: FcmDouble) -> None:
    """Apps of one client do not collide in the library's table of the process."""
    channels = [FcmChannel({"app": account(clean)}, lambda: NOW) for _ in range(2)]
    for one in channels:
        assert (await one.send([push("twice")]))[0].kind is AttemptOutcome.ACCEPTED
        await one.close()


def test_a_missing_account_is_told_at_once(tmp_path: Path) -> None:
    """A service account that is not there stops the start and not the first push."""
    with pytest.raises(OSError, match="none"):
        FcmChannel({"app": FcmAccount(tmp_path / "none.json")}, lambda: NOW)


async def test_what_google_receives_is_what_was_meant(channel: FcmChannel, clean: FcmDouble) -> None:
    """On the wire are the id and the wording key, the stable tag in all three places, and no other text."""
    await channel.send([push("reader")])
    (message,) = await clean.phone("reader")
    assert message["data"] == {"notification": "notification_reader", "wording": "case.granted"}
    tags = (message["android"]["collapse_key"], message["android"]["notification"]["tag"])
    assert {*tags, message["apns"]["headers"]["apns-collapse-id"]} == {"tag-reader"}
    words = json.dumps({**message, "token": ""}).replace("title_loc_key", "").replace("title-loc-key", "")
    assert "title" not in words.replace("case_granted_title", "")


def alarm_count(code: str) -> float:
    return float(ALARMS.labels("fcm", code)._value.get())
