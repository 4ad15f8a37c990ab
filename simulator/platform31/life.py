"""The life of a matter: which step may follow which, and what each one does at the desk."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from simulator.platform import ImpossibleError
from simulator.platform31.desk import Desk
from simulator.platform31.matters import LinkCode, Matter, OtherCode, Registry
from simulator.platform31.wording import worded

_OUTCOMES = {"granted": "granted", "collected": "granted", "refused": "refused", "withdrawn": "withdrawn",
             "lapsed": "lapsed"}  # fmt: skip
_HANDLING = {LinkCode.REVIEW, LinkCode.SUSPEND, OtherCode.VISIT, OtherCode.REOPENED}


def stage(matter: Matter) -> str:
    """Reception, approval or completion, as the platform's own staff would say."""
    if matter.phase in _OUTCOMES:
        return "completion"
    return "approval" if any({link.code, link.other} & _HANDLING for link in matter.links) else "reception"


def outcome(matter: Matter) -> str | None:
    """How it ended: granted, refused, withdrawn, lapsed, or None. Annulled or reopened, it has no outcome."""
    return _OUTCOMES.get(matter.phase)


def natural(matter: Matter) -> str:
    """The step that would come next by itself. Raises ImpossibleError when the life of the matter is over."""
    step = _NATURAL.get(matter.phase)
    if step is None:
        raise ImpossibleError(f"the case is {matter.phase}: nothing comes by itself after that; name a step")
    return step


def take(registry: Registry, matter: Matter, at: datetime, step: str) -> None:
    """Do this step. Raises ImpossibleError, having changed nothing, when it cannot follow."""
    after, work, then = STEPS[step]
    if matter.phase not in after:
        raise ImpossibleError(f"{step} cannot follow {matter.phase}; it follows {', '.join(after)}")
    work(Desk(registry, matter, at))
    matter.phase, matter.last_step = then or _at_rest(matter), step


def _at_rest(matter: Matter) -> str:
    if matter.open_links(LinkCode.REVIEW):
        return "review"
    return "accepted" if matter.accepted else "received"


def _accept(desk: Desk) -> None:
    matter = desk.matter
    desk.close(LinkCode.RECEIVE)
    desk.pass_through(LinkCode.ACCEPT, "受理", opinion="予以受理")
    matter.accepted, matter.promised = desk.at, desk.at + timedelta(days=matter.item.days)


def _review(desk: Desk) -> None:
    desk.close(OtherCode.VISIT)
    if not desk.matter.open_links(LinkCode.REVIEW):
        desk.open(LinkCode.REVIEW, "审查")


def _supplement(desk: Desk) -> None:
    desk.open(LinkCode.SUPPLEMENT, "补正", opinion=worded("correction", desk.matter))


def _supplemented(desk: Desk) -> None:
    desk.close(LinkCode.SUPPLEMENT)
    desk.take_in()


def _visit(desk: Desk) -> None:
    desk.open(LinkCode.OTHER, "到场核验", other=OtherCode.VISIT, opinion=worded("visit", desk.matter))


def _material(desk: Desk) -> None:
    desk.demand(worded("material", desk.matter))


def _suspend(desk: Desk) -> None:
    special = 1 if desk.matter.item.days >= 15 else 2
    desk.open(LinkCode.SUSPEND, "特别程序", opinion=worded(f"special-{special}", desk.matter), special=special)


def _resume(desk: Desk) -> None:
    desk.close(LinkCode.SUSPEND)


def _ending(code: str, subject: str) -> Callable[[Desk], None]:
    def work(desk: Desk) -> None:
        desk.close(LinkCode.RECEIVE, LinkCode.REVIEW, LinkCode.SUPPLEMENT, LinkCode.SUSPEND, OtherCode.VISIT)
        text = worded(subject, desk.matter)
        desk.complete(code, **({"opinion": text} if code == "PERMITTED" else {"reason": text}))

    return work


def _annul(desk: Desk) -> None:
    desk.mark_certificates(30)
    desk.complete("RESCINDED", reason=worded("annulled", desk.matter))


def _reopen(desk: Desk) -> None:
    desk.mark_certificates(20)
    desk.pass_through(LinkCode.OTHER, "重新办理", other=OtherCode.REOPENED, opinion=worded("reopened", desk.matter))


def _collect(desk: Desk) -> None:
    desk.pass_through(LinkCode.OTHER, "证件领取", other=OtherCode.COLLECTED)
    desk.matter.satisfaction, desk.matter.rated = 3 + crc32(desk.matter.number.encode()) % 3, desk.at


class Step(NamedTuple):
    """The phases it may follow, what it does, and the phase it leads to (None: where nothing is asked of anybody)."""

    after: list[str]
    work: Callable[[Desk], None]
    then: str | None = None


_ANY = ["received", "accepted", "review", "correction", "visit", "material", "special"]

STEPS: dict[str, Step] = {
    "accepted": Step(["received"], _accept),
    "review": Step(["accepted", "visit"], _review),
    "correction": Step(["received", "accepted", "review"], _supplement, "correction"),
    "corrected": Step(["correction", "material"], _supplemented),
    "visit": Step(["accepted", "review"], _visit, "visit"),
    "material": Step(["accepted", "review"], _material, "material"),
    "special": Step(["accepted", "review"], _suspend, "special"),
    "resume": Step(["special"], _resume),
    "granted": Step(["accepted", "review", "visit"], _ending("PERMITTED", "granted"), "granted"),
    "refused": Step(["received", "accepted", "review", "visit"], _ending("DENIED", "refused"), "refused"),
    "withdrawn": Step(_ANY, _ending("WITHDRAWN", "withdrawn"), "withdrawn"),
    "lapsed": Step(["correction", "visit", "material"], _ending("ENDED", "lapsed"), "lapsed"),
    "annulled": Step(["granted", "refused", "collected"], _annul, "annulled"),
    "reopened": Step(["granted", "refused", "lapsed", "annulled", "collected"], _reopen),
    "collected": Step(["granted"], _collect, "collected"),
}

_NATURAL = {
    "received": "accepted",
    "accepted": "review",
    "review": "granted",
    "correction": "corrected",
    "material": "corrected",
    "visit": "review",
    "special": "resume",
    "granted": "collected",
    "annulled": "reopened",
}
