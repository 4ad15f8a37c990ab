"""A platform that knows people by accounts of its own: what it is asked, what its events say, and how it is checked."""

from collections.abc import AsyncIterator
from os import urandom
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.kit import altered, answers, events, manners
from app.kit.bench import Bench
from app.kit.cassette import read_cassette, record, replaying
from app.kit.check import Outcome
from app.kit.persons import BadPerson, read_persons
from domain.assurance import Vouched
from domain.identity import Identity, IdentityType
from domain.times import moment
from integrations.port import Platform
from integrations.registry import Access
from tests.contract.archive_world import EVENT_SECRET, SECRETS, Archive, event
from tests.contract.kit_world import findings
from tests.contract.platform_world import clock
from tests.contract.variant_world import LIN, desk, platform_at, variant

CHECKS = [*answers.CHECKS, *manners.CHECKS, *altered.CHECKS, *events.CHECKS]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def archive_at(address: str, session: aiohttp.ClientSession) -> Platform:
    return platform_at(address, variant("archive"), session, SECRETS, event_secrets=[EVENT_SECRET])


async def test_a_question_says_the_account_and_nothing_else(session: aiohttp.ClientSession):
    """Wherever it stands it stays in its place, and rows of others are left out."""
    account = "a/../b?c=1&d"
    archive = Archive(**{account: ["T1", "T2"]})
    async with desk(archive.answer) as running:
        platform = archive_at(running.address, session)
        answer = await platform.cases(LIN, vouched=Vouched(account=account))
    assert [item.facts.number for item in answer.observations] == ["T1", "T2"]
    assert archive.asked == [account]
    assert LIN.number not in str(running.asked) and all(not asked.body for asked in running.asked)


@pytest.mark.parametrize(
    ("account", "read", "problem"),
    [
        ("A-1", "A-1", ""),
        (17, "17", ""),
        ("", "", "account is not a text"),
        (None, "", "account is not a text"),
        ("x" * 129, "", "account is not an account of at most 128 characters"),
    ],
)
async def test_an_event_says_the_account(session: aiohttp.ClientSession, account: Any, read: str, problem: str):
    """What says none that can be goes to quarantine."""
    found = archive_at("http://archive", session).read_event(event("e1", account, "T1"), clock())
    assert (found.account, found.identity, found.problem) == (read, None, problem)
    assert found.is_about_somebody is bool(read)


def test_the_kit_takes_accounts_for_persons(tmp_path: Path):
    """In the place of numbers; what is no account is said without it."""
    file = tmp_path / "persons.txt"
    file.write_text("111:A-1  # holds something\n001: F 2\n", "utf-8")
    assert read_persons(["111:A-3"], file, by_account=True) == [
        Identity(IdentityType.RESIDENT, "A-3"),
        Identity(IdentityType.RESIDENT, "A-1"),
        Identity(IdentityType.ORGANISATION, "F 2"),
    ]
    for wrong in ("A-1", "111:", "999:A-1", f"111:{'x' * 129}"):
        with pytest.raises(BadPerson, match=r"^--person 1: expected TYPE:ACCOUNT"):
            read_persons([wrong], None, by_account=True)


async def test_the_kit_checks_such_a_platform_and_records_nobody(session: aiohttp.ClientSession, tmp_path: Path):
    """Every check that it can do is passed; no account is in the recording, which plays."""
    archive = Archive(**{"Account-77": ["T1", "T2", "T3"], "Account-78": []})
    people = [Identity(IdentityType.RESIDENT, account) for account in archive.held]
    async with desk(archive.answer) as running:
        access = Access(running.address, SECRETS, [EVENT_SECRET])
        bench = Bench(variant("archive"), access, people, session, clock, urandom)
        found = await findings(bench, CHECKS)
        text = await record(bench, moment(clock()))
    outcomes = {name: finding.outcome for name, finding in found.items()}
    failed = {name: found[name].detail for name, outcome in outcomes.items() if outcome is Outcome.FAILED}
    assert not failed
    asked_of_it = ("happy", "empty", "paged", "credentials", "bad-question", "event-happy", "event-forged")
    assert {outcomes[name] for name in asked_of_it} == {Outcome.PASSED}, found
    assert not [account for account in archive.held if account in text]
    (tmp_path / "archive.json").write_text(text, "utf-8")
    cassette, before = read_cassette(tmp_path / "archive.json", "archive"), len(running.asked)
    played = replaying(variant("archive"), cassette, session, clock, urandom, [EVENT_SECRET])
    again = await findings(played, CHECKS)
    assert {again[name].outcome for name in ("happy", "empty", "paged", "event-happy")} == {Outcome.PASSED}, again
    assert len(running.asked) == before
