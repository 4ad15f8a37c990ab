"""Where a case stands and what its citizen must do: a total function of its live events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.event import OUTCOME_OF, RECEPTION_KINDS, UNDOING, Event, EventKind, Outcome, Stage


class NextAction(StrEnum):
    """What the citizen does next. The first that applies, in this order."""

    CORRECT = "correct"
    VISIT = "visit"
    SUPPLY_MATERIAL = "supply-material"
    COLLECT = "collect"
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Ask:
    """Something the platform asks of the citizen and has not yet got."""

    action: NextAction
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Stage, outcome and what follows. `outcome` is there exactly when the stage is completion."""

    stage: Stage
    outcome: Outcome | None
    suspended: bool
    asks: tuple[Ask, ...]
    next_action: NextAction


_DEMANDS = {
    EventKind.CORRECTION_DEMANDED: NextAction.CORRECT,
    EventKind.VISIT_DEMANDED: NextAction.VISIT,
    EventKind.MATERIAL_DEMANDED: NextAction.SUPPLY_MATERIAL,
}


def standing_of(events: Sequence[Event]) -> Standing:
    """Folds events, oldest first, into one standing. Any sequence has one, the empty one included."""
    holding = _since_undone(events)
    outcome = next((OUTCOME_OF[event.kind] for event in reversed(holding) if event.kind in OUTCOME_OF), None)
    if outcome is not None:
        collect = outcome is Outcome.GRANTED and not any(event.kind is EventKind.COLLECTED for event in holding)
        return Standing(Stage.COMPLETION, outcome, False, (), NextAction.COLLECT if collect else NextAction.NOTHING)
    asks = tuple(
        Ask(_DEMANDS[event.kind], event.detail or event.title, event.at)
        for place, event in enumerate(events)
        if event.kind in _DEMANDS and not _answered(event, events[place + 1 :])
    )
    order = list(NextAction)
    action = min((ask.action for ask in asks), key=order.index, default=NextAction.WAIT)
    return Standing(_stage(events), None, _suspended(events), asks, action)


def _since_undone(events: Sequence[Event]) -> Sequence[Event]:
    """The events after the last that undid the results before it; all of them if none did."""
    undone = max((place for place, event in enumerate(events) if event.kind in UNDOING), default=-1)
    return events[undone + 1 :]


def _stage(events: Sequence[Event]) -> Stage:
    handled = any(event.kind not in RECEPTION_KINDS for event in events)
    return Stage.APPROVAL if handled else Stage.RECEPTION


def _suspended(events: Sequence[Event]) -> bool:
    resumed = {event.row for event in events if event.kind is EventKind.RESUMED}
    return any(event.kind is EventKind.SUSPENDED and event.row not in resumed for event in events)


def _answered(demand: Event, later: Sequence[Event]) -> bool:
    """A correction by the next correction received, a material by its own row, a visit by its own or by the next step."""
    match demand.kind:
        case EventKind.CORRECTION_DEMANDED:
            return any(event.kind is EventKind.CORRECTION_RECEIVED for event in later)
        case EventKind.MATERIAL_DEMANDED:
            return any(event.kind is EventKind.MATERIAL_RECEIVED and event.row == demand.row for event in later)
        case _:
            return any(
                event.kind is EventKind.STEP_TAKEN or (event.kind is EventKind.VISIT_MADE and event.row == demand.row)
                for event in later
            )
