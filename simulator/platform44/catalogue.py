"""Authorities and the service items they handle: plausible for Guangdong, codes invented."""

from dataclasses import dataclass
from functools import cached_property

from simulator.identifiers import credit_code


@dataclass(frozen=True)
class Authority:
    """A handling unit. `body` is the eight characters its organisation code is made of."""

    name: str
    region: str
    body: str
    phone: str

    @cached_property
    def credit_code(self) -> str:
        """Its unified social credit code."""
        return credit_code("11", self.region, self.body)


@dataclass(frozen=True)
class Item:
    """A service item as one authority offers it. A basic code of ten characters marks an older item.

    It promises so many working days; `legal` is the limit by law, with its unit: 1 working days, 2 calendar days, 3 months.
    """

    key: str
    name: str
    basic: str
    authority: Authority
    level: str
    promised_days: int
    legal: tuple[int, str]
    materials: tuple[str, ...]
    licence: str | None = None
    years: int | None = None
    short: str = "证字"

    @cached_property
    def code(self) -> str:
        """The implementation code: 31 characters, or 24 for an older item."""
        if len(self.basic) == 12:
            return self.authority.credit_code + self.level + self.basic
        return self.authority.region + self.basic + self.authority.body

    @cached_property
    def licence_kind(self) -> str:
        """The 21 characters of the licence's type code."""
        return self.authority.credit_code + self.basic[-6:-3]


POLICE_TIANHE = Authority("广州市公安局天河区分局", "440106", "TB440106", "020-12345")
MARKET_CHANCHENG = Authority("佛山市禅城区市场监督管理局", "440604", "TB440604", "0757-12345")
HOUSING_SHENZHEN = Authority("深圳市住房和建设局", "440300", "TB440300", "0755-12345")
SOCIAL_ZHUHAI = Authority("珠海市人力资源和社会保障局", "440400", "TB440400", "0756-12345")
HEALTH_HUIZHOU = Authority("惠州市惠城区卫生健康局", "441302", "TB441302", "0752-12345")
FIRE_FOSHAN = Authority("佛山市禅城区消防救援大队", "440604", "TB440699", "0757-12345")
CULTURE_QINGYUAN = Authority("清远市清城区文化广电旅游体育局", "441802", "TB441802", "0763-12345")

_ID_CARD = "居民身份证"

_ITEMS = (
    Item("residence", "居住证签发", "440709005001", POLICE_TIANHE, "4", 15, (20, "1"), (_ID_CARD, "居住登记凭证"),
         "广东省居住证", None, "粤居"),
    Item("no-record", "开具无犯罪记录证明", "442009021000", POLICE_TIANHE, "4", 3, (7, "1"), (_ID_CARD, "申请表")),
    Item("household", "夫妻投靠入户审批", "440709001006", POLICE_TIANHE, "4", 30, (60, "2"), (_ID_CARD, "结婚证", "户口簿"),
         "准予迁入证明", None, "准迁"),
    Item("food", "食品经营许可证核发", "440131009002", MARKET_CHANCHENG, "4", 20, (30, "1"),
         ("营业执照", "食品安全管理制度", "经营场所平面图"), "食品经营许可证", 5, "JY"),
    Item("signboard", "户外招牌设置备案", "4410880012", MARKET_CHANCHENG, "4", 5, (20, "1"), ("设置方案", "营业执照")),
    Item("rental", "公共租赁住房资格确认", "440717014000", HOUSING_SHENZHEN, "3", 60, (6, "3"),
         (_ID_CARD, "收入证明", "无房证明")),
    Item("elevator", "既有住宅加装电梯资金补贴申请", "4405170031", HOUSING_SHENZHEN, "3", 20, (3, "3"), ("申请表", "规划许可证")),
    Item("unemployment", "失业保险金申领", "442014036002", SOCIAL_ZHUHAI, "3", 10, (60, "2"), (_ID_CARD, "解除劳动关系证明")),
    Item("skill", "职业技能提升补贴申领", "4405140207", SOCIAL_ZHUHAI, "3", 25, (60, "2"), ("职业资格证书", "申请表")),
    Item("public-health", "公共场所卫生许可", "440123012003", HEALTH_HUIZHOU, "4", 12, (20, "1"),
         ("卫生检测报告", "平面布局图"), "公共场所卫生许可证", 4, "粤卫公证字"),
    Item("doctor", "医师执业注册", "440123030001", HEALTH_HUIZHOU, "4", 20, (20, "1"),
         (_ID_CARD, "医师资格证书", "聘用证明"), "医师执业证书", None, "医执"),
    Item("fire", "公众聚集场所投入使用、营业前消防安全检查", "440195002000", FIRE_FOSHAN, "4", 10, (10, "1"),
         ("消防安全承诺书", "平面布置图"), "公众聚集场所消防安全检查合格证", None, "禅消安检"),
    Item("heritage", "“䶮·𬱖”传统技艺代表性传承人认定", "440722008001", CULTURE_QINGYUAN, "4", 40, (12, "3"),
         ("申报书", "技艺说明（含𰻞𰻞面制作）"), "代表性传承人证书", None, "清文遗"),
)  # fmt: skip

ITEMS: dict[str, Item] = {item.key: item for item in _ITEMS}
