"""Licences, whole, as the platform issues them."""

from datetime import datetime
from zlib import crc32

from simulator.dates import CHINA, written
from simulator.identifiers import licence_identifier
from simulator.personas import Holder
from simulator.platform44.book import Case, Licence
from simulator.platform44.catalogue import Item

VALID, SUSPENDED, REVOKED, EXPIRED = "1", "2", "3", "5"


def issued(case: Case, at: datetime, serial: int) -> Licence:
    """The licence that a granted case leads to."""
    return licence(case.holder, case.item, at, serial, project=case.number)


def licence(holder: Holder, item: Item, at: datetime, serial: int, *, project: str | None = None,
            state: str = VALID) -> Licence:  # fmt: skip
    """A licence issued at a moment, for as many years as the item says (none: without an end)."""
    authority, key = item.authority, f"{item.key}{serial}"
    until = at.replace(year=at.year + item.years, day=min(at.day, 28)) if item.years else None
    number = f"{item.short}{at.astimezone(CHINA):%Y}{crc32(key.encode()) % 10**6:06d}"
    return Licence(holder, at, {
        "ZZMC": item.licence, "ZZLXDM": item.licence_kind, "ZZBH": number,
        "ZZBS": licence_identifier(item.licence_kind, authority.credit_code, f"{serial:010d}"),
        "ZZBFJG": authority.name, "ZZBFJGDM": authority.credit_code,
        "ZZBFRQ": written(at, key + "ZZBFRQ", day_only=True),
        "CZZT": holder.name, "CZZTDMLXDM": holder.kind, "CZZTDM": holder.number,
        "ZZYXQQSRQ": written(at, key + "ZZYXQQSRQ", day_only=True),
        "ZZYXQJZRQ": written(until, key + "ZZYXQJZRQ", day_only=True) if until else None,
        "STATE": state, "PROJECT_NO": project, "UPDATE_TIME": written(at, key + "UPDATE_TIME"),
    })  # fmt: skip
