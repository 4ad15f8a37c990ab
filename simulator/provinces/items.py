"""Service items, offices and what officials write: alike in every division but for its name and codes."""

from dataclasses import dataclass

from simulator.identifiers import credit_code, licence_identifier
from simulator.provinces.divisions import Division

_TEXTS: dict[str, tuple[str, str | None]] = {
    "received": ("收件", None),
    "accepted": ("受理", "材料齐全，予以受理"),
    "review": ("审查", None),
    "correction": ("补正告知", "请于5个工作日内补正申请表"),
    "corrected": ("补正受理", None),
    "visit": ("现场核验", "请携带证件原件到办事大厅核验"),
    "visited": ("现场核验", None),
    "material": ("法定代表人授权书", None),
    "supplied": ("法定代表人授权书", None),
    "special": ("专家评审", "评审时间不计入办理期限"),
    "resumed": ("专家评审", None),
    "refused": ("不予许可", "所交材料不符合法定条件"),
    "withdrawn": ("撤回", "申请人主动撤回申请"),
    "lapsed": ("终止", "逾期未补正"),
    "annulled": ("撤销", "原办理结果认定事实有误"),
    "reopened": ("重新受理", "经行政复议，本件重新受理"),
    "collected": ("领取", None),
}


@dataclass(frozen=True)
class Item:
    """A service item of one office: `days` promised, and the `licence` it leads to (for `years`), if any."""

    name: str
    basic_code: str
    office: str
    office_code: str
    days: int
    licence: str | None = None
    years: int = 5

    @property
    def code(self) -> str:
        """The implementation code, 31 characters."""
        return f"{self.office_code}3{self.basic_code}"

    @property
    def type_code(self) -> str:
        """The 21 characters of the licence's type code."""
        return self.office_code + self.basic_code[2:5]

    def identifier(self, serial: str) -> str:
        """The dotted identifier of a licence with this number."""
        return licence_identifier(
            self.type_code, self.office_code, "".join(filter(str.isdigit, serial))[-12:].zfill(12)
        )

    def said(self, word: str) -> tuple[str, str | None]:
        """Title and detail of what happens to a case."""
        return _TEXTS.get(word) or (self.licence or "准予许可", None)


def items_of(division: Division) -> tuple[Item, ...]:
    """The service items of a division."""

    def office(name: str, place: int) -> tuple[str, str]:
        return division.zh + name, credit_code("11", division.division, f"TB{division.code}000{place}")

    return (
        Item("食品经营许可", "310131005000", *office("市场监督管理局", 1), 10, "食品经营许可证"),
        Item("社会保险关系转移接续", "312014017000", *office("人力资源和社会保障厅", 2), 20),
        Item("公共场所卫生许可", "310123012000", *office("卫生健康委员会", 3), 12, "公共场所卫生许可证", 4),
        Item("机动车驾驶证换证", "310109044000", *office("公安厅", 4), 1, "机动车驾驶证", 6),
    )
