"""The generated platforms as the product knows them: by their descriptions alone, and each division over its own wire."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from domain.event import EventKind
from domain.knowledge import CaseObservation
from domain.standing import standing_of
from integrations.port import Platform
from simulator.personas import PERSONAS
from simulator.provinces.items import items_of
from simulator.provinces.life import receive
from simulator.provinces.province import WIRES, Province
from simulator.settings import Settings
from simulator.world import Simulator
from tests.contract.province_world import COMPANY, catalogue_of, connected, of
from tests.simulator.lives import LIVES

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Nation:
    """All divisions: as they are simulated, and as they are connected."""

    def __init__(self, world: Simulator, session: aiohttp.ClientSession) -> None:
        self.catalogue, registry = catalogue_of(world), connected(world, session)
        self.simulated: dict[str, Province] = {one.code: one for one in world.provinces}
        self.connected: dict[str, Platform] = {code: registry.connected[code] for code in self.simulated}
        self.cards = registry.cards


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nation]:
    settings = Settings(platforms=34, folder=tmp_path_factory.mktemp("nation"))
    async with Simulator(settings) as world, aiohttp.ClientSession() as session:
        yield Nation(world, session)


async def test_every_division_is_described_without_an_error(nation: Nation) -> None:
    """34 in all, each of the five dialects several times, and not two descriptions alike but for names and codes."""
    assert (len(nation.catalogue.descriptions), nation.catalogue.broken) == (34, {})
    dialects = Counter(one.connection.dialect for one in nation.catalogue.descriptions.values())
    assert dialects.keys() == {wire.dialect for wire in WIRES}
    assert min(dialects.values()) >= 6
    said = {
        repr((one.cases, one.times)) for code, one in nation.catalogue.descriptions.items() if code in nation.simulated
    }
    assert len(said) > len(nation.simulated) / 2


async def test_descriptions_say_what_the_register_says(nation: Nation) -> None:
    """Names, level and division: a division that is connected is the one that was registered before."""
    assert nation.catalogue.registered.keys() == nation.simulated.keys()
    for code, card in nation.catalogue.registered.items():
        told = nation.cards[code]
        assert (told.names, told.level, told.division) == (card.names, card.level, card.division)


@pytest.mark.parametrize("persona", [COMPANY, "lin", "new"])
async def test_what_a_platform_holds_is_what_is_understood(nation: Nation, persona: str) -> None:
    """Of every division: the same cases with the same stage and outcome, and the same licences."""
    holder = PERSONAS[persona].holder
    for code, platform in nation.connected.items():
        cases = (await platform.cases(of(persona))).observations
        held = {one.case: (one.stage, one.outcome) for one in nation.simulated[code].standings(holder)}
        assert {one.facts.number: stood(one) for one in cases} == held, code
        licences = (await platform.licences(of(persona))).observations
        assert len(licences) == nation.simulated[code].licence_count(holder), code


@pytest.mark.parametrize("wire", WIRES)
async def test_any_life_is_understood_over_any_wire(nation: Nation, wire: Any) -> None:
    """Stage and outcome after any walk; and all words of a life are understood."""
    province = next(one for one in nation.simulated.values() if isinstance(one.wire, wire))
    kinds: set[EventKind] = set()
    for steps, expected in LIVES.items():
        province.start_book()
        number = received(province)
        for step in steps:
            province.move(number, step)
        found = {
            one.facts.number: one for one in (await nation.connected[province.code].cases(of(COMPANY))).observations
        }
        assert stood(found[number]) == expected, steps
        kinds |= {event.kind for event in found[number].events}
    province.start_book()
    assert kinds == set(EventKind)


@pytest.mark.parametrize("wire", WIRES)
async def test_all_that_is_told_of_a_case_and_a_licence(nation: Nation, wire: Any) -> None:
    """Down to the second, in whatever form moments are written."""
    province = next(one for one in nation.simulated.values() if isinstance(one.wire, wire))
    province.start_book()
    number = received(province)
    for step in ("accepted", "review", "granted"):
        province.move(number, step)
    case, licence = province.book.cases[number], province.book.licences[-1]
    platform = nation.connected[province.code]
    seen = next(one for one in (await platform.cases(of(COMPANY))).observations if one.facts.number == number)
    assert sorted(event.at for event in seen.events) == [one.at for one in case.happenings]
    assert (seen.facts.title, seen.facts.unit, seen.facts.hotline) == (case.item.name, case.item.office, "12345")
    assert seen.facts.promised == (case.happenings[1].at + timedelta(days=case.item.days)).date()
    shown = {one.licence.number: one.licence for one in (await platform.licences(of(COMPANY))).observations}[
        licence.number
    ]
    assert (shown.case_number, shown.valid_to) == (number, licence.until.date())
    assert shown.identifier == licence.item.identifier(licence.number)
    province.start_book()


def received(province: Province) -> str:
    """A case of the company that was only handed in, whatever it was before."""
    case = next(case for case in province.book.cases.values() if case.persona.name == COMPANY)
    at = case.happenings[0].at
    province.book.cases[case.number] = receive(case.number, case.persona, items_of(province.division)[0], at)
    return case.number


def stood(observed: CaseObservation) -> tuple[str, str | None]:
    """Stage and outcome by the product's rules."""
    standing = standing_of(sorted(observed.events, key=lambda event: event.order))
    return standing.stage.name.lower(), standing.outcome.value if standing.outcome else None
