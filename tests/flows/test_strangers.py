"""What is somebody else's: as if it were not there, for whoever knows its id; and the operator hears of it."""

from dataclasses import dataclass

import pytest
import pytest_asyncio

from app.phone import Phone
from tests.databases import KINDS
from tests.flows.outside import asked, calm, figure, home, inbox_of, nodes, only, pushes, register
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
CASE = "query ($id: ID!) { case(id: $id) { number } }"


@dataclass(frozen=True)
class Belongings:
    """A citizen's phone and the ids of one thing of each kind of theirs."""

    phone: Phone
    case: str
    licence: str
    notification: str
    device: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hers(live: Live) -> Belongings:
    """What liang has: a case, a licence, a notification and a registered phone."""
    await calm(live)
    phone = await live.phone("liang")
    viewer = await home(phone)
    device = await register(phone, "liang-phone")
    (case,), licence = nodes(viewer["cases"]), nodes(viewer["licences"])[0]
    await live.world.post("/advance", case=case["number"], to="collected")
    (item,) = nodes(await inbox_of(phone, 1))
    return Belongings(phone, case["id"], licence["id"], item["id"], device)


@pytest.mark.parametrize("noun", ["case", "licence", "notification"])
async def test_by_node(live: Live, hers: Belongings, noun: str) -> None:
    """A stranger gets null, exactly as for an id that does not exist; the owner gets it."""
    stranger, wanted = await live.phone("chen"), getattr(hers, noun)
    for one in (wanted, _missing(wanted)):
        assert await asked(stranger, NODE, id=one) == {"data": {"node": None}}
    assert (await asked(hers.phone, NODE, id=wanted))["data"]["node"]["id"] == wanted


async def test_by_case(live: Live, hers: Belongings) -> None:
    """The same by case(id)."""
    assert await asked(await live.phone("lin"), CASE, id=hers.case) == {"data": {"case": None}}


async def test_marking_as_read(live: Live, hers: Belongings) -> None:
    """A stranger marks nothing of hers, by id or up to it, and cannot tell it from what does not exist."""
    stranger = await live.phone("chen")
    by_id = await stranger.run("MarkNotificationsRead", input={"ids": [hers.notification]})
    assert by_id["data"]["markNotificationsRead"] == {"marked": 0, "unreadCount": 0, "errors": []}
    for notification in (hers.notification, "notification_" + "0" * 32):
        up_to = await stranger.run("MarkNotificationsRead", input={"upTo": notification})
        payload = up_to["data"]["markNotificationsRead"]
        assert [(error["code"], error["field"]) for error in payload["errors"]] == [("NOT_FOUND", "upTo")]
    assert (await home(hers.phone, "KNOWN"))["notifications"]["unreadCount"] >= 1


@only(*KINDS, because="each process counts for itself")
@pytest.mark.parametrize("noun", ["case", "licence", "notification"])
async def test_the_operator_counts_it(live: Live, hers: Belongings, noun: str) -> None:
    """Each try at what is somebody else's is counted, and none at what does not exist."""
    stranger, wanted = await live.phone("chen"), getattr(hers, noun)
    before = await figure(live, "tongban_foreign_reads_total", noun=noun)
    for one in (wanted, _missing(wanted), wanted):
        await asked(stranger, NODE, id=one)
    assert await figure(live, "tongban_foreign_reads_total", noun=noun) == before + 2


@only(*KINDS, because="each process counts for itself")
async def test_every_way_to_it_is_counted(live: Live, hers: Belongings) -> None:
    """By case(id), and by marking as read up to a notification."""
    stranger, before = await live.phone("chen"), await _counted(live)
    await asked(stranger, CASE, id=hers.case)
    for notification in (hers.notification, _missing(hers.notification)):
        await stranger.run("MarkNotificationsRead", input={"upTo": notification})
    assert await _counted(live) == {noun: count + 1 for noun, count in before.items()}


async def test_unregistering(live: Live, hers: Belongings) -> None:
    """A stranger cannot silence her phone; nor can she herself from another app, or with an id that never was."""
    other_app = (await live.world.post("/tokens", persona="liang", client="another-app"))["token"]
    for phone in (await live.phone("chen"), Phone(live.world.session, live.service.url, other_app)):
        payload = (await phone.run("UnregisterDevice", input={"id": hers.device}))["data"]["unregisterDevice"]
        assert payload == {"removed": False, "errors": []}
    already = len(await pushes(live, "liang-phone"))
    number = nodes((await home(hers.phone))["cases"])[0]["number"]
    await live.world.post("/advance", case=number, to="annulled")
    await pushes(live, "liang-phone", already + 1)


async def test_a_person_is_a_stranger_to_the_organisation(live: Live) -> None:
    """Signed in for himself, its representative does not see the company's case; acting for it he does."""
    himself, company = await live.phone("he"), await live.phone("he-org")
    case = nodes((await home(company))["cases"])[0]
    assert await asked(himself, CASE, id=case["id"]) == {"data": {"case": None}}
    assert (await asked(company, CASE, id=case["id"]))["data"]["case"]["number"] == case["number"]


async def test_the_log_tells_of_it_without_ids(live: Live, hers: Belongings) -> None:
    """The operator's log says that another party's id was asked for, and holds no id of hers."""
    await asked(await live.phone("chen"), NODE, id=hers.case)
    log = live.service.log.read_text()
    assert '"another party\'s id was asked for"' in log
    for wanted in (hers.case, hers.licence, hers.notification, hers.device):
        assert wanted.partition("_")[2] not in log


def _missing(wanted: str) -> str:
    """An id of the same kind that is nobody's."""
    return wanted[:-4] + ("0000" if wanted[-4:] != "0000" else "1111")


async def _counted(live: Live) -> dict[str, float]:
    """Tries at other people's things, by noun."""
    return {noun: await figure(live, "tongban_foreign_reads_total", noun=noun) for noun in ("case", "notification")}
