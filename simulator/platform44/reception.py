"""How an application arrives."""

from datetime import datetime
from zlib import crc32

from simulator.dates import CHINA
from simulator.personas import ORGANISATION, Persona
from simulator.platform44.book import Book, Case
from simulator.platform44.catalogue import Item
from simulator.platform44.change import Change

_ONLINE = ("2", "3")


def receive(book: Book, persona: Persona, item: Item, at: datetime, *, past: bool = False) -> Case:
    """A new case, handed in and not yet accepted, entered into the book."""
    number = f"{item.code}{at.astimezone(CHINA):%Y%m%d}{len(book.cases) % 9999 + 1:04d}"
    channel = "1332433"[crc32(number.encode()) % 7]
    online = channel in _ONLINE
    case = Case(persona.holder, item, _acceptance(persona, item, number, channel), applied=at, latest=at)
    book.cases[number] = case
    change = Change(book, case, at, past=past)
    case.accept["APPLY_TIME"] = change.written("APPLY_TIME", at)
    for place, material in enumerate(item.materials):
        change.add("MATERIAL", NAME=material, GET_TYPE=str((place + online) % 4 + 1), COUNT="1", EXTRA="0",
                   TIME=change.written(f"MATERIAL{place}", at), COLLECTED="1")  # fmt: skip
    if online:
        change.step("YSL", "网上预受理")
    return case


def _acceptance(persona: Persona, item: Item, number: str, channel: str) -> dict[str, str | None]:
    holder, authority = persona.holder, item.authority
    contact = persona.signs_in.name if channel in _ONLINE or holder.kind == ORGANISATION else None
    return {
        "PROJECT_NO": number, "CATALOG_CODE": item.basic, "TASK_CODE": item.code,
        "TASK_HANDLE_ITEM": f"{item.code}01" if len(item.basic) == 12 else None, "TASK_NAME": item.name,
        "TASK_VERSION": "1", "APPLY_TYPE": channel, "APPLYER_NAME": holder.name,
        "APPLYER_ID_TYPE": holder.kind, "APPLYER_ID": holder.number, "CONTACT_NAME": contact,
        "CONTACT_MOBILE": persona.mobile if contact else None, "ACCEPT_ORG": authority.name,
        "ACCEPT_ORG_CODE": authority.credit_code, "ACCEPT_PHONE": authority.phone, "APPLY_TIME": None,
        "ACCEPT_DATE": None, "PROMISE_DATE": None,
        "PROMISE_LIMIT": str(item.promised_days), "PROMISE_LIMIT_UNIT": "1",
        "LEGAL_LIMIT": str(item.legal[0]), "LEGAL_LIMIT_UNIT": item.legal[1],
        "LEGAL_LIMIT_NOTE": "自受理之日起计算，法律、行政法规另有规定的除外" if item.legal[1] == "1" else None,
        "CASE_TYPE": "1" if item.promised_days <= 3 else "2", "REGION_CODE": authority.region,
    }  # fmt: skip
