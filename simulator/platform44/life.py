"""The life of a case: which step may follow which, and what rows each one writes."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from simulator.dates import working_day
from simulator.platform import ImpossibleError
from simulator.platform44.book import Case
from simulator.platform44.change import Change
from simulator.platform44.licences import REVOKED, SUSPENDED
from simulator.platform44.wording import worded


def phase(case: Case) -> str:
    """Where the case is: received, accepted, review, correction, visit, material, special, or how it ended."""
    if case.ending:
        return case.ending
    if case.paused():
        return "special"
    for code, name in (("BZGZ", "correction"), ("XCHC", "visit")):
        if case.running(code):
            return name
    if case.outstanding():
        return "material"
    if case.running("SC"):
        return "review"
    return "accepted" if case.is_accepted else "received"


def stage(case: Case) -> str:
    """Reception, approval or completion, as the platform's own staff would say."""
    if case.ending not in (None, "annulled"):
        return "completion"
    handled = {"SC", "XCHC", "CXSL"} & {str(row["STEP_CODE"]) for row in case.rows["PROCESS"]}
    return "approval" if handled or case.rows["SPECIAL"] else "reception"


def outcome(case: Case) -> str | None:
    """How it ended: granted, refused, withdrawn, lapsed, or None. Annulled or reopened, it has no outcome."""
    return {"collected": "granted", "annulled": None}.get(str(case.ending), case.ending)


def natural(case: Case) -> str:
    """The step that would come next by itself. Raises ImpossibleError when the life of the case is over."""
    now = phase(case)
    if now not in _NATURAL:
        raise ImpossibleError(f"the case is {now}: nothing comes by itself after that; name a step")
    return _NATURAL[now]


def take(change: Change, step: str) -> None:
    """Write this step. Raises ImpossibleError, having written nothing, when it cannot follow."""
    rule, now = STEPS[step], phase(change.case)
    if now not in rule.after:
        raise ImpossibleError(f"{step} cannot follow {now}; it follows {', '.join(sorted(rule.after))}")
    rule.write(change)
    change.case.last_step, change.case.latest = step, max(change.case.latest, change.at)


def _accepted(change: Change) -> None:
    case = change.case
    change.end("YSL")
    change.step("SL", "受理", action="pass", ended=True, opinion="材料齐全，予以受理")
    promised = working_day(change.at, case.item.promised_days)
    case.accept["ACCEPT_DATE"] = change.written("ACCEPT_DATE", day_only=change.past)
    case.accept["PROMISE_DATE"] = change.written("PROMISE_DATE", promised, day_only=True)


def _review(change: Change) -> None:
    change.end("XCHC")
    if change.case.running("SC") is None:
        change.step("SC", "审查")


def _correction(change: Change) -> None:
    change.step("BZGZ", "补正告知", opinion=worded("correction", change.case, change.at))


def _corrected(change: Change) -> None:
    change.end("BZGZ", action="return")
    for row in change.case.outstanding():
        change.alter("MATERIAL", row, COLLECTED="1")
    change.step("BZSL", "补正受理", action="pass", ended=True, opinion="补正材料已收到")


def _visit(change: Change) -> None:
    change.step("XCHC", "现场核查", opinion=worded("visit", change.case, change.at))


def _material(change: Change) -> None:
    change.add("MATERIAL", NAME=worded("material", change.case, change.at), GET_TYPE="2", COUNT="1", EXTRA="1",
               TIME=change.written("EXTRA"), COLLECTED="0")  # fmt: skip


def _special(change: Change) -> None:
    kind = "A" if change.case.item.promised_days > 15 else "B"
    change.add("SPECIAL", SPECIAL_TYPE=kind, REASON=worded(f"special-{kind}", change.case, change.at),
               START_TIME=change.written("SPECIAL"), END_TIME=None, RESULT=None)  # fmt: skip


def _resume(change: Change) -> None:
    if row := change.case.paused():
        change.alter("SPECIAL", row, END_TIME=change.written("SPECIAL_END"), RESULT="程序结束，恢复计时")
        change.step("QT", "恢复计时", action="other", ended=True)


def _result(kind: str, ending: str, *, action: str) -> Callable[[Change], None]:
    def write(change: Change) -> None:
        granted = kind == "1"
        _resume(change)
        change.end("YSL", "XCHC", "BZGZ", action=action)
        change.end("SC", action=action, opinion="符合法定条件，准予办理" if granted else None)
        number = change.issue_licence() if granted else None
        change.add("RESULT", RESULT_TYPE=kind, RESULT_DATE=change.written("RESULT_DATE", day_only=change.past),
                   LICENCE_NAME=change.case.item.licence if granted else None, LICENCE_NO=number,
                   DELIVERY=_of(change.case, "01") if granted else None, SATISFACTION=None,
                   NOTE=None if granted else worded(ending, change.case, change.at))  # fmt: skip
        change.case.ending = ending

    return write


def _annulled(change: Change) -> None:
    change.mark_licences(REVOKED)
    change.add("RESULT", RESULT_TYPE="9", RESULT_DATE=change.written("RESULT_DATE"), LICENCE_NAME=None,
               LICENCE_NO=None, DELIVERY=None, SATISFACTION=None,
               NOTE=worded("annulled", change.case, change.at))  # fmt: skip
    change.case.ending = "annulled"


def _reopened(change: Change) -> None:
    change.mark_licences(SUSPENDED)
    change.step("CXSL", "重新受理", action="other", ended=True, opinion=worded("reopened", change.case, change.at))
    change.case.ending = None


def _collected(change: Change) -> None:
    change.step("LQ", "领取", action="pass", ended=True, opinion="申请人已领取办理结果")
    newest = change.case.rows["RESULT"][-1]
    change.alter("RESULT", newest, SATISFACTION=_of(change.case, "1123"))
    change.case.ending = "collected"


def _of(case: Case, choices: str) -> str:
    return choices[crc32(case.number.encode()) % len(choices)]


@dataclass(frozen=True)
class Step:
    """What a step may follow, and who writes it."""

    after: frozenset[str]
    write: Callable[[Change], None]


def _step(after: str, write: Callable[[Change], None]) -> Step:
    return Step(frozenset(after.split()), write)


_UNFINISHED = "received accepted review correction visit material special"

STEPS: dict[str, Step] = {
    "accepted": _step("received", _accepted),
    "review": _step("accepted visit", _review),
    "correction": _step("received accepted review", _correction),
    "corrected": _step("correction material", _corrected),
    "visit": _step("accepted review material", _visit),
    "material": _step("accepted review visit", _material),
    "special": _step("accepted review", _special),
    "resume": _step("special", _resume),
    "granted": _step("accepted review visit", _result("1", "granted", action="pass")),
    "refused": _step("received accepted review visit", _result("2", "refused", action="return")),
    "withdrawn": _step(_UNFINISHED, _result("3", "withdrawn", action="other")),
    "lapsed": _step("correction visit material", _result("4", "lapsed", action="other")),
    "annulled": _step("granted refused collected", _annulled),
    "reopened": _step("granted refused lapsed annulled collected", _reopened),
    "collected": _step("granted", _collected),
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
