"""One sign-on, carried outward: a platform answers about who signed in, by an assertion that our published keys verify."""

import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.simulation import fresh_keys, service, simulation
from tests.contract.hall_world import AUDIENCE, ISSUER, SECRETS, Hall
from tests.contract.platform_world import clock
from tests.contract.variant_world import VARIANTS, desk
from tests.flows.outside import asked, nodes, send, sql
from tests.houses import migrated
from tests.live import Live, eventually

CASES = """{ viewer { cases(freshness: LIVE) {
  isComplete unaskedSources sources { platform { code } rows reason } edges { node { number } } } } }"""


@dataclass
class Town:
    """A service that is connected to the hall."""

    live: Live
    hall: Hall

    async def cases(self, persona: str, **claims: Any) -> Any:
        """The list of somebody who signed in just now, or as the claims say."""
        return (await asked(await self.live.phone(persona, **claims), CASES))["data"]["viewer"]["cases"]


@asynccontextmanager
async def town(folder: Path, descriptions: Path = VARIANTS) -> AsyncIterator[Town]:
    halls: list[Hall] = []
    async with simulation(folder) as world, desk(lambda request, body: halls[0].answer(request, body)) as running:
        at, secrets = "TONGBAN_PLATFORMS__HALL", SECRETS | {"token_address": f"{running.address}/token"}
        environment = {
            **world.environment(f"sqlite://{folder}/kept.db", fresh_keys(), 0),
            "TONGBAN_DESCRIPTIONS": str(descriptions),
            "TONGBAN_ASSERTION_KEYS": f"a1:{base64.b64encode(b'a' * 32).decode()}",
            "TONGBAN_ASSERTION_ISSUER": ISSUER,
            f"{at}__ADDRESS": running.address,
            **{f"{at}__SECRETS__{name.upper()}": secret for name, secret in secrets.items()},
        }
        async with service(world, await migrated(environment), folder) as started:
            live = Live(world, started, f"sqlite://{folder}/kept.db", environment)
            halls.append(Hall((await send(live, "GET", "/.well-known/jwks.json")).text.encode(), clock))
            yield Town(live, halls[0])


async def test_a_citizen_sees_what_a_platform_tells_about_whom_it_believes(tmp_path: Path) -> None:
    """Each their own, and nobody's token or assertion is in the log."""
    async with town(tmp_path) as there:
        hall = there.hall
        for persona in ("lin", "chen"):
            cases = await there.cases(persona)
            assert hall.exchanged[-1] in {case["number"] for case in nodes(cases)}, cases["sources"]
        assert len(set(hall.exchanged)) == 2
        assert {claims["aud"] for claims in hall.assertions} == {AUDIENCE}
        said = (tmp_path / "service.log").read_text()
        shown = [*hall.people, *hall.exchanged, *(form["subject_token"] for form in hall.forms)]
        assert said and not [secret for secret in shown if secret in said]


def demanding(folder: Path, level: int) -> Path:
    """The hall's description, in a folder of its own, with a least level."""
    text = (VARIANTS / "hall" / "platform.toml").read_text("utf-8")
    (folder / "hall").mkdir(parents=True)
    (folder / "hall" / "platform.toml").write_text(
        text.replace("[person]", f"[person]\nleast_level = {level}"), "utf-8"
    )
    return folder


async def test_a_platform_hears_at_which_level_somebody_signed_in(tmp_path: Path) -> None:
    """Below the level that it wants it is not asked, which is said; after a step up it is, with the new level, also by jobs."""
    async with town(tmp_path, demanding(tmp_path / "described", 3)) as there:
        there.hall.least, there.hall.lives, now = 3, [1] * 9, int(time.time())
        cases = await there.cases("lin", real_name_level=2, iat=now - 9)
        (source,) = (one for one in cases["sources"] if one["platform"]["code"] == "hall")
        assert (source["rows"], source["reason"]) == ("NONE", "NOT_ASKED")
        assert (cases["isComplete"], cases["unaskedSources"], there.hall.forms) == (False, 0, [])
        cases = await there.cases("lin", real_name_level=3, auth_time=now - 7)
        assert there.hall.exchanged[-1] in {case["number"] for case in nodes(cases)}, cases["sources"]
        before = len(there.hall.assertions)
        await sql(there.live, "UPDATE job SET due_us = 1 WHERE kind = 'poll' AND platform = 'hall' RETURNING id")
        await eventually(lambda: _assertions(there), lambda seen: len(seen) > before)
        assert {(claims["acr"], claims["auth_time"]) for claims in there.hall.assertions} == {("3", now - 7)}
        cases = await there.cases("lin", real_name_level=2, iat=now + 5)
        (source,) = (one for one in cases["sources"] if one["platform"]["code"] == "hall")
        assert (source["rows"], source["reason"], cases["isComplete"]) == ("STALE", "NOT_ASKED", False)


async def _assertions(there: Town) -> list[dict[str, Any]]:
    return there.hall.assertions
