"""Events: what a change gives rise to, and how it is signed."""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator

from lxml import etree

from simulator.platform33.namespaces import CASES, EVENTS, LICENCES, add
from simulator.platform33.pen import Pen
from simulator.platform33.rows import add_case, add_certificate, stamp
from simulator.pusher import Event

_Element = etree._Element


def events_of(pen: Pen, numbers: Iterator[int]) -> list[Event]:
    """What a change gives rise to: a BJ event, and a ZZ event for every licence touched. `numbers` count on for ever."""

    def case(content: _Element) -> None:
        add_case(content, pen.case, only=pen.touched)

    licences = [lambda content, one=one: add_certificate(content, one) for one in pen.certificates]
    contents = [("BJ", case), *(("ZZ", licence) for licence in licences)]
    return [_event(pen, next(numbers), *content) for content in contents]


def headers(secret: str, body: str, at: int, *, corrupt: bool) -> dict[str, str]:
    """The headers of one attempt; corrupt, the signature is that of another secret."""
    signed_with = secret + "-" if corrupt else secret
    signature = hmac.new(signed_with.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/xml; charset=utf-8", "Zjzw-Timestamp": str(at), "Zjzw-Signature": signature}


def _event(pen: Pen, number: int, kind: str, fill: Callable[[_Element], None]) -> Event:
    event_id, holder = f"ZJ-{uuid.uuid4()}", pen.case.persona.holder
    root = etree.Element(f"{{{EVENTS}}}shijian", nsmap={"s": EVENTS, "b": CASES, "z": LICENCES})
    for name, value in (("bsh", event_id), ("xh", str(number)), ("sj", stamp(pen.at) or ""), ("lx", kind)):
        root.set(name, value)
    add(root, EVENTS, "dangshiren", zjlx=holder.kind, zjhm=holder.number)
    fill(add(root, EVENTS, "neirong"))
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()
    return Event(event_id, pen.case.number, pen.case.persona.name, body)
