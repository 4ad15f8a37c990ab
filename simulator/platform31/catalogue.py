"""Offices of Shanghai and the service items they handle: plausible, with invented codes."""

from dataclasses import dataclass

from simulator.identifiers import credit_code


@dataclass(frozen=True)
class Office:
    """A handling unit."""

    name: str
    division: str
    phone: str
    credit_code: str


@dataclass(frozen=True)
class Item:
    """A service item of one office: `days` promised, `materials` published, `certificate` it leads to (valid `years`)."""

    key: str
    name: str
    basic_code: str
    office: Office
    days: int
    materials: tuple[str, ...]
    certificate: str | None = None
    years: int | None = None

    @property
    def code(self) -> str:
        """The implementation code, 31 characters."""
        return f"{self.office.credit_code}3{self.basic_code}"

    @property
    def certificate_type(self) -> str:
        """The 21 characters of the certificate's type code."""
        return self.office.credit_code + self.basic_code[2:5]


def _office(name: str, division: str, body: str) -> Office:
    return Office(name, division, "021-12345", credit_code("11", division, body))


_POLICE = _office("上海市公安局黄浦分局", "310101", "TB310101")
_SOCIAL = _office("上海市人力资源和社会保障局", "310000", "TB310000")
_MARKET = _office("上海市徐汇区市场监督管理局", "310104", "TB310104")
_HEALTH = _office("上海市静安区卫生健康委员会", "310106", "TB310106")
_CULTURE = _office("上海市黄浦区文化和旅游局", "310101", "TB310199")

ITEMS: dict[str, Item] = {
    item.key: item
    for item in (
        Item(
            "points", "居住证积分办理", "310114030001", _SOCIAL, 20, ("居民身份证", "学历学位证书", "社会保险缴费记录")
        ),
        Item(
            "residence", "上海市居住证办理", "310109005001", _POLICE, 10, ("居民身份证", "居住证明"), "上海市居住证", 1
        ),
        Item(
            "passport", "普通护照签发", "310109010001", _POLICE, 7, ("居民身份证", "照片"), "中华人民共和国普通护照", 10
        ),
        Item("subsidy", "灵活就业社会保险补贴申领", "310114021007", _SOCIAL, 15, ("就业创业证", "社会保险缴费记录")),
        Item(
            "food",
            "食品经营许可证核发",
            "310131009002",
            _MARKET,
            10,
            ("营业执照", "经营场所布局图"),
            "食品经营许可证",
            5,
        ),
        Item("company", "公司变更登记", "310131001004", _MARKET, 3, ("变更登记申请书", "章程修正案")),
        Item("clinic", "诊所备案", "310123004011", _HEALTH, 20, ("营业执照", "人员名录"), "诊所备案凭证"),
        Item("opera", "“𰻞䶮”演出活动审批", "310122011003", _CULTURE, 5, ("演出申请书", "节目单")),
    )
}
