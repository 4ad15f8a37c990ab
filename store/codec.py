"""Domain values as the JSON that is sealed, and back. The only place that knows the kept form.

What was written before a fact or a part of an event was known of lacks it, and is read with its default.
"""

from datetime import date, datetime
from typing import Any

from domain.event import Event, EventKind, Procedure
from domain.knowledge import Facts, Knowledge, Learned
from domain.licence import Licence, LicenceState
from domain.limit import Limit, LimitUnit


def knowledge_to_json(known: Knowledge) -> dict[str, Any]:
    facts = known.facts.value
    limits = {name: _limit_to_json(getattr(facts, name)) for name in _LIMITS}
    return {
        "facts": {**_fields(facts), **limits, "promised": _day_text(facts.promised)},
        "facts_dated": known.facts.dated,
        "events": [[*_event_to_json(item.value), item.dated] for item in known.events.values()],
        "full_at": known.full_at,
    }


def knowledge_from_json(data: dict[str, Any]) -> Knowledge:
    said = data["facts"]
    limits = {name: _limit_from_json(said.get(name)) for name in _LIMITS}
    facts = Facts(**{**said, **limits, "promised": _day(said["promised"])})
    events = [(_event_from_json(item[:-1]), item[-1]) for item in data["events"]]
    return Knowledge(
        Learned(facts, data["facts_dated"]),
        {event.key: Learned(event, dated) for event, dated in events},
        data["full_at"],
    )


def licence_to_json(licence: Licence) -> dict[str, Any]:
    days = {name: _day_text(getattr(licence, name)) for name in _LICENCE_DAYS}
    return {**_fields(licence), **days, "state": licence.state.value}


def licence_from_json(data: dict[str, Any]) -> Licence:
    days = {name: _day(data[name]) for name in _LICENCE_DAYS}
    return Licence(**{**data, **days, "state": LicenceState(data["state"])})


_LICENCE_DAYS = ("issued", "valid_from", "valid_to")
_LIMITS = ("promised_limit", "statutory_limit")


def _limit_to_json(limit: Limit | None) -> list[Any] | None:
    return [limit.number, limit.unit.value, limit.note] if limit else None


def _limit_from_json(item: list[Any] | None) -> Limit | None:
    if item is None:
        return None
    number, unit, note = item
    return Limit(number, LimitUnit(unit), note)


def _event_to_json(event: Event) -> list[str]:
    texts = [event.key, event.row, event.kind.value, event.at.isoformat(), event.title, event.detail, event.unit]
    return [*texts, event.procedure.value] if event.procedure else texts


def _event_from_json(item: list[str]) -> Event:
    key, row, kind, at, title, detail, unit, *procedure = item
    named = Procedure(procedure[0]) if procedure else None
    return Event(key, row, EventKind(kind), datetime.fromisoformat(at), title, detail, unit, named)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _day_text(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
