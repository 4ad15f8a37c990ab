"""The simulator as a process beside us, and the settings that point the product at it.

Nothing here is part of the service: with other addresses in its settings the same code talks to a real platform, a real
identity provider and FCM.
"""

import asyncio
import base64
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

CLIENT = "tongban-phone"
"""The client (`azp`) that the simulated provider signs people in with."""

PORTS = {"platform": 9044, "platform33": 9033, "platform31": 9031, "oidc": 9080, "fcm": 9090, "control": 9099}
"""Where the demo's simulator listens, so that `tongban simulate` finds it."""

CONTROL = f"http://127.0.0.1:{PORTS['control']}"

FEWEST, MOST = 3, 34
"""How many platforms the simulator can have: from 44, 33 and 31 to one for each provincial division."""

START_S = 60.0


class SimulationFailed(Exception):
    """The simulator did not start, or declined what it was asked. Says why."""


@dataclass(frozen=True)
class Simulation:
    """A running simulator: the line it printed at start, and its control API."""

    facts: Mapping[str, Any]
    session: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        """Raises SimulationFailed."""
        return await control(self.session, "GET", self.facts["control"] + path, None)

    async def post(self, path: str, **body: Any) -> Any:
        """Raises SimulationFailed."""
        return await control(self.session, "POST", self.facts["control"] + path, body)

    async def token(self, persona: str, ttl_s: int = 3600) -> str:
        """An access token for a persona."""
        return str((await self.post("/tokens", persona=persona, ttl_s=ttl_s, client=CLIENT))["token"])

    def environment(
        self, database_url: str, keys: Mapping[str, str], port: int, platforms: Sequence[str] | None = None
    ) -> dict[str, str]:
        """The settings of a service that lives in this world, as environment variables.

        `platforms` are the codes of those it is connected to; None means the simulator's first.
        """
        fcm = {CLIENT: {"credentials": self.facts["service_account"], "address": self.facts["fcm"]}}
        connected = [self.facts["code"]] if platforms is None else platforms
        described = {"TONGBAN_DESCRIPTIONS": self.facts["descriptions"]} if "descriptions" in self.facts else {}
        return {
            "TONGBAN_DATABASE_URL": database_url,
            "TONGBAN_PORT": str(port),
            "TONGBAN_ISSUER": self.facts["oidc"],
            **{name: value for code in connected for name, value in self._connection(code).items()},
            "TONGBAN_FCM": json.dumps(fcm),
            "TONGBAN_GRAPHIQL": "true",
            **described,
            **keys,
        }

    async def send_events_to(self, service: str) -> None:
        """Tells every platform that pushes where its events go."""
        for code, facts in self.facts["platforms"].items():
            if "event_secret" in facts:
                await self.post("/knobs", platform=code, events_to=f"{service}/platforms/{code}/events")

    def _connection(self, code: str) -> dict[str, str]:
        facts, prefix = self.facts["platforms"][code], f"TONGBAN_PLATFORMS__{code.upper()}"
        told = {f"{prefix}__SECRETS__{name.upper()}": secret for name, secret in facts["secrets"].items()}
        if "event_secret" in facts:
            told[f"{prefix}__EVENT_SECRETS"] = facts["event_secret"]
        return {f"{prefix}__ADDRESS": facts["address"], **told}


@asynccontextmanager
async def simulation(
    folder: Path, ports: Mapping[str, int] | None = None, platforms: int = FEWEST
) -> AsyncIterator[Simulation]:
    """Runs the simulator with so many platforms until the block ends, on free ports unless told otherwise.

    Raises SimulationFailed.
    """
    chosen = [text for name, port in (ports or {}).items() for text in (f"--{name}-port", str(port))]
    chosen += ["--platforms", str(platforms)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--end-with-parent", "--folder", str(folder), *chosen),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us: we end it when we are done with it.
    )
    assert process.stdin and process.stdout and process.stderr
    try:
        line = await process.stdout.readline()
        if not line:
            said = (await process.stderr.read()).decode().strip() or "the simulator ended at once"
            raise SimulationFailed(f"{said}. Is a demo running already?" if ports else said)
        async with aiohttp.ClientSession() as session:
            yield Simulation(json.loads(line), session)
    finally:
        process.stdin.close()
        await process.wait()


@dataclass(frozen=True)
class Service:
    """A running service: where it answers, its process and the file of its log."""

    url: str
    process: asyncio.subprocess.Process
    log: Path


@asynccontextmanager
async def service(
    world: Simulation, environment: Mapping[str, str], folder: Path, *options: str
) -> AsyncIterator[Service]:
    """Runs `tongban serve` until the block ends, as an operator would, and has the platforms push to it.

    The database must be at this version's schema. Raises SimulationFailed with the end of its log if it does not start.
    """
    async with _running(("serve", *options), environment, folder / "service.log") as (url, process):
        await world.send_events_to(url)
        yield Service(url, process, folder / "service.log")


@asynccontextmanager
async def worker(environment: Mapping[str, str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs `tongban worker` until the block ends, once it works. Raises SimulationFailed as `service` does."""
    async with _running(("worker",), environment, folder / "worker.log") as (_, process):
        yield process


@asynccontextmanager
async def _running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """A command of ours as a process, and the line that it printed once it runs."""
    with log.open("a") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", *command),
            env={**_others(), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            start_new_session=True,
        )
    try:
        assert process.stdout
        line = (await asyncio.wait_for(process.stdout.readline(), START_S)).decode().strip()
        if not line:
            raise SimulationFailed(f"the service did not start: {log.read_text()[-2000:]}")
        yield line, process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _others() -> dict[str, str]:
    """The environment without anybody's settings of the service."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("TONGBAN_")}


async def control(session: aiohttp.ClientSession, method: str, url: str, body: Any) -> Any:
    """One call of the control API. Raises SimulationFailed with the simulator's own words."""
    try:
        async with session.request(method, url, json=body) as response:
            answer = await response.json()
    except (aiohttp.ClientError, ValueError) as error:
        raise SimulationFailed(f"No simulator answers at {url} ({type(error).__name__}). Start it: make demo") from None
    if response.status >= 400:
        raise SimulationFailed(answer.get("error", f"HTTP {response.status}"))
    return answer


def fresh_keys() -> dict[str, str]:
    """Keys for a world that will not outlive its folder."""

    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {"TONGBAN_SEALING_KEYS": f"k1:{key()}", "TONGBAN_HASH_KEY": key()}
