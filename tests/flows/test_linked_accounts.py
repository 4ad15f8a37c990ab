"""Platforms that know people by accounts of their own: one sign-on says which, and what they hold is in the list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.simulation import fresh_keys, service, simulation
from tests.contract.archive_world import EVENT_SECRET, SECRETS, Archive, event, signed
from tests.contract.variant_world import VARIANTS, desk
from tests.flows.outside import Reply, asked, nodes, send
from tests.houses import migrated
from tests.live import Live

CASES = """query($freshness: Freshness!) { viewer { cases(freshness: $freshness) {
  isComplete unaskedSources sources { platform { code } rows reason } edges { node { number platform { code } stage } } } } }"""
LINS, FIRMS = "A-1001", "F-2002"
"""The accounts that the simulated identity provider says of two of its citizens."""


@dataclass
class Town:
    """A service that is connected to the archive."""

    live: Live
    archive: Archive
    log: Path

    async def cases(self, persona: str, freshness: str = "LIVE", **claims: Any) -> Any:
        phone = await self.live.phone(persona, **claims)
        return (await asked(phone, CASES, freshness=freshness))["data"]["viewer"]["cases"]

    async def held(self, persona: str, **how: Any) -> set[str]:
        """The archive's cases in somebody's list."""
        found = nodes(await self.cases(persona, **how))
        return {case["number"] for case in found if case["platform"]["code"] == "archive"}

    async def pushes(self, body: bytes) -> Reply:
        headers = {name.lower().replace("-", "_"): value for name, value in signed(body).items()}
        return await send(self.live, "POST", "/platforms/archive/events", body, **headers)


@asynccontextmanager
async def town(folder: Path, archive: Archive) -> AsyncIterator[Town]:
    async with simulation(folder) as world, desk(archive.answer) as running:
        at = "TONGBAN_PLATFORMS__ARCHIVE"
        environment = {
            **world.environment(f"sqlite://{folder}/kept.db", fresh_keys(), 0),
            "TONGBAN_DESCRIPTIONS": str(VARIANTS),
            f"{at}__ADDRESS": running.address,
            f"{at}__EVENT_SECRETS": EVENT_SECRET,
            **{f"{at}__SECRETS__{name.upper()}": secret for name, secret in SECRETS.items()},
        }
        async with service(world, await migrated(environment), folder) as started:
            yield Town(Live(world, started, "", environment), archive, folder / "service.log")


async def test_a_citizen_sees_what_is_held_by_the_account_that_is_linked(tmp_path: Path) -> None:
    """Whoever has none linked is told that not everyone was asked, and each sees their own; no account is in the log."""
    async with town(tmp_path, Archive(**{LINS: ["T1", "T2"], FIRMS: ["F1"]})) as there:
        before = await there.cases("chen")
        assert (before["isComplete"], before["unaskedSources"]) == (False, 1)
        assert "archive" not in {one["platform"]["code"] for one in before["sources"]}
        assert there.archive.asked == []
        lins = await there.cases("lin")
        assert lins["isComplete"] and lins["unaskedSources"] == 0
        assert await there.held("lin") == {"T1", "T2"}
        assert (await there.held("he-org"), await there.held("he")) == ({"F1"}, set())
        assert set(there.archive.asked) == {LINS, FIRMS}
        said = there.log.read_text()
        assert said and not [account for account in (LINS, FIRMS) if account in said]


async def test_an_event_before_the_first_sign_in_is_linked_after(tmp_path: Path) -> None:
    """To whose account it names; later ones at once, whatever the platform answers. What is malformed signs nobody in."""
    async with town(tmp_path, Archive()) as there:
        assert (await there.pushes(event("e1", LINS, "T1"))).json == {"receipt": "unlinked"}
        assert (await there.pushes(event("e2", "A-9", "T9"))).json == {"receipt": "unlinked"}
        assert await there.held("lin", freshness="KNOWN") == {"T1"}
        told = await there.pushes(event("e3", LINS, "T1", answered="2026-11-22T09:00:00+08:00"))
        assert told.json == {"receipt": "applied"}
        (case,) = (one for one in nodes(await there.cases("lin", "KNOWN")) if one["platform"]["code"] == "archive")
        assert case["stage"] == "COMPLETION"
        phone = await there.live.phone("lin", accounts={"archive": 7})
        headers = {"authorization": f"Bearer {phone.bearer}", "content_type": "application/json"}
        assert (await send(there.live, "POST", "/graphql", '{"query": "{ viewer { name } }"}', **headers)).status == 401


async def test_an_account_goes_with_whoever_is_linked_to_it(tmp_path: Path) -> None:
    """It leaves the list of the one, and is in that of the other; their events follow."""
    async with town(tmp_path, Archive(**{LINS: ["T1"]})) as there:
        assert await there.held("lin") == {"T1"}
        assert await there.held("chen", accounts={"archive": LINS}) == {"T1"}
        lins = await there.cases("lin", iat=1)
        assert lins["unaskedSources"] and not lins["isComplete"]
        assert "T1" not in {case["number"] for case in nodes(lins)}
        there.archive.held.clear()
        assert (await there.pushes(event("e1", LINS, "T5"))).json == {"receipt": "applied"}
        assert "T5" in await there.held("chen", freshness="KNOWN", accounts={"archive": LINS})
