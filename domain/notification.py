"""A notification: an item in the inbox, kept as kind and arguments, never as text."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.event import EventKind
from domain.ids import derived_id
from domain.times import Micros
from domain.transition import Category, Transition


@dataclass(frozen=True, slots=True)
class Notification:
    """One item of the inbox. `arguments` fill the wording of `kind`: they are personal and never leave with a push."""

    id: UUID
    case_id: UUID
    kind: EventKind
    category: Category
    transition_key: str
    happened: Micros
    created: Micros
    push_until: Micros
    read: Micros | None = None
    arguments: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def wording(self) -> str:
        """The key under which every language words it."""
        return f"case.{self.kind.value}"


def notification_of(transition: Transition, now: Micros, arguments: dict[str, Any]) -> Notification:
    """The one notification of a transition; its id follows from the key, so a second one cannot be."""
    return Notification(
        id=derived_id("notification", transition.key),
        case_id=transition.case_id,
        kind=transition.kind,
        category=transition.category,
        transition_key=transition.key,
        happened=transition.at,
        created=now,
        push_until=transition.push_until(),
        arguments=arguments,
    )
