"""Platform 33 misbehaves exactly as told."""

import re
from typing import Any

import pytest
from lxml import etree

from simulator.platform33.faults import ERRORS, TRAP
from tests.simulator.platform33.asking import Answer, envelope

SAFE = etree.XMLParser(resolve_entities=False, no_network=True)


async def spoilt(send: Any, tell: Any, error: str) -> Answer:
    await tell.post("/knobs", platform="33", error=error)
    answer: Answer = await send(envelope())
    return answer


async def test_a_fault_comes_out_of_the_platform(send: Any, tell: Any) -> None:
    """`fault` is soap:Server, HTTP 500, whoever asks; its children are in no namespace."""
    answer = await spoilt(send, tell, "fault")
    assert (answer.status, answer.fault) == (500, ("Server", "F9000"))
    assert answer.at("//soap:Fault/faultstring/text()")


async def test_declined_is_a_word_in_the_body(send: Any, tell: Any) -> None:
    """`declined` is HTTP 200 with B0009 and no list."""
    answer = await spoilt(send, tell, "declined")
    assert (answer.status, answer.at("//x:fanhui/@dm"), answer.at("//x:liebiao")) == (200, ["B0009"], [])


async def test_another_namespace(send: Any, tell: Any) -> None:
    """`namespace` is a good envelope around elements of other namespaces."""
    answer = await spoilt(send, tell, "namespace")
    assert (answer.status, len(answer.at("/soap:Envelope/soap:Body/*"))) == (200, 1)
    assert answer.at("//x:* | //b:*") == []
    assert len(answer.at("//*[local-name() = 'banjian']")) == 3


async def test_a_bomb_would_grow(send: Any, tell: Any) -> None:
    """`bomb` is an answer whose entities stand for a billion words, each for ten of the one before."""
    answer = await spoilt(send, tell, "bomb")
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    declared = dict(re.findall(r"<!ENTITY (\w+) '([^']*)'>", answer.raw.decode()))
    assert len(declared) == 10
    assert all(declared[f"a{depth}"] == f"&a{depth - 1};" * 10 for depth in range(1, 10))
    assert b">&a9;</" in answer.raw
    with pytest.raises(etree.XMLSyntaxError, match="amplification"):
        etree.fromstring(answer.raw)


async def test_an_external_entity_would_be_noticed(send: Any, tell: Any, http: Any) -> None:
    """`external-entity` leads back to the platform, which counts whoever follows it."""
    answer = await spoilt(send, tell, "external-entity")
    declared = etree.fromstring(answer.raw, SAFE).getroottree().docinfo.internalDTD
    (entity,) = declared.iterentities()
    assert TRAP not in (await tell.get("/questions?platform=33"))["paths"]
    async with http.get(entity.system_url) as followed:
        assert await followed.text() == "secret"
    assert (await tell.get("/questions?platform=33"))["paths"][TRAP] == 1


async def test_no_xml_at_all(send: Any, tell: Any) -> None:
    """`html`, `garbage` and `truncated` are HTTP 200 and no XML; `http500` is neither XML nor a fault."""
    pages = {error: await spoilt(send, tell, error) for error in ("html", "garbage", "truncated", "http500")}
    assert [page.status for page in pages.values()] == [200, 200, 200, 500]
    assert pages["html"].content_type.startswith("text/html")
    for page in pages.values():
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(page.raw)


async def test_errors_end(send: Any, tell: Any) -> None:
    """After each error, null brings back good answers; what is no error of this platform is 400."""
    for error in ERRORS:
        await spoilt(send, tell, error)
    await tell.post("/knobs", platform="33", error=None)
    assert (await send(envelope())).at("//x:fanhui/@dm") == ["A0000"]
    assert "expected" in (await tell.post("/knobs", platform="33", error="drift", status=400))["error"]


async def test_questions_are_counted_by_operation(send: Any, tell: Any) -> None:
    """Every question counts under its operation, those that end in a fault as well."""
    await send(envelope())
    await send(envelope(header=""))
    await send(envelope("QueryZhengzhao"))
    counted = await tell.get("/questions?platform=33")
    assert counted == {"paths": {"QueryBanjian": 2, "QueryZhengzhao": 1}, "in_flight": 0}
