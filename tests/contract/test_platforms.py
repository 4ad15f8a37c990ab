"""The suite that every platform passes: each description there is, asked at the simulator that plays it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from app.simulation import Simulation, simulation
from domain.event import Stage
from domain.identity import identity
from domain.licence import IdentifierCheck
from domain.standing import standing_of
from domain.times import SECOND
from integrations.port import (
    Envelope,
    NoEvents,
    NotParsable,
    PlatformTrouble,
    Refused,
    SignatureExpired,
    SignatureWrong,
    TimedOut,
    Unreachable,
)
from tests.contract.platform_world import (
    DESCRIPTIONS,
    MISBEHAVIOUR,
    NO_DOCUMENT,
    NO_EVENT,
    POLLED,
    PUSHING,
    Connected,
    clock,
    connected_to,
)

STAGES = {"reception": Stage.RECEPTION, "approval": Stage.APPROVAL, "completion": Stage.COMPLETION}

pytestmark = pytest.mark.asyncio(loop_scope="module")

pushing = pytest.mark.parametrize("connected", PUSHING, indirect=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulation]:
    async with simulation(tmp_path_factory.mktemp("world")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(DESCRIPTIONS))
async def connected(request: pytest.FixtureRequest, world: Simulation) -> Connected:
    return await connected_to(world, request.param)


@pytest_asyncio.fixture(loop_scope="module")
async def knobs(connected: Connected) -> AsyncIterator[Any]:
    """Turns knobs of the platform, and back afterwards."""
    yield connected.turn
    await connected.turn(error=None, outage=False, latency_ms=0)


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
        told = await connected.told(persona)
        assert {item.facts.number for item in answer.observations} == told.keys()
        for item in answer.observations:
            assert (item.dated, item.full) == (answer.sent, True)
            events = sorted(item.events, key=lambda event: event.order)
            standing = standing_of(events)
            assert standing.stage is STAGES[told[item.facts.number]["stage"]], item
            assert standing.outcome == told[item.facts.number]["outcome"]
            assert item.facts.title == told[item.facts.number]["task"]
            assert len({event.key for event in events}) == len(events)


async def test_facts_are_read_from_where_they_stand(connected: Connected):
    """Every place that a description names for a fact is one at which some case has something."""
    answers = [await connected.platform.cases(connected.identity(persona)) for persona in connected.personas]
    seen = [item.facts for answer in answers for item in answer.observations]
    named = {name for name, place in connected.description.cases.facts.model_dump().items() if place}
    assert named == {name for name in named if any(getattr(facts, name) for facts in seen)}


async def test_the_same_question_has_the_same_answer(connected: Connected):
    """Or every refresh would be taken for a change."""
    one, two = [await connected.platform.cases(connected.identity("lin")) for _ in range(2)]
    assert [(item.facts, item.events) for item in one.observations] == [
        (item.facts, item.events) for item in two.observations
    ]


async def test_pages_are_put_together(connected: Connected):
    """More cases than a page holds, each once: of whoever has most, in two pages or three."""
    persona = max(connected.personas, key=lambda name: connected.personas[name]["cases"])
    told = await connected.told(persona)
    paged = connected.again(connected.world.session, page_size=max(1, len(told) // 3))
    answer = await paged.cases(connected.identity(persona))
    assert len(told) > 1 and not answer.truncated
    assert sorted(item.facts.number for item in answer.observations) == sorted(told)


async def test_every_licence_of_a_persona_is_read(connected: Connected):
    """With an identifier whose check holds, where it has the national form."""
    for persona, who in connected.personas.items():
        answer = await connected.platform.licences(connected.identity(persona))
        assert len(answer.observations) == who["licences"]
        for item in answer.observations:
            assert item.licence.name and item.dated == answer.sent and item.licence.updated
            assert item.licence.holder and item.licence.issuer and item.licence.issued and item.licence.valid_from
            assert item.licence.identifier_check is not IdentifierCheck.WRONG_CHECK


async def test_of_whom_nothing_is_known_nothing_comes(connected: Connected):
    """The empty persona, and a person whom nobody invented: an empty answer and no trouble."""
    nobody = identity("111", "11010519491231002X")
    for who in (connected.identity("new"), nobody):
        for answer in (await connected.platform.cases(who), await connected.platform.licences(who)):
            assert (answer.observations, answer.truncated) == ((), False)
        assert connected.platform.knows(who)


@pushing
async def test_an_event_says_what_the_next_answer_will(connected: Connected):
    """Signed with a live secret it opens to the case and rows that the list then has; dated no later than receipt."""
    body, case, event_id = await connected.event("lin")
    envelope = connected.signed(body, clock())
    event = connected.platform.open_event(envelope)
    assert (event.event_id, event.problem) == (event_id, "")
    assert event.numbered and event.numbered.number > 0
    assert event.identity == connected.identity("lin") and event.happened <= envelope.received
    (seen,) = event.cases
    assert (seen.facts.number, seen.full, seen.dated) == (case, False, event.happened)
    answer = await connected.platform.cases(connected.identity("lin"))
    listed = next(item for item in answer.observations if item.facts.number == case)
    assert set(seen.events) <= set(listed.events) and seen.facts == listed.facts
    assert seen.events
    assert connected.platform.read_event(body, envelope.received) == event


@pushing
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


@pushing
async def test_what_is_no_event_at_all_is_refused(connected: Connected):
    """Signed or not, there is nothing to keep; entities lead nowhere."""
    for body in NO_DOCUMENT[connected.code]:
        with pytest.raises(NotParsable):
            connected.platform.open_event(connected.signed(body, clock()))


@pushing
async def test_what_cannot_be_read_has_a_problem_and_no_observations(connected: Connected):
    """It goes to quarantine and is never lost."""
    for body in NO_EVENT[connected.code]:
        event = connected.platform.open_event(connected.signed(body, clock()))
        assert event.problem and not event.cases and not event.licences


@pytest.mark.parametrize("connected", POLLED, indirect=True)
async def test_a_polled_platform_has_no_events(connected: Connected):
    """It says how often to ask, and whatever is posted under its name is for nobody."""
    assert connected.platform.poll_every
    with pytest.raises(NoEvents):
        connected.platform.open_event(Envelope({}, b"{}", clock()))


async def test_a_change_is_in_the_next_answer(connected: Connected):
    """Whether it was pushed or not."""
    for number, case in (await connected.told("rare")).items():
        if case["stage"] != "completion":
            before = await connected.platform.cases(connected.identity("rare"))
            await connected.world.post("/advance", platform=connected.code, case=number)
            after = await connected.platform.cases(connected.identity("rare"))
            events = [
                {event.key for item in answer.observations for event in item.events} for answer in (before, after)
            ]
            assert events[0] < events[1]
            return
    raise AssertionError("nothing of rare can be moved")


WAYS = [(code, error, *taken) for code, ways in MISBEHAVIOUR.items() for error, taken in ways.items()]


@pytest.mark.parametrize(("connected", "error", "trouble", "said"), WAYS, indirect=["connected"])
async def test_each_misbehaviour_has_its_name(
    connected: Connected, knobs: Any, error: str, trouble: type[PlatformTrouble], said: str
):
    """And the detail holds nothing of the person asked about."""
    await knobs(error=error)
    who = connected.identity("liang")
    for question in (connected.platform.cases, connected.platform.licences):
        with pytest.raises(trouble) as caught:
            await question(who)
        assert type(caught.value) is trouble and said in caught.value.detail
        assert who.number not in caught.value.detail


async def test_no_entity_was_ever_fetched(world: Simulation):
    """Of the answers above that led to one, by what was asked at the platform."""
    for code in DESCRIPTIONS:
        asked = (await world.get(f"/questions?platform={code}"))["paths"]
        assert asked and not [path for path in asked if "entit" in path]


async def test_an_outage_is_unreachable(connected: Connected, knobs: Any):
    """And over when it is over."""
    await knobs(outage=True)
    with pytest.raises(Unreachable):
        await connected.platform.cases(connected.identity("lin"))
    await knobs(outage=False)
    assert (await connected.platform.cases(connected.identity("lin"))).observations


async def test_wrong_secrets_are_refused(connected: Connected):
    """A connection with other secrets than were agreed."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Refused):
            await connected.again(session, "wrong").cases(connected.identity("lin"))


async def test_a_slow_platform_times_out_by_its_own_limit(connected: Connected, knobs: Any):
    """That of its description, whoever waits."""
    hasty = connected.again(connected.world.session, timeout_s=0.05)
    await knobs(latency_ms=500)
    with pytest.raises(TimedOut):
        await hasty.cases(connected.identity("lin"))


async def test_an_answer_that_is_too_large_is_drift(connected: Connected):
    """Nothing that comes from outside is without bounds."""
    with pytest.raises(PlatformTrouble, match="more than 200 bytes"):
        await connected.again(connected.world.session, answer_bytes=200).cases(connected.identity("lin"))


async def test_more_than_the_bounded_paging_takes_is_said(connected: Connected):
    """So that a missing row means nothing."""
    short = connected.again(connected.world.session, page_size=1, pages=1)
    answer = await short.cases(connected.identity("lin"))
    assert (len(answer.observations), answer.truncated) == (1, True)


async def test_every_platform_is_in_the_suite():
    """A description that nobody reads would pass by not being there, and one without bad input would pass too easily."""
    home = Path(__file__).parents[2] / "integrations" / "platforms"
    assert {folder.name for folder in home.iterdir() if (folder / "platform.toml").is_file()} == set(DESCRIPTIONS)
    assert MISBEHAVIOUR.keys() == set(DESCRIPTIONS)
    assert NO_DOCUMENT.keys() == NO_EVENT.keys() == set(PUSHING)
