"""Platform 33 says what docs/wire/33.md says, to the letter, and takes nothing else."""

import re
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from lxml import etree
from stdnum.cn import uscc
from stdnum.iso7064 import mod_37_36

from simulator.platform33.rows import add_case
from simulator.platform33.seed import first_book
from tests.simulator.platform33.asking import NAMES, envelope, token

WORDS = {
    "huanjie/@zt": {"收件", "受理", "审核", "补正", "补齐", "踏勘", "重启", "送达", "其他"},
    "huanjie/b:jielun/text()": {"通过", "退回", "其他"},
    "jieguo/@lx": {"准予", "不予", "撤回", "终止", "撤销"},
    "zanting/@lx": {"延长审批", "其他"},
    "cailiao/@ly": {"纸质", "电子", "共享", "证照"},
    "shenqing/@qd": {"窗口", "电脑", "手机", "邮寄", "其他"},
    "shouli/@lx": {"即办件", "承诺件", "其他"},
    "jieguo/b:lingqu/text()": {"窗口", "邮寄"},
    "jieguo/b:pingjia/text()": {"非常满意", "满意", "基本满意", "不满意", "非常不满意"},
}
# element: attributes and children; those with "?" may be absent, those with "*" come in any number
CASE = {
    "banjian": "@bjbh @gxsj shixiang shenqing shouli guocheng zanting* cailiao* jieguo*",
    "shixiang": "@jbbm @ssbm @ywbm? @bb",
    "shenqing": "@sj @qd shenqingren lianxiren?",
    "shenqingren": "@zjlx @zjhm",
    "lianxiren": "@dh",
    "shouli": "@slsj? @cnsj? @lx danwei dianhua",
    "danwei": "@xydm @quhua",
    "guocheng": "huanjie*",
    "huanjie": "@id @zt mingcheng kssj jssj? jielun? banliren bumen yijian?",
    "zanting": "@id @lx liyou kssj jssj?",
    "cailiao": "@id @ly @fs @yqsj? @shsj?",
    "jieguo": "@id @lx @sj zhengzhao? lingqu? pingjia? shuoming?",
    "zhengzhao": "@hm",
}
LICENCE = {
    "zhengzhao": "@bs @zt @gxsj mingcheng haoma banfa chiyou youxiaoqi banjian?",
    "mingcheng": "@lxdm",
    "banfa": "@jgdm @sj",
    "chiyou": "@zjlx @zjhm",
    "youxiaoqi": "@qi @zhi?",
}
PERSONAS = ("lin", "chen", "huang", "liang", "he", "he-org", "rare")


async def test_a_sound_question_is_answered(send: Any, tell: Any) -> None:
    """HTTP 200, XML, A0000, the page as asked, and as many cases as the platform's staff count."""
    answer = await send(envelope())
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    (page,) = answer.at("/soap:Envelope/soap:Body/x:QueryBanjianResponse[x:fanhui/@dm='A0000']/x:fenye")
    assert dict(page.attrib) == {"zongshu": "3", "yeMa": "1", "yeDaXiao": "50"}
    numbers = answer.at("//x:liebiao/b:banjian/@bjbh")
    assert numbers == [case["case"] for case in await tell.get("/cases?persona=lin&platform=33")]


LONG_AGO = (datetime.now(UTC) - timedelta(seconds=900)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "told",
    [{"username": "another"}, {"password": "another"}, {"created": LONG_AGO}, {"created": "2099-01-01T00:00:00Z"}],
    ids=["name", "password", "long ago", "far ahead"],
)
async def test_whoever_is_not_known_is_refused(send: Any, told: dict[str, Any]) -> None:
    """Another name, another password and a time too far off are FailedAuthentication, HTTP 500."""
    answer = await send(envelope(header=token(**told)))
    assert (answer.status, answer.fault) == (500, ("FailedAuthentication", "F1001"))


async def test_a_nonce_serves_once(send: Any) -> None:
    """The same nonce again is refused, whatever the time beside it; another one is taken."""
    nonce = bytes(range(16))
    assert (await send(envelope(header=token(nonce=nonce)))).status == 200
    later = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for created in (None, later):
        answer = await send(envelope(header=token(nonce=nonce, created=created)))
        assert (answer.status, answer.fault) == (500, ("FailedAuthentication", "F1001"))
    assert (await send(envelope(header=token(nonce=bytes(range(1, 17)))))).status == 200


@pytest.mark.parametrize(
    ("change", "by"),
    [("PasswordDigest", "PasswordText"), ("#Base64Binary", "#HexBinary"), ("wssecurity-secext-1.0", "secext-1.1"),
     ("wssecurity-utility-1.0", "utility-1.1"), ("wsu:Created>", "wsu:Expires>"), ("wsse:Nonce", "wsse:Once")],
)  # fmt: skip
async def test_a_token_of_another_form_is_no_token(send: Any, change: str, by: str) -> None:
    """Another digest, encoding, namespace or name within the token is InvalidSecurity, HTTP 500."""
    answer = await send(envelope().replace(change, by))
    assert (answer.status, answer.fault) == (500, ("InvalidSecurity", "F1000"))


async def test_a_token_is_demanded_and_whole(send: Any) -> None:
    """No token, a nonce that is too short and a time of another form are InvalidSecurity."""
    for header in ("", token(nonce=b"short"), token(created="20261122093000")):
        assert (await send(envelope(header=header))).fault == ("InvalidSecurity", "F1000")


@pytest.mark.parametrize(
    ("change", "by", "fault"),
    [
        ("urn:zjzw:exchange:2", "urn:zjzw:exchange:1", ("Client", "F2001")),
        ("q:zjhm>", "q:zjhaoma>", ("Client", "F2001")),
        ("<q:yeMa>1</q:yeMa>", "", ("Client", "F2001")),
        ("q:yeMa>", "yeMa>", ("Client", "F2001")),
        ("q:QueryBanjian>", "q:QueryEverything>", ("Client", "F2001")),
        ("</soap:Envelope>", "", ("Client", "F2001")),
        ("<soap:Env", "<!DOCTYPE a [<!ENTITY b 'c'>]><soap:Env", ("Client", "F2001")),
        ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope",
         ("VersionMismatch", "F2000")),
    ],
)  # fmt: skip
async def test_what_is_no_question_is_a_fault(send: Any, change: str, by: str, fault: tuple[str, str]) -> None:
    """Other names, other namespaces, another envelope, a DOCTYPE: each its fault, HTTP 500."""
    answer = await send(envelope().replace(change, by))
    assert (answer.status, answer.fault) == (500, fault)


async def test_the_action_must_be_the_messages(send: Any) -> None:
    """Another action, one without quotes or none is F2002; another content type is F2001."""
    for action in ('"urn:zjzw:exchange:2#QueryZhengzhao"', "urn:zjzw:exchange:2#QueryBanjian", ""):
        assert (await send(envelope(), SOAPAction=action)).fault == ("Client", "F2002")
    wrong = await send(envelope(), **{"Content-Type": "application/soap+xml; charset=utf-8"})
    assert wrong.fault == ("Client", "F2001")


@pytest.mark.parametrize(
    "wrong", [{"size": 51}, {"size": 0}, {"page": 0}, {"page": "one"}, {"kind": "414"}, {"number": "1"}], ids=str
)
async def test_a_wrong_value_is_declined(send: Any, wrong: dict[str, Any]) -> None:
    """It is HTTP 200 with B0001, and neither page nor list."""
    answer = await send(envelope(**wrong))
    assert (answer.status, answer.at("//x:fanhui/@dm")) == (200, ["B0001"])
    assert answer.at("//x:fenye | //x:liebiao") == []


async def test_nobody_is_an_empty_list(send: Any) -> None:
    """A person of whom nothing is known has a total of 0 and an empty list, never an error."""
    for operation in ("QueryBanjian", "QueryZhengzhao"):
        answer = await send(envelope(operation, number="11010119000101001X"))
        assert answer.at("//x:fanhui/@dm | //x:fenye/@zongshu") == ["A0000", "0"]
        assert len(answer.at("//x:liebiao")[0]) == 0


async def test_pages_join_up(send: Any) -> None:
    """Pages of one hold each case once, newest application first, and the page after the last is empty."""
    pages = [await send(envelope(page=page, size=1)) for page in range(1, 5)]
    numbers = [page.at("//b:banjian/@bjbh") for page in pages]
    assert [len(found) for found in numbers] == [1, 1, 1, 0]
    days = [page.at("//b:shenqing/@sj")[0] for page in pages[:3]]
    assert all(newer > older for newer, older in pairwise(days))


async def test_prefixes_differ_and_mean_nothing(send: Any) -> None:
    """Three answers in a row use different prefixes, among them a default namespace, and say the same."""
    answers = [await send(envelope()) for _ in range(3)]
    prefixes = [etree.fromstring(answer.raw).nsmap for answer in answers]
    assert len({frozenset(one) for one in prefixes}) == 3
    assert any(None in one for one in prefixes)
    assert len({tuple(answer.at("//b:banjian/@bjbh | //b:huanjie/@zt")) for answer in answers}) == 1


async def test_every_element_is_as_documented(rows: Any) -> None:
    """Exactly the documented attributes and children, in their namespace, none of them empty."""
    for persona in PERSONAS:
        for case in await rows("QueryBanjian", persona):
            check(case, CASE, NAMES["b"])
            ids = case.xpath(".//@id")
            assert len(set(ids)) == len(ids)
        for licence in await rows("QueryZhengzhao", persona):
            check(licence, LICENCE, NAMES["z"])


async def test_every_word_is_in_its_table(rows: Any) -> None:
    """No word is outside the closed tables; and over the lives of all personas nearly every step occurs."""
    cases = [case for persona in PERSONAS for case in await rows("QueryBanjian", persona)]
    for place, known in WORDS.items():
        found = {word for case in cases for word in case.xpath(f".//b:{place}", namespaces=NAMES)}
        assert found, place
        assert found <= known, place
    steps = {word for case in cases for word in case.xpath(".//@zt")}
    assert steps >= {"收件", "受理", "审核", "补正", "踏勘", "送达"}
    licences = [one for persona in PERSONAS for one in await rows("QueryZhengzhao", persona)]
    assert {one.get("zt") for one in licences} <= {"有效", "暂扣", "吊销", "注销", "失效"}


async def test_times_are_fourteen_digits(rows: Any) -> None:
    """Every time is yyyyMMddHHmmss, and the newest row of a case is not newer than the case says."""
    for persona in PERSONAS:
        for case in await rows("QueryBanjian", persona):
            times = case.xpath(".//@sj | .//@slsj | .//@yqsj | .//@shsj | .//b:kssj/text() | .//b:jssj/text()",
                               namespaces=NAMES)  # fmt: skip
            assert all(re.fullmatch(r"20\d{12}", text) for text in (*times, case.get("gxsj")))
            assert max(times) <= case.get("gxsj")
        for licence in await rows("QueryZhengzhao", persona):
            days = licence.xpath(".//@qi | .//@zhi")
            assert all(re.fullmatch(r"20\d{6}000000", text) for text in days)


async def test_numbers_are_sound(rows: Any) -> None:
    """Credit codes, item codes and licence identifiers have their lengths and pass their checks."""
    for persona in PERSONAS:
        for case in await rows("QueryBanjian", persona):
            item = case.find("b:shixiang", NAMES)
            assert (len(item.get("jbbm")), len(item.get("ssbm"))) == (12, 31)
            assert uscc.is_valid(case.find("b:shouli/b:danwei", NAMES).get("xydm"))
            assert len(case.get("bjbh")) <= 50
        for licence in await rows("QueryZhengzhao", persona):
            assert mod_37_36.is_valid(licence.get("bs").removeprefix("1.2.156.3005.2.").replace(".", ""))
            assert uscc.is_valid(licence.find("z:banfa", NAMES).get("jgdm"))


async def test_each_persona_shows_something_here(rows: Any) -> None:
    """A correction and a visit with what to do, a refusal with its reason, a licence with its number, one annulled."""
    lin = await rows("QueryBanjian", "lin")
    assert [one.xpath("string(.//b:huanjie[@zt='补正']/b:yijian)", namespaces=NAMES) != "" for one in lin].count(
        True
    ) == 1
    (visit,) = (await rows("QueryBanjian", "huang"))[0].xpath(".//b:huanjie[@zt='踏勘']", namespaces=NAMES)
    assert visit.find("b:jssj", NAMES) is None
    (refusal,) = (await rows("QueryBanjian", "chen"))[0].findall("b:jieguo", NAMES)
    assert refusal.get("lx") == "不予"
    assert refusal.findtext("b:shuoming", None, NAMES)
    (granted,) = (await rows("QueryBanjian", "liang"))[0].findall("b:jieguo", NAMES)
    newest = (await rows("QueryZhengzhao", "liang"))[0]
    assert newest.findtext("z:haoma", None, NAMES) == granted.find("b:zhengzhao", NAMES).get("hm")
    assert [one.get("zt") for one in await rows("QueryZhengzhao", "rare")] == []
    results = (await rows("QueryBanjian", "rare"))[0].findall("b:jieguo", NAMES)
    assert [one.get("lx") for one in results] == ["准予", "撤销"]


def test_the_same_seed_is_the_same_data() -> None:
    """Data depend on seed and moment alone."""
    now = datetime.fromtimestamp(time.time(), UTC)

    def written(seed: int) -> list[bytes]:
        root = etree.Element("all")
        for case in first_book(now, seed).cases.values():
            add_case(root, case)
        return [etree.tostring(child) for child in root]

    assert written(7) == written(7)
    assert written(7) != written(8)


def check(element: Any, forms: dict[str, str], namespace: str) -> None:
    """The element and all below it have the forms told; leaves without a form have a text and no attributes."""
    name = etree.QName(element)
    assert name.namespace == namespace
    wanted = forms.get(name.localname, "").split()
    attributes = {one.strip("@?"): one.endswith("?") for one in wanted if one.startswith("@")}
    children = {one.strip("?*"): one for one in wanted if not one.startswith("@")}
    assert element.keys() == [one for one in attributes if one in element.attrib], name
    assert all(attributes[one] for one in attributes.keys() - element.attrib.keys()), name
    assert all(element.attrib.values())
    found = [etree.QName(child).localname for child in element]
    assert found == sorted(found, key=list(children).index), name
    for child, told in children.items():
        assert found.count(child) == 1 or told.endswith("*") or (told.endswith("?") and child not in found), name
    assert children or attributes.keys() & {"qi"} or (element.text and element.text == element.text.strip())
    for child in element:
        check(child, forms, namespace)
