"""What officials write into the free-text columns."""

from datetime import datetime, timedelta
from zlib import crc32

from simulator.platform44.book import Case

_TEXTS: dict[str, tuple[str, ...]] = {
    "correction": (
        "请于5个工作日内补正：1. 申请表第2页未签名；2.《{material}》扫描件不清晰，请重新上传彩色原件扫描件。",
        "《{material}》已过有效期，请补充有效期内的版本。",
        "申请表所填地址与《{material}》不一致，请更正后重新提交。",
    ),
    "visit": (
        "请申请人于{day}上午9:30携带身份证原件，到{org}办事大厅3号窗口核验。",
        "核查人员将于{day}下午14:30到场核查，请负责人到场配合。地点：经营场所。",
    ),
    "material": ("经营场所产权人同意使用声明", "近三个月社会保险缴费凭证", "委托代理人授权书"),
    "special-A": ("案情复杂，经批准延长审批期限",),
    "special-B": ("需专家评审，评审时间不计入办理期限", "需公示7日，公示时间不计入办理期限"),
    "refused": (
        "经审查，申请人提交的《{material}》不符合《广东省行政许可监督管理条例》规定的条件，决定不予办理。"
        "如不服，可在收到决定之日起60日内申请行政复议。",
    ),
    "withdrawn": ("申请人主动撤回申请",),
    "lapsed": ("申请人逾期未补正，视为放弃申请，办件终止",),
    "annulled": ("经复核，原办理结果认定事实有误，予以撤销",),
    "reopened": ("经行政复议，本件重新受理，原办理结果不再有效", "发现新的证据材料，本件重新审查"),
}  # fmt: skip


def worded(subject: str, case: Case, at: datetime) -> str:
    """The text for this subject, always the same one for the same case and number of rows."""
    texts = _TEXTS[subject]
    pick = crc32(f"{case.number}{subject}{len(case.rows['PROCESS'])}".encode())
    day = at + timedelta(days=3 + pick % 5)
    return texts[pick % len(texts)].format(
        material=case.item.materials[pick % len(case.item.materials)], org=case.item.authority.name,
        day=f"{day.year}年{day.month}月{day.day}日")  # fmt: skip
