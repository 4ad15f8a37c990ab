"""A simulated nation and the product connected to it by the descriptions that come with it."""

from os import urandom
from pathlib import Path
from typing import Any

import aiohttp

from domain.identity import Identity, identity
from integrations.registry import HOME, Access, Catalogue, Registry, connect, read_catalogue
from simulator.personas import PERSONAS
from simulator.world import Simulator
from store.shared.memory import MemoryQuotas
from tests.contract.platform_world import clock

COMPANY = "he-org"
"""Who holds something on every simulated platform."""


def of(persona: str) -> Identity:
    holder = PERSONAS[persona].holder
    return identity(holder.kind, holder.number)


def catalogue_of(world: Simulator) -> Catalogue:
    """All that is known: the described ones of the product, and the simulated ones."""
    return read_catalogue(HOME, Path(world.addresses()["descriptions"]))


def connected(world: Simulator, session: aiohttp.ClientSession, **limits: Any) -> Registry:
    """All simulated platforms, each by its description, with other limits."""
    known = {
        code: one.model_copy(update={"limits": one.limits.model_copy(update=limits)})
        for code, one in catalogue_of(world).descriptions.items()
    }
    access = {code: access_to(world, code) for code in world.platforms}
    return connect(known, access, session, clock, urandom, MemoryQuotas())


def access_to(world: Simulator, code: str) -> Access:
    facts = world.platforms[code].facts()
    return Access(facts["address"], facts["secrets"], [facts["event_secret"]] if "event_secret" in facts else [])
