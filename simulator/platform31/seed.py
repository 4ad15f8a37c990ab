"""The registry as it is on the first morning: what each persona has behind them here."""

from datetime import datetime, timedelta
from zlib import crc32

from simulator.dates import office_hours
from simulator.personas import PERSONAS, Persona
from simulator.platform31.catalogue import ITEMS, Item
from simulator.platform31.desk import Desk, certificate
from simulator.platform31.life import take
from simulator.platform31.matters import LinkCode, Material, Matter, Registry

# persona, item, "days ago" the application was handed in, then "step days-ago" each
_JOURNEYS = (
    ("lin", "points", 8, "accepted 7, review 5"),
    ("lin", "passport", 18, "accepted 17, review 15, granted 2"),
    ("chen", "subsidy", 30, "accepted 28, review 25, refused 18, reopened 3"),
    ("huang", "residence", 6, "accepted 5, correction 1"),
    ("liang", "clinic", 24, "accepted 23, review 20, special 9"),
    ("he", "passport", 50, "accepted 49, review 48, granted 43, collected 40"),
    ("he-org", "food", 12, "accepted 11, review 9, visit 2"),
    ("he-org", "company", 1, ""),
    ("rare", "opera", 7, "accepted 6, review 5"),
)

# persona, item, days ago it was issued, its status
_EARLIER = (("lin", "residence", 300, 10), ("he-org", "food", 1990, 50))

_CHANNELS = (2, 3, 3, 1)


def first_registry(now: datetime, seed: int) -> Registry:
    """The whole registry, a pure function of the moment and the seed (which only moves the hours of the day)."""
    registry = Registry()
    for name, item, days, steps in _JOURNEYS:
        matter = receive(registry, PERSONAS[name], ITEMS[item], _day(now, days, f"{seed}/{name}/{item}"))
        for step in steps.split(", ") if steps else ():
            name_of, _, ago = step.partition(" ")
            take(registry, matter, _day(now, int(ago), f"{seed}/{matter.number}/{name_of}"), name_of)
    for name, item, days, status in _EARLIER:
        at = now - timedelta(days=days)
        former = certificate(Matter("", PERSONAS[name], ITEMS[item], 1, at, at), at, len(registry.certificates) + 1)
        former.matter_no, former.status = None, status
        registry.certificates.append(former)
    return registry


def receive(registry: Registry, persona: Persona, item: Item, at: datetime) -> Matter:
    """A new matter, handed in and not yet accepted, entered into the registry."""
    number = f"SH-{at:%Y%m%d}-{len(registry.matters) + 1:05d}"
    channel = _CHANNELS[crc32(number.encode()) % len(_CHANNELS)]
    matter = Matter(number, persona, item, channel, at, at - timedelta(seconds=1))
    for place, name in enumerate(item.materials, 1):
        matter.materials.append(Material(f"M{place}", name, form=2 if channel in (2, 3) else 1, received=at))
    Desk(registry, matter, at).open(LinkCode.RECEIVE, "收件")
    registry.matters[number] = matter
    return matter


def _day(now: datetime, ago: int, key: str) -> datetime:
    return office_hours(now - timedelta(days=ago), key)
