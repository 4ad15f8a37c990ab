"""Cases and licences as elements of the wire document."""

from collections.abc import Container
from datetime import datetime

from lxml import etree

from simulator.dates import CHINA
from simulator.platform33.book import Case, Certificate, Paper, Pause, Result, Step
from simulator.platform33.namespaces import CASES, LICENCES, add, add_text

_Element = etree._Element


def stamp(moment: datetime | None) -> str | None:
    """yyyyMMddHHmmss in UTC+8."""
    return moment.astimezone(CHINA).strftime("%Y%m%d%H%M%S") if moment else None


def add_case(parent: _Element, case: Case, only: Container[str] | None = None) -> None:
    """The b:banjian of a case, with all its rows or only those of these ids."""
    root = add(parent, CASES, "banjian", bjbh=case.number, gxsj=stamp(case.updated))
    _application(root, case)
    _acceptance(root, case)
    course = add(root, CASES, "guocheng")
    for step in case.steps:
        if only is None or step.id in only:
            _step(course, step, case.item.bureau.name)
    rows: list[Pause | Paper | Result] = [*case.pauses, *case.papers, *case.results]
    for row in rows:
        if only is None or row.id in only:
            _row(root, row)


def add_certificate(parent: _Element, one: Certificate) -> None:
    """The z:zhengzhao of a licence."""
    item, bureau, holder = one.item, one.item.bureau, one.holder
    root = add(parent, LICENCES, "zhengzhao", bs=one.identifier, zt=one.word, gxsj=stamp(one.updated))
    add(root, LICENCES, "mingcheng", item.certificate, lxdm=item.certificate_type)
    add(root, LICENCES, "haoma", one.number)
    add(root, LICENCES, "banfa", bureau.name, jgdm=bureau.credit_code, sj=stamp(one.issued))
    add(root, LICENCES, "chiyou", holder.name, zjlx=holder.kind, zjhm=holder.number)
    add(root, LICENCES, "youxiaoqi", qi=stamp(_day(one.issued)), zhi=stamp(_day(one.until)))
    add_text(root, LICENCES, "banjian", one.case)


def _day(moment: datetime | None) -> datetime | None:
    return moment.astimezone(CHINA).replace(hour=0, minute=0, second=0) if moment else None


def _application(root: _Element, case: Case) -> None:
    item, holder, persona = case.item, case.persona.holder, case.persona
    handling = f"{item.code}01" if len(item.papers) > 2 else None
    add(root, CASES, "shixiang", item.name, jbbm=item.basic_code, ssbm=item.code, ywbm=handling, bb="1")
    handed_in = add(root, CASES, "shenqing", sj=stamp(case.applied), qd=case.channel)
    add(handed_in, CASES, "shenqingren", holder.name, zjlx=holder.kind, zjhm=holder.number)
    if case.channel != "邮寄":
        add(handed_in, CASES, "lianxiren", persona.signs_in.name, dh=persona.mobile)


def _acceptance(root: _Element, case: Case) -> None:
    kind, bureau = "即办件" if case.item.days <= 3 else "承诺件", case.item.bureau
    accepted = add(root, CASES, "shouli", slsj=stamp(case.accepted), cnsj=stamp(case.promised), lx=kind)
    add(accepted, CASES, "danwei", bureau.name, xydm=bureau.credit_code, quhua=bureau.division)
    add(accepted, CASES, "dianhua", bureau.phone)


def _step(course: _Element, step: Step, unit: str) -> None:
    row = add(course, CASES, "huanjie", id=step.id, zt=step.word)
    texts = (("mingcheng", step.name), ("kssj", stamp(step.start)), ("jssj", stamp(step.end)), ("jielun", step.verdict),
             ("banliren", step.officer), ("bumen", unit), ("yijian", step.opinion))  # fmt: skip
    for name, text in texts:
        add_text(row, CASES, name, text)


def _row(root: _Element, row: Pause | Paper | Result) -> None:
    match row:
        case Pause():
            pause = add(root, CASES, "zanting", id=row.id, lx=row.word)
            for name, text in (("liyou", row.reason), ("kssj", stamp(row.start)), ("jssj", stamp(row.end))):
                add_text(pause, CASES, name, text)
        case Paper():
            add(root, CASES, "cailiao", row.name, id=row.id, ly=row.source, fs="1", yqsj=stamp(row.demanded),
                shsj=stamp(row.received))  # fmt: skip
        case Result():
            _result(root, row)


def _result(root: _Element, row: Result) -> None:
    result = add(root, CASES, "jieguo", id=row.id, lx=row.word, sj=stamp(row.at))
    if row.certificate is not None:
        add(result, CASES, "zhengzhao", row.certificate.item.certificate, hm=row.certificate.number)
    for name, text in (("lingqu", row.handover), ("pingjia", row.rating), ("shuoming", row.note)):
        add_text(result, CASES, name, text)
