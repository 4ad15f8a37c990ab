"""Events: what a change gives rise to, and how it is signed."""

import hashlib
import hmac
import json
import uuid
from collections import Counter
from typing import Any

from simulator.dates import written
from simulator.personas import BY_HOLDER
from simulator.platform44.change import Change
from simulator.pusher import Event


def events_of(change: Change, numbers: Counter[str]) -> list[Event]:
    """What a change gives rise to: a CASE event, and a LICENCE event for every licence touched.

    `numbers` counts the events of each case, and counts on.
    """
    case = {"ACCEPT": change.case.accept, **change.rows}
    contents: list[tuple[str, dict[str, Any]]] = [("CASE", case)]
    contents += [("LICENCE", licence.row) for licence in change.licences]
    first = numbers[change.case.number] + 1
    numbers[change.case.number] += len(contents)
    return [_event(change, number, *content) for number, content in enumerate(contents, first)]


def _event(change: Change, number: int, kind: str, content: dict[str, Any]) -> Event:
    event_id, holder = uuid.uuid4().hex, change.case.holder
    body = {"EVENT_ID": event_id, "EVENT_NO": str(number), "PROJECT_NO": change.case.number,
            "EVENT_TIME": written(change.at, event_id), "KIND": kind,
            "APPLYER_ID_TYPE": holder.kind, "APPLYER_ID": holder.number, kind: content}  # fmt: skip
    return Event(event_id, change.case.number, BY_HOLDER[holder.number].name, json.dumps(body, ensure_ascii=False))


def headers(secret: str, body: str, at: int, *, corrupt: bool) -> dict[str, str]:
    """The headers of one attempt; corrupt, the sign has its shape and does not fit."""
    sign = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    if corrupt:
        sign = sign[:-1] + ("0" if sign[-1] != "0" else "1")
    return {"Content-Type": "application/json; charset=utf-8", "X-Event-Time": str(at), "X-Event-Sign": sign}
