"""The suite that every platform passes: found through the registry, asked at the simulator where that plays it."""

import hmac
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from app.simulation import Simulation, simulation
from domain.event import Stage
from domain.identity import Identity, identity
from domain.licence import IdentifierCheck
from domain.standing import standing_of
from domain.times import SECOND, Micros
from integrations.port import (
    Drifted,
    Envelope,
    NotParsable,
    Platform,
    PlatformTrouble,
    Refused,
    SignatureExpired,
    SignatureWrong,
    TimedOut,
    Unreachable,
)
from integrations.registry import Access, connect, read_descriptions

DESCRIPTIONS = read_descriptions()
STAGES = {"reception": Stage.RECEPTION, "approval": Stage.APPROVAL, "completion": Stage.COMPLETION}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def clock() -> Micros:
    return time.time_ns() // 1000


@dataclass(frozen=True)
class Connected:
    """A platform, the world that plays it, and the personas it knows."""

    platform: Platform
    world: Simulation
    personas: dict[str, dict[str, Any]]
    secret: str

    def identity(self, persona: str) -> Identity:
        who = self.personas[persona]
        return identity(who["identity_type"], who["identity_number"])

    async def event(self, persona: str) -> tuple[bytes, str, str]:
        """Moves a case of a persona on; the event's body, its case and its id."""
        for case in await self.world.get(f"/cases?persona={persona}"):
            if case["stage"] != "completion":
                moved = await self.world.post("/advance", case=case["case"])
                events = {event["event_id"]: event for event in await self.world.get("/events")}
                event = events[moved["events"][0]]
                return event["body"].encode(), event["case"], event["event_id"]
        raise AssertionError(f"nothing of {persona} can be moved")

    def signed(self, body: bytes, at: Micros, secret: str | None = None) -> Envelope:
        form = DESCRIPTIONS[self.platform.code].events.signature
        stated = str(at // SECOND)
        made = hmac.new((secret or self.secret).encode(), stated.encode() + b"." + body, "sha256").hexdigest()
        return Envelope({form.time_header.lower(): stated, form.signature_header.lower(): made}, body, clock())


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(DESCRIPTIONS))
async def connected(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Connected]:
    async with simulation(tmp_path_factory.mktemp("world")) as world:
        if request.param != world.facts["code"]:
            pytest.skip("the simulator does not play this platform")
        access = Access(
            world.facts["platform"], {"app_key": world.facts["app_key"]}, ["old", world.facts["event_secret"]]
        )
        registry = connect(DESCRIPTIONS, {request.param: access}, world.session, clock)
        personas = {persona["name"]: persona for persona in await world.get("/personas")}
        yield Connected(registry.connected[request.param], world, personas, world.facts["event_secret"])


@pytest_asyncio.fixture(loop_scope="module")
async def knobs(connected: Connected) -> AsyncIterator[Any]:
    """Turns knobs of the platform, and back afterwards."""

    async def turn(**wanted: Any) -> None:
        await connected.world.post("/knobs", **wanted)

    yield turn
    await turn(error=None, outage=False, latency_ms=0)


@pytest.mark.parametrize("code", sorted(DESCRIPTIONS))
async def test_a_description_says_what_people_need(code: str):
    """Names in every language, whom to call, and terms by which a word is good for some time."""
    description = DESCRIPTIONS[code]
    assert description.code == code and description.hotline
    assert description.name.zh_hans and description.name.en
    assert 0 < description.limits.terms.max_age <= description.limits.terms.absence
    assert description.person.types


async def test_every_case_of_a_persona_is_read(connected: Connected):
    """With the stage that the platform itself gives it; dated by the question, and full."""
    for persona in ("lin", "chen", "huang", "he-org", "rare"):
        before = clock()
        answer = await connected.platform.cases(connected.identity(persona))
        assert before <= answer.sent <= clock() and not answer.truncated
        told = {case["case"]: case for case in await connected.world.get(f"/cases?persona={persona}")}
        assert {item.facts.number for item in answer.observations} == told.keys()
        for item in answer.observations:
            assert (item.dated, item.full) == (answer.sent, True)
            events = sorted(item.events, key=lambda event: event.order)
            assert standing_of(events).stage is STAGES[told[item.facts.number]["stage"]]
            assert item.facts.title == told[item.facts.number]["task"]
            assert len({event.key for event in events}) == len(events)


async def test_the_same_question_has_the_same_answer(connected: Connected):
    """Or every refresh would be taken for a change."""
    one, two = [await connected.platform.cases(connected.identity("lin")) for _ in range(2)]
    assert [(item.facts, item.events) for item in one.observations] == [
        (item.facts, item.events) for item in two.observations
    ]


async def test_pages_are_put_together(connected: Connected):
    """More cases than a page holds, each once."""
    answer = await connected.platform.cases(connected.identity("many"))
    numbers = [item.facts.number for item in answer.observations]
    assert len(numbers) == len(set(numbers)) == connected.personas["many"]["cases"] > 100
    assert not answer.truncated


async def test_every_licence_of_a_persona_is_read(connected: Connected):
    """With an identifier whose check holds, where it has the national form."""
    for persona, who in connected.personas.items():
        answer = await connected.platform.licences(connected.identity(persona))
        assert len(answer.observations) == who["licences"]
        for item in answer.observations:
            assert item.licence.name and item.dated == answer.sent
            assert item.licence.identifier_check is not IdentifierCheck.WRONG_CHECK


async def test_of_whom_nothing_is_known_nothing_comes(connected: Connected):
    """The empty persona, and a person whom nobody invented: an empty answer and no trouble."""
    nobody = identity("111", "11010519491231002X")
    for who in (connected.identity("new"), nobody):
        for answer in (await connected.platform.cases(who), await connected.platform.licences(who)):
            assert (answer.observations, answer.truncated) == ((), False)
        assert connected.platform.knows(who)


async def test_an_event_says_what_the_next_answer_will(connected: Connected):
    """Signed with a live secret it opens to the case and rows that the list then has; dated no later than receipt."""
    body, case, event_id = await connected.event("lin")
    envelope = connected.signed(body, clock())
    event = connected.platform.open_event(envelope)
    assert (event.event_id, event.problem) == (event_id, "")
    assert event.identity == connected.identity("lin") and event.happened <= envelope.received
    (seen,) = event.cases
    assert (seen.facts.number, seen.full, seen.dated) == (case, False, event.happened)
    answer = await connected.platform.cases(connected.identity("lin"))
    listed = next(item for item in answer.observations if item.facts.number == case)
    assert set(seen.events) <= set(listed.events) and seen.facts == listed.facts
    assert seen.events
    assert connected.platform.read_event(body, envelope.received) == event


async def test_an_event_of_another_hand_is_refused(connected: Connected):
    """Wrong secret, changed body, too old: each by its name."""
    body, *_ = await connected.event("huang")
    with pytest.raises(SignatureWrong):
        connected.platform.open_event(connected.signed(body, clock(), "another"))
    good = connected.signed(body, clock())
    with pytest.raises(SignatureWrong):
        connected.platform.open_event(Envelope(good.headers, body + b" ", good.received))
    with pytest.raises(SignatureExpired):
        connected.platform.open_event(connected.signed(body, clock() - 3600 * SECOND))


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_event_at_all_is_refused(connected: Connected, body: bytes):
    """Signed or not, there is nothing to keep."""
    with pytest.raises(NotParsable):
        connected.platform.open_event(connected.signed(body, clock()))


UNREADABLE = [b"{}", b"[]", b"null", b"7", b'{"EVENT_ID": "e", "EVENT_TIME": "99991231"}', b'{"EVENT_ID": {}}']


@pytest.mark.parametrize("body", UNREADABLE)
async def test_what_cannot_be_read_has_a_problem_and_no_observations(connected: Connected, body: bytes):
    """It goes to quarantine and is never lost."""
    event = connected.platform.open_event(connected.signed(body, clock()))
    assert event.problem and not event.cases and not event.licences


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ("http500", Refused), ("declined", Refused), ("garbage", Drifted), ("html", Drifted), ("drift", Drifted),
        ("truncated", Unreachable),
    ],
)  # fmt: skip
async def test_each_misbehaviour_has_its_name(
    connected: Connected, knobs: Any, error: str, trouble: type[PlatformTrouble]
):
    """And the detail holds nothing of the person asked about."""
    await knobs(error=error)
    who = connected.identity("liang")
    for question in (connected.platform.cases, connected.platform.licences):
        with pytest.raises(trouble) as caught:
            await question(who)
        assert who.number not in caught.value.detail


async def test_an_outage_is_unreachable(connected: Connected, knobs: Any):
    """And over when it is over."""
    await knobs(outage=True)
    with pytest.raises(Unreachable):
        await connected.platform.cases(connected.identity("lin"))
    await knobs(outage=False)
    assert (await connected.platform.cases(connected.identity("lin"))).observations


async def test_a_wrong_key_is_refused(connected: Connected):
    """A connection with another key than was agreed."""
    access = Access(connected.world.facts["platform"], {"app_key": "wrong"}, ["s"])
    async with aiohttp.ClientSession() as session:
        platform = connect(DESCRIPTIONS, {connected.platform.code: access}, session, clock).connected[
            connected.platform.code
        ]
        with pytest.raises(Refused):
            await platform.cases(connected.identity("lin"))


async def test_a_slow_platform_times_out_by_its_own_limit(connected: Connected, knobs: Any):
    """That of its description, whoever waits."""
    description = DESCRIPTIONS[connected.platform.code]
    limits = description.limits.model_copy(update={"timeout_s": 0.05})
    hasty = {description.code: description.model_copy(update={"limits": limits})}
    access = Access(connected.world.facts["platform"], {"app_key": connected.world.facts["app_key"]}, ["s"])
    platform = connect(hasty, {description.code: access}, connected.world.session, clock).connected[description.code]
    await knobs(latency_ms=500)
    with pytest.raises(TimedOut):
        await platform.cases(connected.identity("lin"))


async def test_more_than_the_bounded_paging_takes_is_said(connected: Connected):
    """So that a missing row means nothing."""
    description = DESCRIPTIONS[connected.platform.code]
    limits = description.limits.model_copy(update={"page_size": 10, "pages": 3})
    short = {description.code: description.model_copy(update={"limits": limits})}
    access = Access(connected.world.facts["platform"], {"app_key": connected.world.facts["app_key"]}, ["s"])
    platform = connect(short, {description.code: access}, connected.world.session, clock).connected[description.code]
    answer = await platform.cases(connected.identity("many"))
    assert (len(answer.observations), answer.truncated) == (30, True)


async def test_every_platform_folder_is_found():
    """A description that nobody reads would pass this suite by not being there."""
    home = Path(__file__).parents[2] / "integrations" / "platforms"
    assert {folder.name for folder in home.iterdir() if (folder / "platform.toml").is_file()} == set(DESCRIPTIONS)
