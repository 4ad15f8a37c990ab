"""What officials write into the free-text fields."""

from zlib import crc32

from simulator.platform31.matters import Matter

_TEXTS: dict[str, tuple[str, ...]] = {
    "correction": (
        "《{material}》图像不完整，请于5个工作日内通过“随申办”重新提交。",
        "《{material}》信息与申请表不一致，请更正后提交。",
    ),
    "visit": ("请在5个工作日内携带《{material}》原件到{office}受理大厅核验。",),
    "material": ("单位在职证明", "共有人同意书", "房屋使用情况说明"),
    "special-1": ("经批准延长办理期限",),
    "special-2": ("需组织听证，所需时间不计入办理期限", "需检验检测，所需时间不计入办理期限"),
    "granted": ("符合规定，准予办理",),
    "refused": ("《{material}》不符合办理条件，不予办理；可依法申请行政复议。",),
    "withdrawn": ("申请人申请撤回",),
    "lapsed": ("申请人未在规定期限内补正，办理终止",),
    "annulled": ("原结果依据的材料不实，予以撤销",),
    "reopened": ("经复核，重新办理",),
}


def worded(subject: str, matter: Matter) -> str:
    """The text for this subject, always the same one for the same matter and number of links."""
    texts, materials = _TEXTS[subject], matter.item.materials
    pick = crc32(f"{matter.number}/{subject}/{len(matter.links)}".encode())
    return texts[pick % len(texts)].format(material=materials[pick % len(materials)], office=matter.item.office.name)
