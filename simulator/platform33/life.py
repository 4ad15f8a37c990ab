"""The life of a case: which step may follow which, and what each one writes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from simulator.platform import ImpossibleError
from simulator.platform33.book import Book, Case
from simulator.platform33.pen import Pen
from simulator.platform33.wording import worded

_ENDS = {
    "granted": "granted",
    "collected": "granted",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "lapsed": "lapsed",
}
_HANDLED = {"审核", "踏勘", "重启"}


def stage(case: Case) -> str:
    """Reception, approval or completion, as the platform's own staff would say."""
    if case.phase in _ENDS:
        return "completion"
    handled = any(step.word in _HANDLED for step in case.steps) or case.pauses
    return "approval" if handled else "reception"


def outcome(case: Case) -> str | None:
    """How it ended: granted, refused, withdrawn, lapsed, or None. Annulled or reopened, it has no outcome."""
    return _ENDS.get(case.phase)


def natural(case: Case) -> str:
    """The step that would come next by itself. Raises ImpossibleError when the life of the case is over."""
    if case.phase not in _NATURAL:
        raise ImpossibleError(f"the case is {case.phase}: nothing comes by itself after that; name a step")
    return _NATURAL[case.phase]


def take(book: Book, case: Case, at: datetime, step: str) -> Pen:
    """Write this step and return the pen it was written with. Raises ImpossibleError, having written nothing."""
    rule = STEPS[step]
    if case.phase not in rule.after:
        raise ImpossibleError(f"{step} cannot follow {case.phase}; it follows {', '.join(sorted(rule.after))}")
    pen = Pen(book, case, at)
    rule.write(pen)
    case.phase = rule.then or _resting(case)
    case.last_step = step
    return pen


def _resting(case: Case) -> str:
    """Where a case is when nothing is asked of anybody."""
    if any(case.running("审核")):
        return "review"
    return "accepted" if case.accepted else "received"


def _accepted(pen: Pen) -> None:
    case = pen.case
    pen.end("收件")
    pen.step("受理", "受理", verdict="通过", opinion="材料齐全，符合法定形式，予以受理")
    case.accepted = pen.at
    case.promised = (pen.at + timedelta(days=case.item.days)).replace(hour=0, minute=0, second=0)


def _review(pen: Pen) -> None:
    pen.end("踏勘")
    if not any(pen.case.running("审核")):
        pen.step("审核", "审核")


def _correction(pen: Pen) -> None:
    pen.step("补正", "补正告知", opinion=worded("correction", pen.case))


def _corrected(pen: Pen) -> None:
    pen.end("补正", verdict="退回")
    pen.receive()
    pen.step("补齐", "补正材料接收", verdict="通过")


def _visit(pen: Pen) -> None:
    pen.step("踏勘", "现场踏勘", opinion=worded("visit", pen.case))


def _material(pen: Pen) -> None:
    pen.demand(worded("material", pen.case))


def _special(pen: Pen) -> None:
    long = pen.case.item.days > 10
    pen.pause("延长审批" if long else "其他", worded("extension" if long else "pause", pen.case))


def _resume(pen: Pen) -> None:
    pen.resume()
    pen.step("其他", "恢复计时", verdict="其他")


def _ending(word: str, verdict: str, subject: str) -> Callable[[Pen], None]:
    def write(pen: Pen) -> None:
        pen.resume()
        opinion = worded("granted", pen.case) if word == "准予" else None
        pen.end("收件", "补正", "踏勘", verdict=verdict)
        pen.end("审核", verdict=verdict, opinion=opinion)
        pen.result(word, note=None if word == "准予" else worded(subject, pen.case))

    return write


def _annulled(pen: Pen) -> None:
    pen.mark_certificates("吊销")
    pen.result("撤销", note=worded("annulled", pen.case))


def _reopened(pen: Pen) -> None:
    pen.mark_certificates("暂扣")
    pen.step("重启", "重新办理", verdict="其他", opinion=worded("reopened", pen.case))


def _collected(pen: Pen) -> None:
    pen.step("送达", "结果送达", verdict="通过")
    pen.rate(("非常满意", "满意", "基本满意")[crc32(pen.case.number.encode()) % 3])


@dataclass(frozen=True)
class Step:
    """What a step may follow, who writes it, and the phase it leads to (None: back to where nothing is asked)."""

    after: frozenset[str]
    write: Callable[[Pen], None]
    then: str | None


def _step(after: str, write: Callable[[Pen], None], then: str | None) -> Step:
    return Step(frozenset(after.split()), write, then)


_UNFINISHED = "received accepted review correction visit material special"

STEPS: dict[str, Step] = {
    "accepted": _step("received", _accepted, "accepted"),
    "review": _step("accepted visit", _review, "review"),
    "correction": _step("received accepted review", _correction, "correction"),
    "corrected": _step("correction material", _corrected, None),
    "visit": _step("accepted review", _visit, "visit"),
    "material": _step("accepted review", _material, "material"),
    "special": _step("accepted review", _special, "special"),
    "resume": _step("special", _resume, None),
    "granted": _step("accepted review visit", _ending("准予", "通过", "granted"), "granted"),
    "refused": _step("received accepted review visit", _ending("不予", "退回", "refused"), "refused"),
    "withdrawn": _step(_UNFINISHED, _ending("撤回", "其他", "withdrawn"), "withdrawn"),
    "lapsed": _step("correction visit material", _ending("终止", "其他", "lapsed"), "lapsed"),
    "annulled": _step("granted refused collected", _annulled, "annulled"),
    "reopened": _step("granted refused lapsed annulled collected", _reopened, None),
    "collected": _step("granted", _collected, "collected"),
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
