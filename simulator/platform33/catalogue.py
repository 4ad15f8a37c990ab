"""Authorities of Zhejiang and the service items they handle: plausible, with invented codes."""

from dataclasses import dataclass
from functools import cached_property

from simulator.identifiers import credit_code


@dataclass(frozen=True)
class Bureau:
    """A handling unit. `body` is the eight characters its organisation code is made of."""

    name: str
    division: str
    body: str
    phone: str

    @cached_property
    def credit_code(self) -> str:
        """Its unified social credit code."""
        return credit_code("11", self.division, self.body)


@dataclass(frozen=True)
class Item:
    """A service item as one bureau offers it. `days` is how long it promises to take; `certificate` what it leads to."""

    key: str
    name: str
    basic_code: str
    bureau: Bureau
    days: int
    papers: tuple[str, ...]
    certificate: str | None = None
    years: int | None = None

    @property
    def code(self) -> str:
        """The implementation code, 31 characters."""
        return f"{self.bureau.credit_code}4{self.basic_code}"

    @property
    def certificate_type(self) -> str:
        """The 21 characters of the licence's type code."""
        return self.bureau.credit_code + self.basic_code[-3:]


_POLICE = Bureau("杭州市公安局西湖区分局", "330106", "TB330106", "0571-12345")
_MARKET = Bureau("宁波市海曙区市场监督管理局", "330203", "TB330203", "0574-12345")
_SOCIAL = Bureau("温州市人力资源和社会保障局", "330300", "TB330300", "0577-12345")
_HEALTH = Bureau("绍兴市越城区卫生健康局", "330602", "TB330602", "0575-12345")
_LAND = Bureau("嘉兴市自然资源和规划局", "330400", "TB330400", "0573-12345")

_ITEMS = (
    Item("residence", "浙江省居住证申领", "330140709005", _POLICE, 15, ("居民身份证", "居住登记凭证"), "浙江省居住证"),
    Item("settle", "人才引进落户", "330140709011", _POLICE, 10, ("居民身份证", "学历证书")),
    Item("food", "食品经营许可", "330131009002", _MARKET, 20, ("营业执照", "经营场所平面图"), "食品经营许可证", 5),
    Item("signboard", "户外广告设施设置备案", "330188001200", _MARKET, 3, ("设置方案", "营业执照")),
    Item("pension", "企业职工基本养老保险关系转移接续", "330114036005", _SOCIAL, 15, ("居民身份证", "参保缴费凭证")),
    Item("nurse", "护士执业注册", "330123030004", _HEALTH, 20, ("居民身份证", "护士执业资格证明"), "护士执业证书", 5),
    Item("estate", "不动产转移登记", "330116008003", _LAND, 5, ("居民身份证", "买卖合同", "完税凭证"), "不动产权证书"),
    Item("craft", "“𰻞·䶮”手工技艺传习所备案", "330122008002", _MARKET, 30, ("申报书", "技艺说明")),
)  # fmt: skip

ITEMS: dict[str, Item] = {item.key: item for item in _ITEMS}
