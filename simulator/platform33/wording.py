"""What officials write into the free-text places."""

from datetime import timedelta
from zlib import crc32

from simulator.platform33.book import Case

_TEXTS: dict[str, tuple[str, ...]] = {
    "correction": (
        "“{paper}”缺少落款日期，请补正后于10日内在“浙里办”重新上传。",
        "“{paper}”与系统共享数据不一致，请核对并补充说明。",
    ),
    "visit": (
        "请携带“{paper}”原件于{day}上午9时到{bureau}一楼核验窗口。",
        "踏勘人员将于{day}下午到申请地点，请本人在场。",
    ),
    "material": ("房屋产权人同意使用证明", "近半年个人完税证明", "授权委托书"),
    "extension": ("情况复杂，经本机关负责人批准延长办理期限",),
    "pause": ("需要公示，公示时间不计入承诺期限", "需要专家论证，论证时间不计入承诺期限"),
    "granted": ("经审查符合条件，准予办理",),
    "refused": ("“{paper}”所载情况不符合本事项的准予条件，不予办理。可自收到之日起六十日内申请行政复议。",),
    "withdrawn": ("申请人撤回",),
    "lapsed": ("逾期未按要求补齐，本件终止",),
    "annulled": ("复核发现原结果依据的事实有误，予以撤销",),
    "reopened": ("复议决定责令重新办理", "出现新证据，本件重新办理"),
}  # fmt: skip


def worded(subject: str, case: Case) -> str:
    """The text for this subject, always the same one for the same case and number of steps."""
    texts, papers = _TEXTS[subject], case.item.papers
    pick = crc32(f"{subject}{case.number}{len(case.steps)}".encode())
    day = case.updated + timedelta(days=2 + pick % 6)
    return texts[pick % len(texts)].format(paper=papers[pick % len(papers)], bureau=case.item.bureau.name,
                                           day=f"{day.month}月{day.day}日")  # fmt: skip
