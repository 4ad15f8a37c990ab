"""Events of platform 33: plain XML, signed, sent again until taken, and spoilt on demand."""

import hashlib
import hmac
import time
from typing import Any

from lxml import etree

from tests.simulator.platform33.asking import NAMES, envelope


def is_signed(headers: dict[str, str], body: str) -> bool:
    first = f"{headers['Zjzw-Timestamp']}.{body}".encode()
    return hmac.new(b"another-secret", first, hashlib.sha256).hexdigest() == headers["Zjzw-Signature"]


def parsed(body: str) -> Any:
    return etree.fromstring(body.encode())


def found(body: str, xpath: str) -> Any:
    return parsed(body).xpath(xpath, namespaces=NAMES)


def flat(element: Any) -> list[tuple[str, dict[str, str], str | None]]:
    """The element and all below it, without what prefixes they came with."""
    return [(one.tag, dict(one.attrib), one.text) for one in element.iter()]


async def test_an_advance_reaches_the_receiver(tell: Any, receiver: Any, send: Any) -> None:
    """One step is one signed event with what the case is and only the rows that are new or changed."""
    number = await tell.case("lin", "received", "33")
    advanced = await tell.post("/advance", platform="33", case=number, to="correction")
    await receiver.got(1)
    headers, raw = receiver.came[0]
    assert is_signed(headers, raw)
    assert headers["Content-Type"] == "application/xml; charset=utf-8"
    assert abs(int(headers["Zjzw-Timestamp"]) - time.time()) < 5
    assert found(raw, "/s:shijian[@lx='BJ']/@bsh") == advanced["events"]
    assert found(raw, "/s:shijian/s:dangshiren/@zjlx") == ["111"]
    (case,) = found(raw, "/s:shijian/s:neirong/b:banjian")
    assert case.xpath(".//b:huanjie/@zt", namespaces=NAMES) == ["补正"]
    assert case.xpath("b:cailiao | b:zanting | b:jieguo", namespaces=NAMES) == []
    (whole,) = (await send(envelope())).at(f"//b:banjian[@bjbh='{number}']")
    for part in ("shixiang", "shenqing", "shouli"):
        assert flat(case.find(f"b:{part}", NAMES)) == flat(whole.find(f"b:{part}", NAMES))
    assert dict(case.attrib) == dict(whole.attrib)


async def test_a_row_that_changes_comes_again(tell: Any, receiver: Any) -> None:
    """The end of a correction carries the demand, now ended, and its receipt, and no other step."""
    number = await tell.case("lin", "correction", "33")
    await tell.post("/advance", platform="33", case=number)
    await receiver.got(1)
    steps = found(receiver.came[0][1], "//b:huanjie")
    assert [step.get("zt") for step in steps] == ["补正", "补齐"]
    assert all(step.findtext("b:jssj", None, NAMES) for step in steps)


async def test_a_licence_is_an_event_of_its_own(tell: Any, receiver: Any, send: Any) -> None:
    """After the BJ event of a grant comes a ZZ event with one whole licence."""
    number = await tell.case("he-org", "material", "33")
    for step in ("corrected", "review", "granted"):
        await tell.post("/advance", platform="33", case=number, to=step)
    await receiver.got(4)
    bodies = [body for _, body in receiver.came]
    assert [parsed(body).get("lx") for body in bodies] == ["BJ", "BJ", "BJ", "ZZ"]
    (licence,) = found(bodies[3], "/s:shijian/s:neirong/z:zhengzhao")
    assert licence.findtext("z:banjian", None, NAMES) == number
    company = found(bodies[3], "/s:shijian/s:dangshiren/@zjhm")[0]
    newest = (await send(envelope("QueryZhengzhao", kind="001", number=company))).at("//z:zhengzhao")[0]
    assert dict(newest.attrib) == dict(licence.attrib)
    assert "".join(newest.itertext()) == "".join(licence.itertext())


async def test_a_refused_event_is_sent_again(tell: Any, receiver: Any) -> None:
    """After 401, 500 and 409 the same body comes again, soundly signed, and the log knows every status."""
    receiver.statuses[:] = [401, 500, 409]
    await tell.post("/advance", platform="33", case=await tell.case("lin", "received", "33"))
    await receiver.got(4)
    assert len({body for _, body in receiver.came}) == 1
    assert all(is_signed(*came) for came in receiver.came)
    (logged,) = await tell.get("/events?platform=33")
    assert [attempt["status"] for attempt in logged["attempts"]] == [401, 500, 409, 202]
    assert await tell.get("/events") == []


async def test_every_attempt_is_signed_with_its_own_time(tell: Any, receiver: Any, monkeypatch: Any) -> None:
    """An attempt made later carries the later time."""
    times = iter(range(1_800_000_000, 1_900_000_000, 60))
    monkeypatch.setattr("simulator.pusher.time.time", lambda: next(times))
    receiver.statuses[:] = [503]
    await tell.post("/advance", platform="33", case=await tell.case("lin", "received", "33"))
    await receiver.got(2)
    first, second = (int(headers["Zjzw-Timestamp"]) for headers, _ in receiver.came)
    assert second > first
    assert all(is_signed(*came) for came in receiver.came)


async def test_duplicates_and_reordering(tell: Any, receiver: Any) -> None:
    """duplicate_events 1 and reorder_events 2: nothing until the second event, then each twice, the last first."""
    await tell.post("/knobs", platform="33", duplicate_events=1, reorder_events=2)
    number = await tell.case("lin", "received", "33")
    made = [(await tell.post("/advance", platform="33", case=number))["events"][0] for _ in range(2)]
    await receiver.got(4)
    assert [parsed(body).get("bsh") for _, body in receiver.came] == [made[1], made[1], made[0], made[0]]


async def test_all_events_are_counted_together(tell: Any, receiver: Any) -> None:
    """Whichever case they are about, and a lost one has its number too."""
    await tell.post("/advance", platform="33", case=await tell.case("lin", "received", "33"))
    await receiver.got(1)
    await tell.post("/knobs", platform="33", lose_events=1)
    for persona, phase in (("lin", "accepted"), ("he", "special")):
        await tell.post("/advance", platform="33", case=await tell.case(persona, phase, "33"))
    await receiver.got(2)
    assert [parsed(body).get("xh") for _, body in receiver.came] == ["1", "3"]


async def test_push_off_and_resend(tell: Any, receiver: Any) -> None:
    """With push off an event is only logged; resending sends it; 44 knows nothing of it."""
    await tell.post("/knobs", platform="33", push=False)
    number = await tell.case("lin", "received", "33")
    (event_id,) = (await tell.post("/advance", platform="33", case=number))["events"]
    assert receiver.came == []
    await tell.post(f"/events/{event_id}/resend", platform="33")
    await receiver.got(1)
    await tell.post(f"/events/{event_id}/resend", status=404)


async def test_a_corrupt_signature(tell: Any, receiver: Any) -> None:
    """With corrupt_signature the signature has its shape and does not fit."""
    await tell.post("/knobs", platform="33", corrupt_signature=True)
    await tell.post("/advance", platform="33", case=await tell.case("lin", "received", "33"))
    await receiver.got(1)
    assert len(receiver.came[0][0]["Zjzw-Signature"]) == 64
    assert not is_signed(*receiver.came[0])
