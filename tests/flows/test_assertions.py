"""One sign-on, carried outward: a platform answers about who signed in, by an assertion that our published keys verify."""

import base64
from pathlib import Path

from app.simulation import fresh_keys, service, simulation
from tests.contract.hall_world import AUDIENCE, ISSUER, SECRETS, Hall
from tests.contract.platform_world import clock
from tests.contract.variant_world import VARIANTS, desk
from tests.flows.outside import asked, nodes, send
from tests.houses import migrated
from tests.live import Live

CASES = "{ viewer { cases(freshness: LIVE) { sources { platform { code } reason } edges { node { number } } } } }"


async def test_a_citizen_sees_what_a_platform_tells_about_whom_it_believes(tmp_path: Path) -> None:
    """Each their own, and nobody's token or assertion is in the log."""
    halls: list[Hall] = []
    async with simulation(tmp_path) as world, desk(lambda request, body: halls[0].answer(request, body)) as running:
        at, secrets = "TONGBAN_PLATFORMS__HALL", SECRETS | {"token_address": f"{running.address}/token"}
        environment = {
            **world.environment(f"sqlite://{tmp_path}/kept.db", fresh_keys(), 0),
            "TONGBAN_DESCRIPTIONS": str(VARIANTS),
            "TONGBAN_ASSERTION_KEYS": f"a1:{base64.b64encode(b'a' * 32).decode()}",
            "TONGBAN_ASSERTION_ISSUER": ISSUER,
            f"{at}__ADDRESS": running.address,
            **{f"{at}__SECRETS__{name.upper()}": secret for name, secret in secrets.items()},
        }
        async with service(world, await migrated(environment), tmp_path) as started:
            live = Live(world, started, "", environment)
            halls.append(Hall((await send(live, "GET", "/.well-known/jwks.json")).text.encode(), clock))
            for persona in ("lin", "chen"):
                cases = (await asked(await live.phone(persona), CASES))["data"]["viewer"]["cases"]
                assert halls[0].exchanged[-1] in {case["number"] for case in nodes(cases)}, cases["sources"]
        assert len(set(halls[0].exchanged)) == 2
        assert {claims["aud"] for claims in halls[0].assertions} == {AUDIENCE}
        said = (tmp_path / "service.log").read_text()
        shown = [*halls[0].people, *halls[0].exchanged, *(form["subject_token"] for form in halls[0].forms)]
        assert said and not [secret for secret in shown if secret in said]
