"""A platform that believes nothing but our assertions, held against the keys that we publish: RFC 8693 over real HTTP."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from os import urandom
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from starlette.applications import Starlette
from starlette.routing import Route

from api.own_keys import PATH, PublishedKeys
from app.kit import answers, manners
from app.kit.bench import Bench
from app.kit.cassette import read_cassette, record, replaying
from app.kit.check import Outcome
from domain.assurance import UNVOUCHED, Assurance, Vouched
from domain.identity import Identity, IdentityType
from domain.times import SECOND, Micros, moment
from integrations.asker import a_job
from integrations.authentication import assertion
from integrations.authentication.assertion import Asserter
from integrations.description import Description
from integrations.own_keys import OwnKeys
from integrations.port import Drifted, Overloaded, Platform, PlatformTrouble, RateLimited, Refused
from integrations.registry import Access, BadAccess, connect
from store.shared.memory import MemoryQuotas
from tests.contract.hall_world import AUDIENCE, ISSUER, SECRETS, Hall
from tests.contract.kit_world import findings
from tests.contract.variant_world import FIRM, LIN, Desk, desk, variant
from tests.unit.api.asgi import get

NOW: Micros = 1_795_311_000_500_000
KEYS = OwnKeys({"a1": b"a" * 32, "a0": b"z" * 32})
PEOPLE = [Identity(IdentityType.RESIDENT, f"11010519491231{n:04}") for n in range(3)]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Micros:
        return self.now

    def on(self, seconds: int) -> None:
        self.now += seconds * SECOND


@dataclass
class World:
    """The hall at an address, and who asks it: `asserter` speaks about people."""

    hall: Hall
    desk: Desk
    clock: Clock
    session: aiohttp.ClientSession
    asserter: Asserter

    @property
    def access(self) -> Access:
        return Access(self.desk.address, SECRETS | {"token_address": f"{self.desk.address}/token"}, [])

    def platform(self, description: Description | None = None, asserter: Asserter | None = None) -> Platform:
        described = {"hall": description or variant("hall")}
        given, speaker = {"hall": self.access}, asserter or self.asserter
        made = connect(described, given, self.session, self.clock, urandom, MemoryQuotas(), asserter=speaker)
        return made.connected["hall"]


@asynccontextmanager
async def opened() -> AsyncIterator[World]:
    _, _, published = await get(Starlette(routes=[Route(PATH, PublishedKeys(KEYS.published).answer)]), PATH)
    clock = Clock()
    hall = Hall(published, clock)
    async with desk(hall.answer) as running, aiohttp.ClientSession() as session:
        yield World(hall, running, clock, session, Asserter(ISSUER, KEYS, clock, urandom))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with opened() as made:
        yield made


def asserting(**changed: Any) -> Description:
    """The hall, with other things said of its assertions."""
    found = variant("hall")
    return found.model_copy(update={"person": found.person.model_copy(update=changed)})


async def test_an_assertion_is_exchanged_for_a_token_of_that_person(world: World):
    """As RFC 8693 has it, with our name at the endpoint; the question brings the token, and the assertion stays behind."""
    (case,) = (await world.platform().cases(LIN)).observations
    assert case.facts.number == LIN.number
    (form,), (exchange, question) = world.hall.forms, world.desk.asked
    token = form.pop("subject_token")
    assert form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "audience": AUDIENCE,
        "scope": "cases:read",
    }
    assert exchange.headers["authorization"] == "Basic " + base64.b64encode(b"tong+ban:s%3Aecret").decode()
    assert question.headers["x-app"] == "k" and "x-app" not in exchange.headers
    assert token not in str(question) and LIN.number not in str(question)
    assert world.hall.assertions[0]["identity_type"] == "111"


async def test_our_name_may_stand_in_the_body_or_nowhere(world: World):
    """As the endpoint wants it: the assertion is signed in any case."""
    await world.platform(asserting(send="body")).cases(LIN)
    await world.platform(asserting(client_id=None, client_secret=None, scope=None)).cases(LIN)
    named, unnamed = world.hall.forms
    assert (named["client_id"], named["client_secret"]) == ("tong ban", "s:ecret")
    assert unnamed.keys() & {"client_id", "client_secret", "scope"} == set()
    assert all("authorization" not in asked.headers for asked in world.desk.asked if asked.target == "/token")


async def test_a_job_asks_as_a_reader_does(world: World):
    """Nobody need be there: what is asserted is about whom we ask, and not that they do."""
    await world.platform().cases(LIN, a_job())
    assert world.hall.asked == [LIN.number]


async def test_nobody_is_asked_about_with_the_token_of_another(world: World):
    """However many are asked about at once; and one exchange serves all questions about one person."""
    platform, people = world.platform(), [LIN, FIRM, *PEOPLE]
    answers = await asyncio.gather(*(platform.cases(who) for who in people * 3))
    numbers = [case.facts.number for answer in answers for case in answer.observations]
    assert numbers == [who.number for who in people * 3]
    assert sorted(world.hall.exchanged) == sorted(who.number for who in people)


async def test_a_token_got_at_one_level_is_not_used_at_another(world: World):
    """Nor one got for another sign-in, or where no level counts any more; each is kept for its own."""
    platform, one, other = world.platform(), Vouched(Assurance.HIGH, NOW - 7 * SECOND), Vouched(Assurance.HIGH, NOW)
    for vouched in (one, Vouched(Assurance.MEDIUM), other, UNVOUCHED, one):
        await platform.cases(LIN, vouched=vouched)
    said = [(claims.get("acr"), claims.get("auth_time")) for claims in world.hall.assertions]
    assert said == [("3", NOW // SECOND - 7), ("2", None), ("3", NOW // SECOND), (None, None)]


async def test_the_kit_asks_at_the_least_level(world: World):
    """With less it is never asked, so that this must do."""
    watched = replace(bench(world), description=asserting(least_level=2))
    await watched.ask("happy", "cases", 0)
    assert world.hall.assertions[0]["acr"] == "2"


async def test_a_token_is_kept_until_shortly_before_its_end(world: World):
    """And then fetched with a new assertion; one that does not say how long it lives is used once."""
    platform = world.platform()
    world.hall.lives = [3600, 600, None]
    for seconds, exchanges in ((0, 1), (3600 - 31, 1), (2, 2), (600, 3), (0, 4)):
        world.clock.on(seconds)
        await platform.cases(LIN)
        assert len(world.hall.exchanged) == exchanges
    assert len({claims["jti"] for claims in world.hall.assertions}) == 4


async def test_a_refused_token_is_exchanged_anew_once(world: World):
    """For that person alone. If the new one is refused as well, the platform declines."""
    platform = world.platform()
    for who in (LIN, FIRM):
        await platform.cases(who)
    world.hall.people = {token: who for token, who in world.hall.people.items() if who != LIN.number}
    for who in (LIN, FIRM):
        await platform.cases(who)
    assert world.hall.exchanged == [LIN.number, FIRM.number, LIN.number]
    world.hall.people.clear()
    world.hall.token_answer = lambda: {"access_token": "of-nobody", "token_type": "Bearer", "expires_in": 60}
    with pytest.raises(Refused, match=r"^HTTP 401$"):
        await platform.cases(LIN)
    assert len(world.hall.forms) == 4


async def test_no_more_tokens_are_kept_than_there_is_room_for(world: World, monkeypatch: pytest.MonkeyPatch):
    """Whoever was not asked about for longest makes room."""
    monkeypatch.setattr(assertion, "MOST_PEOPLE", 2)
    platform, (one, two, three) = world.platform(), PEOPLE
    for who in (one, two, one, three, one, two):
        await platform.cases(who)
    assert world.hall.exchanged == [who.number for who in (one, two, three, two)]


async def test_whose_token_is_over_makes_room_first(world: World, monkeypatch: pytest.MonkeyPatch):
    """It is of no more use: nothing is kept of that person."""
    monkeypatch.setattr(assertion, "MOST_PEOPLE", 2)
    platform, (one, two, three) = world.platform(), PEOPLE
    world.hall.lives = [3600, 100]
    for who in (one, two):
        await platform.cases(who)
    world.clock.on(100)
    for who in (three, one):
        await platform.cases(who)
    assert world.hall.exchanged == [who.number for who in (one, two, three)]


def by_another_key(asserter: Asserter) -> Asserter:
    return replace(asserter, keys=OwnKeys({"a1": b"x" * 32}))


def under_another_name(asserter: Asserter) -> Asserter:
    return replace(asserter, issuer="https://other.example.cn")


def a_minute_ago(asserter: Asserter) -> Asserter:
    return replace(asserter, clock=lambda: NOW - 61 * SECOND)


@pytest.mark.parametrize("other", [by_another_key, under_another_name, a_minute_ago])
async def test_the_platform_can_tell_what_is_not_ours_or_too_old(world: World, other: Any):
    """By what we publish and assert, and without asking us."""
    with pytest.raises(Refused, match="token endpoint: HTTP 400"):
        await world.platform(asserter=other(world.asserter)).cases(LIN)
    assert world.hall.asked == []


async def test_what_is_meant_for_another_platform_is_not_believed(world: World):
    """A platform that shows ours around gets nothing for it."""
    with pytest.raises(Refused, match="token endpoint: HTTP 400"):
        await world.platform(asserting(audience="https://other.example.cn")).cases(LIN)


async def test_a_key_that_no_longer_signs_is_still_believed(world: World):
    """As long as it is published: so keys change without a gap."""
    await world.platform(asserter=replace(world.asserter, keys=OwnKeys({"a0": b"z" * 32}))).cases(LIN)
    assert world.hall.asked == [LIN.number]


BAD_EXCHANGES: list[tuple[Callable[[], Any], type[PlatformTrouble], str]] = [
    (lambda: web.json_response({"error": "invalid_target"}, status=400), Refused, "token endpoint: HTTP 400"),
    (lambda: web.Response(status=401), Refused, "token endpoint: HTTP 401"),
    (lambda: web.Response(status=429, headers={"Retry-After": "7"}), RateLimited, "token endpoint: HTTP 429"),
    (lambda: web.Response(status=503), Overloaded, "token endpoint: HTTP 503"),
    (lambda: web.Response(text="<html>"), Drifted, "token endpoint: not a JSON object"),
    (
        lambda: {"access_token": "e.y.J", "token_type": "N_A", "expires_in": 60},
        Drifted,
        "token endpoint: no bearer token",
    ),
]


@pytest.mark.parametrize(("answer", "trouble", "said"), BAD_EXCHANGES)
async def test_an_exchange_that_fails_has_its_name(
    world: World, answer: Callable[[], Any], trouble: type[PlatformTrouble], said: str
):
    """Nobody is asked about without a token, and nothing personal is said."""
    world.hall.token_answer = answer
    with pytest.raises(trouble, match=said) as caught:
        await world.platform().cases(LIN)
    assert {asked.target for asked in world.desk.asked} == {"/token"}
    assert LIN.number not in f"{caught.value!r} {caught.value.detail}"


OF_US: list[Callable[[], Any]] = [
    lambda: web.Response(status=401),
    lambda: web.Response(status=403),
    lambda: web.json_response({"error": "invalid_client"}, status=400),
    lambda: web.json_response({"error": "unauthorized_client"}, status=400),
]


@pytest.mark.parametrize("answer", OF_US)
async def test_a_wrong_secret_is_tried_once_and_not_for_everybody(world: World, answer: Callable[[], Any]):
    """However many are asked about, at once and after one another; ten seconds later once more, and then for everybody."""
    platform, people = world.platform(), [replace(LIN, number=f"11010519491231{n:04}") for n in range(50)]
    world.hall.token_answer = answer
    for _ in range(2):
        found = await asyncio.gather(*(platform.cases(who) for who in people), return_exceptions=True)
        assert all(isinstance(one, PlatformTrouble) for one in found)
        assert len(world.hall.forms) == 1
    world.clock.on(10)
    world.hall.token_answer = None
    for who in people[:5]:
        await platform.cases(who)
    assert len(world.hall.forms) == 6


async def test_a_secret_that_became_wrong_is_left_alone_too(world: World):
    """Whoever has a token goes on with it; nobody gets another."""
    platform = world.platform()
    await platform.cases(LIN)
    world.hall.token_answer = OF_US[0]
    for who in PEOPLE:
        with pytest.raises(Refused, match="token endpoint: HTTP 401"):
            await platform.cases(who)
    assert len(world.hall.forms) == 2
    await platform.cases(LIN)


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_request"])
async def test_who_is_refused_keeps_nobody_from_a_token(world: World, error: str):
    """It is about that person, and only that one is not tried again for ten seconds."""
    platform, (one, *others) = world.platform(), PEOPLE
    world.hall.token_answer = lambda: web.json_response({"error": error}, status=400)
    for _ in range(2):
        with pytest.raises(Refused, match="token endpoint: HTTP 400"):
            await platform.cases(one)
    world.hall.token_answer = None
    for who in others:
        await platform.cases(who)
    assert len(world.hall.forms) == 1 + len(others)


async def test_two_platforms_have_two_audiences(world: World):
    """Or one could show to the other what was meant for itself."""
    both = {"hall": variant("hall"), "other": variant("hall").model_copy(update={"code": "other"})}
    with pytest.raises(BadAccess) as caught:
        connect(
            *(both, dict.fromkeys(both, world.access), world.session, world.clock, urandom, MemoryQuotas()),
            asserter=world.asserter,
        )
    assert set(caught.value.errors) == {("hall",), ("other",)}


async def test_without_a_key_there_is_no_such_platform(world: World):
    """It is said at start what must be set."""
    with pytest.raises(BadAccess, match="platform hall: expected assertion_keys and assertion_issuer"):
        connect({"hall": variant("hall")}, {"hall": world.access}, world.session, world.clock, urandom, MemoryQuotas())


def secrets_in(world: World) -> list[str]:
    return [LIN.number, "s:ecret", *world.hall.people, *(form["subject_token"] for form in world.hall.forms)]


async def test_the_log_holds_none_of_it(world: World, caplog: pytest.LogCaptureFixture):
    """Neither assertion nor token nor person, in the most talkative of logs."""
    caplog.set_level(logging.DEBUG)
    platform = world.platform()
    await platform.cases(LIN)
    world.hall.people.clear()
    await platform.cases(LIN)
    world.hall.token_answer = lambda: web.Response(status=400)
    world.clock.on(3600)
    with pytest.raises(Refused):
        await platform.cases(LIN)
    assert len(secrets_in(world)) >= 6
    assert not [secret for secret in secrets_in(world) if secret in caplog.text]


def bench(world: World) -> Bench:
    more = {"asserter": world.asserter}
    return Bench(variant("hall"), world.access, [LIN], world.session, world.clock, urandom, **more)


async def test_a_recording_holds_none_of_it_and_plays_without_a_key(world: World, tmp_path: Path):
    """What is recorded are answers to questions, and those of a token endpoint are none."""
    checks = [check for check in answers.CHECKS if check.name == "happy"]
    watched = bench(world)
    assert (await findings(watched, checks))["happy"].outcome is Outcome.PASSED
    text = await record(watched, moment(NOW))
    assert not [secret for secret in secrets_in(world) if secret in text]
    (tmp_path / "hall.json").write_text(text, "utf-8")
    cassette = read_cassette(tmp_path / "hall.json", "hall")
    played = replaying(variant("hall"), cassette, world.session, world.clock, urandom, ())
    before = len(world.desk.asked)
    assert (await findings(played, checks))["happy"].outcome is Outcome.PASSED
    assert len(world.desk.asked) == before


@pytest.mark.parametrize(("credulous", "said"), [(False, "refused, for each of cases"), (True, "another key signed")])
async def test_the_kit_finds_who_looks_at_no_signature(world: World, credulous: bool, said: str):
    """By an assertion that names our key and was signed by another."""
    world.hall.credulous = credulous
    checks = [check for check in manners.CHECKS if check.name == "credentials"]
    found = (await findings(bench(world), checks))["credentials"]
    assert (found.outcome is Outcome.FAILED) is credulous
    assert said in found.detail
